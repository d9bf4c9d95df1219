"""The Jupyter kernel "Rust (nova-ft)": builds the library that the cells link to, and writes the kernelspec.

    python3 notebooks/tools/kernel.py install     build what is missing, then write the kernelspec into .venv
    python3 notebooks/tools/kernel.py check       say whether the installed kernel still fits the toolchain
    python3 notebooks/tools/kernel.py start DIR CONNECTION_FILE    what Jupyter runs

Needs nothing but Python's standard library. A second `install` changes nothing and takes about a second.
Why it is built this way: docs/architecture.md, "Notebooks".
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
KERNEL = "nova-ft"
DISPLAY_NAME = "Rust (nova-ft)"
EVCXR_VERSION = "0.22"
LIBRARY = "libnova_ft_prelude.so"
# Our own crates are compiled for readers who wait, their dependencies as for the program: those are not compiled twice.
# Checking 48 photos takes 13 CPU seconds at the program's level 1.
CRATES = ("foundation", "invoice-ocr", "aws-emulator", "invoice-synth", "nova-ft")
PROFILE = {"opt-level": "2", "debug-assertions": "false"}


class Failure(Exception):
    """Something the user has to know, in a sentence."""


def install(venv: Path) -> None:
    """Builds the library, lays it out in TARGET/notebook and writes the kernelspec."""
    if not sys.platform.startswith("linux"):
        raise Failure('the kernel needs Linux; elsewhere use the plain evcxr kernel with `:dep nova-ft = { path = ".." }`')
    python = venv / "bin" / "python"
    if not python.exists():
        raise Failure(f"there is no {python}: `make lab` and `make notebooks` create it")
    evcxr = find_evcxr() or build_evcxr()
    library, dependencies = build_library()
    # library is TARGET/debug/NAME; the copy is out of the way of `cargo build --workspace`, which writes another one there.
    folder = library.parent.parent / "notebook"
    lay_out(folder, library, dependencies)
    write_stub(folder)
    write(folder / "rustc.txt", rustc_version())
    write(folder / "evcxr.txt", f"{evcxr}\n")
    write(folder / "config" / "init.evcxr", init_evcxr(folder))
    write(folder / "config" / "evcxr.toml", EVCXR_TOML)
    write(folder / "config" / "prelude.rs", PRELUDE_RS)
    write_kernelspec(venv, python, folder)
    size_mb = (folder / LIBRARY).stat().st_size / 1e6
    say(f'kernel "{DISPLAY_NAME}" is ready in {shown(venv)} (library {size_mb:.0f} MB in {shown(folder)})')


def check(venv: Path) -> None:
    """Fails with one sentence when no kernel is installed, or when the toolchain is no longer the one that built it."""
    spec = kernelspec_folder(venv) / "kernel.json"
    if not spec.exists():
        raise Failure(f'the kernel "{DISPLAY_NAME}" is not installed in {shown(venv)}: run `make lab` or `make notebooks`')
    content = json.loads(spec.read_text("utf-8"))
    folder = Path(content["argv"][3])
    check_toolchain(folder, {**os.environ, **content["env"]})


def start(folder: Path, connection_file: str) -> None:
    """Becomes the kernel; called by Jupyter with the environment of the kernelspec."""
    check_toolchain(folder, dict(os.environ))
    evcxr = (folder / "evcxr.txt").read_text("utf-8").strip()
    if not os.access(evcxr, os.X_OK):
        raise Failure(f"{evcxr} is gone: run `make lab` or `make notebooks` again")
    os.execv(evcxr, [evcxr, "--control_file", connection_file])


def check_toolchain(folder: Path, env: dict[str, str]) -> None:
    built = folder / "rustc.txt"
    if not built.exists() or not (folder / LIBRARY).exists():
        raise Failure(f"the notebook library is gone from {shown(folder)}: run `make lab` or `make notebooks` again")
    before, now = built.read_text("utf-8"), rustc_version(env)
    if before != now:
        raise Failure(
            f"the notebook library was built by {release(before)} and the kernel would compile cells with {release(now)}: "
            "run `make lab` or `make notebooks` again"
        )


def release(version: str) -> str:
    """`rustc 1.95.0 (59807616e 2026-04-14) on x86_64-unknown-linux-gnu` of the output of `rustc -vV`."""
    lines = version.splitlines() or ["an unknown rustc"]
    host = next((line.removeprefix("host: ") for line in lines if line.startswith("host: ")), None)
    return f"{lines[0]} on {host}" if host else lines[0]


# evcxr


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "nova-ft" / "evcxr"


def find_evcxr() -> Path | None:
    """An evcxr_jupyter of the right version: on PATH, in cargo's folder, or in our cache."""
    cargo_home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    on_path = shutil.which("evcxr_jupyter")
    candidates = [Path(on_path)] if on_path else []
    candidates += [folder / "bin" / "evcxr_jupyter" for folder in (cargo_home, cache_folder())]
    return next((path.resolve() for path in candidates if is_evcxr(path)), None)


