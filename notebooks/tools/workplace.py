"""The copy that a notebook runs in: a folder of its own in which `../data` and the like are where they are here."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import kernel

OUTPUT = kernel.REPO / "output" / "notebooks"
# What notebooks read, by its place in the repository.
BESIDE = ("data", "docs", ".venv", "nova-ft.toml")
# Pages that the reader has read: by content and version, so every run may use them.
PAGES = kernel.REPO / ".nova-ft" / "pages"


class Workplace:
    """Where one notebook runs."""

    def __init__(self, notebook: Path, output: Path = OUTPUT) -> None:
        self.notebook = notebook
        self.output = output
        self.root = output / "work" / notebook.stem
        self.folder = self.root / "notebooks"
        self.log = self.root / "kernel.log"

    def prepare(self) -> None:
        """Makes the folder anew."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for name in BESIDE:
            if (kernel.REPO / name).exists():
                (self.root / name).symlink_to(kernel.REPO / name)
        PAGES.mkdir(parents=True, exist_ok=True)
        written = self.folder / "output"
        for place in (self.root / ".nova-ft", written, written / self.notebook.stem / "stand-in"):
            place.mkdir(parents=True)
            (place / "pages").symlink_to(PAGES)

    def write(self, name: str, text: str) -> Path:
        """Writes a file beside the other results, at once or not at all."""
        path = self.output / name
        new = path.with_name(f".{name}.{os.getpid()}")
        new.write_text(text, "utf-8")
        new.replace(path)
        return path