def is_evcxr(path: Path) -> bool:
    """Whether the program is evcxr 0.22. It has no `--version`, but its source paths name the version."""
    if not os.access(path, os.X_OK):
        return False
    versions = set(re.findall(rb"evcxr-(\d+\.\d+)\.\d+", path.read_bytes()))
    return versions == {EVCXR_VERSION.encode()}


def build_evcxr() -> Path:
    root = cache_folder()
    say(f"building evcxr_jupyter {EVCXR_VERSION} into {root} (once for this user; about ten minutes on two cores)")
    build = root / "build"  # kept until it is done, so that an interrupted build goes on
    command = ["cargo", "install", "evcxr_jupyter", "--version", f"^{EVCXR_VERSION}", "--locked", "--root", str(root)]
    run(command, env={**os.environ, "CARGO_TARGET_DIR": str(build)}, cwd=Path.home())
    shutil.rmtree(build, ignore_errors=True)
    return root / "bin" / "evcxr_jupyter"


# the library


def build_library() -> tuple[Path, list[Path]]:
    """Builds the dynamic library; returns it and the files of everything it depends on."""
    say("building the notebook library")
    # The flag goes to this crate alone: as RUSTFLAGS it would compile every dependency a second time.
    command = ["cargo", "rustc", "--package", "nova-ft-prelude", "--lib", "--locked"]
    for crate in CRATES:
        for key, value in PROFILE.items():
            command += ["--config", f"profile.dev.package.{crate}.{key}={value}"]
    command += ["--message-format", "json-render-diagnostics", "--", "-C", "prefer-dynamic", "-C", "strip=symbols"]
    library, dependencies = None, []
    for line in run(command, cwd=REPO, capture=True).splitlines():
        message = json.loads(line)
        if message.get("reason") != "compiler-artifact":
            continue
        files = [Path(name) for name in message["filenames"]]
        kinds = message["target"]["kind"]
        if "dylib" in kinds:
            library = next(file for file in files if file.suffix == ".so")
        elif "custom-build" not in kinds:
            dependencies += needed(files, kinds)
    if library is None:
        raise Failure(f"cargo did not say where it put {LIBRARY}")
    return library, dependencies


def needed(files: list[Path], kinds: list[str]) -> list[Path]:
    """What the compiler still asks for of a dependency whose code is in the library: its metadata, or the macros."""
    for suffix in [".so"] if "proc-macro" in kinds else [".rmeta", ".rlib"]:
        if found := [file for file in files if file.suffix == suffix]:
            return found
    return []


def lay_out(folder: Path, library: Path, dependencies: list[Path]) -> None:
    """Brings `folder` to hold exactly these files. Hard links where the file system has them: no space, no time."""
    deps = folder / "deps"
    deps.mkdir(parents=True, exist_ok=True)
    wanted = {file.name: file for file in dependencies}
    for old in deps.iterdir():
        if old.name not in wanted:
            old.unlink()
    for name, file in wanted.items():
        place(file, deps / name)
    place(library, folder / LIBRARY)


def write_stub(folder: Path) -> None:
    """Writes a library without code for the linker to read in place of the real one, which the loader takes.

    Cells name some of half a million symbols, and a shared library may leave names to the loader: reading them all takes
    a quarter of the time that a cell needs. Where a tool is missing, cells link to the real library.
    """
    library, stub = folder / LIBRARY, folder / "link" / LIBRARY
    stamp = folder / "link" / "made-for.txt"
    state = f"{library.stat().st_size} {library.stat().st_mtime_ns}\n"
    if stub.exists() and stamp.exists() and stamp.read_text("utf-8") == state:
        return
    shutil.rmtree(folder / "link", ignore_errors=True)
    stub.parent.mkdir()
    metadata, new = stub.parent / "metadata", stub.with_suffix(".new")
    empty = ["cc", "-shared", "-nostdlib", f"-Wl,-soname,{LIBRARY}", "-o", str(new), "-x", "c", os.devnull]
    try:
        # What the compiler reads of a library is in this section.
        run(["objcopy", "--dump-section", f".rustc={metadata}", str(library), os.devnull], quiet=True)
        run(empty, quiet=True)
        run(["objcopy", "--add-section", f".rustc={metadata}", str(new)], quiet=True)
    except Failure as failure:
        say(f"cells will link to the whole library, which is slower: {failure}")
        return
    new.replace(stub)
    metadata.unlink()
    write(stamp, state)


def linked(folder: Path) -> Path:
    """The library that cells are linked to."""
    stub = folder / "link" / LIBRARY
    return stub if stub.exists() else folder / LIBRARY


def place(source: Path, target: Path) -> None:
    if target.exists():
        a, b = source.stat(), target.stat()
        if os.path.samestat(a, b) or (a.st_size, a.st_mtime_ns) == (b.st_size, b.st_mtime_ns):
            return
    new = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.link(source, new)
    except OSError:
        shutil.copy2(source, new)
    new.replace(target)


# configuration of the kernel

EVCXR_TOML = """\
[evcxr]
# Cells call into compiled code; optimising their own few lines would only make them slower to compile.
opt_level = "0"
"""

PRELUDE_RS = """\
// A panic in a cell says what and where: the stack below it is evcxr's, twenty lines without a name of yours. evcxr starts
// the process of the cells with RUST_BACKTRACE=1 whatever the kernelspec says, so it is taken back here, before any cell.
unsafe { std::env::set_var("RUST_BACKTRACE", "0") }; // SAFETY: no cell has run, so there is no other thread yet.
"""


def init_evcxr(folder: Path) -> str:
    flags = [
        "-Cprefer-dynamic",
        "--extern",
        f"nova_ft={linked(folder)}",
        "-L",
        f"dependency={folder / 'deps'}",
    ]
    if linked(folder) != folder / LIBRARY:
        # A library without symbols looks unneeded to the linker.
        flags += ["-Clink-arg=-Wl,--no-as-needed", f"-Clink-arg={linked(folder)}"]
    # The encoded form (flags joined by 0x1f) survives spaces in paths.
    return ":build_env CARGO_ENCODED_RUSTFLAGS=" + "\x1f".join(flags) + "\n"


def write_kernelspec(venv: Path, python: Path, folder: Path) -> None:
    target_libdir = run(["rustc", "--print", "target-libdir"], capture=True).strip()
    env = {
        "EVCXR_CONFIG_DIR": str(folder / "config"),
        "LD_LIBRARY_PATH": f"{folder}:{target_libdir}",
    }
    if toolchain := active_toolchain():
        env["RUSTUP_TOOLCHAIN"] = toolchain
    spec = {
        "argv": [str(python), str(REPO / "notebooks" / "tools" / "kernel.py"), "start", str(folder), "{connection_file}"],
        "display_name": DISPLAY_NAME,
        "language": "rust",
        "interrupt_mode": "message",
        "env": env,
    }
    write(kernelspec_folder(venv) / "kernel.json", json.dumps(spec, indent=1, ensure_ascii=False) + "\n")


def kernelspec_folder(venv: Path) -> Path:
    return venv / "share" / "jupyter" / "kernels" / KERNEL


def active_toolchain() -> str | None:
    """rustup's name for the toolchain in use; None where cargo does not come from rustup."""
    if name := os.environ.get("RUSTUP_TOOLCHAIN"):
        return name
    if shutil.which("rustup") is None:
        return None
    return run(["rustup", "show", "active-toolchain"], cwd=REPO, capture=True).split()[0]


def rustc_version(env: dict[str, str] | None = None) -> str:
    return run(["rustc", "-vV"], cwd=REPO, env=env, capture=True)


# plumbing


def run(command: list[str], capture: bool = False, quiet: bool = False, **options) -> str:
    stdout = subprocess.PIPE if capture else subprocess.DEVNULL if quiet else None
    stderr = subprocess.DEVNULL if quiet else None
    try:
        done = subprocess.run(command, check=True, text=True, stdout=stdout, stderr=stderr, **options)
    except FileNotFoundError:
        whence = "install Rust from https://rustup.rs" if command[0] in ("cargo", "rustc") else "install it"
        raise Failure(f"there is no `{command[0]}` on PATH: {whence}") from None
    except subprocess.CalledProcessError as error:
        raise Failure(f"`{' '.join(command)}` failed (exit {error.returncode})") from None
    return done.stdout or ""


def write(path: Path, text: str) -> None:
    """Writes a file at once or not at all, and leaves an equal one alone."""
    if path.exists() and path.read_text("utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


def shown(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(REPO) else str(path)


def say(text: str) -> None:
    print(f"kernel: {text}", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("install", "build and install the kernel"), ("check", "check that the installed kernel fits")):
        command = commands.add_parser(name, help=text)
        command.add_argument("--venv", type=Path, default=REPO / ".venv", help="default: .venv beside Cargo.toml")
    command = commands.add_parser("start", help="what Jupyter runs")
    command.add_argument("folder", type=Path)
    command.add_argument("connection_file")
    options = parser.parse_args()
    try:
        if options.command == "install":
            install(options.venv.absolute())
        elif options.command == "check":
            check(options.venv.absolute())
        else:
            start(options.folder, options.connection_file)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
