# The ways in: `make run` shows the whole thing on the sample, `make test` is everything that CI runs.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
VENV := .venv
PYTHON := $(VENV)/bin/python
# Of one environment, what a target needs: installed once for each version of its list.
install = test -x $(PYTHON) || python3 -m venv $(VENV); $(PYTHON) -m pip install --quiet --disable-pip-version-check -r $<; touch $@
CARGO ?= cargo

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

.PHONY: run
run: models ## Build, and run the main job on the sample (no AWS account)
	$(CARGO) build --locked
	$(CARGO) run --locked --quiet -- run
	@echo "Base against tuned: output/report.html · charts: output/metrics · the data set: output/dataset · the log: output/logs/run.log · the stand-in: .nova-ft"

# Each stage runs alone too; .github/workflows/test.yml runs them side by side.
STAGES := lint test-rust test-ocr test-peers test-notebooks

.PHONY: test
test: ## Everything that CI runs, one stage after the other: lint, test-rust, test-ocr, test-peers, test-notebooks
	@for name in $(STAGES); do \
	  echo "== $$name"; start=$$SECONDS; $(MAKE) --no-print-directory $$name; echo "== $$name: $$((SECONDS - start)) s"; \
	done

$(VENV)/lint: tests/requirements.txt
	@$(install)

.PHONY: lint
lint: $(VENV)/lint ## Formatting, clippy and ruff without warnings
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(VENV)/bin/ruff check benches fuzz notebooks/tools tests

.PHONY: test-rust
test-rust: ## The Rust tests of all crates, and those that need real photos where there are any
	$(CARGO) build --locked
	$(CARGO) test --locked
	$(MAKE) --no-print-directory real

.PHONY: test-ocr
test-ocr: reading ## The tests that read photos with the OCR models

.PHONY: test-peers
test-peers: peers ## Other people's S3 and Bedrock clients, and faults of network, services, disk and clock
	$(MAKE) --no-print-directory chaos SHORT=1

.PHONY: test-notebooks
test-notebooks: notebooks ## Every notebook, headless

REAL_PHOTOS := $(or $(NOVA_FT_REAL_PHOTOS),../shared/real)

.PHONY: real
real: ## The tests that need real photos, where there are any
	@if [ -d "$(REAL_PHOTOS)" ]; then \
	  NOVA_FT_REAL_PHOTOS="$$(cd "$(REAL_PHOTOS)" && pwd)" $(CARGO) test --locked -- --ignored real_; \
	else \
	  echo "skipped: no real photos in $(REAL_PHOTOS)"; \
	fi

RAPIDOCR := $(shell sed -n 's/^version = "\(.*\)"/\1/p' crates/invoice-ocr/models.toml)

$(VENV)/models: crates/invoice-ocr/models.toml
	test -x $(PYTHON) || python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps rapidocr==$(RAPIDOCR)
	@touch $@

.PHONY: models
models: $(VENV)/models ## Fetch the reader's models (31 MB, once)

# Every so manyth real photo is turned, tilted, cropped …: 1 takes all of them, and twenty minutes.
EVERY := 5

.PHONY: reading
reading: models ## The tests that read photos: the sample, and real ones where there are any (EVERY=1 for all of them)
	NOVA_FT_REAL_PHOTOS="$(abspath $(REAL_PHOTOS))" READING_EVERY=$(EVERY) \
	  $(CARGO) test --locked --test it -- --ignored --nocapture --test-threads=1 reading_
	NOVA_FT_REAL_PHOTOS="$(abspath $(REAL_PHOTOS))" \
	  $(CARGO) test --locked --lib -- --ignored --nocapture --test-threads=1 reading_

$(VENV)/peers: tests/peers/requirements.txt
	@$(install)

.PHONY: peers
peers: $(VENV)/peers models ## Other people's S3 and Bedrock clients against the stand-in, botocore's shapes, nova-ft against moto, and the page of review in Chromium
	$(CARGO) build --locked
	NOVA_FT="$(or $(CARGO_TARGET_DIR),target)/debug/nova-ft" $(PYTHON) -m unittest discover --start-directory tests/peers

$(VENV)/notebooks: notebooks/requirements.txt
	@$(install)

.PHONY: kernel
kernel: $(VENV)/notebooks ## Build and install the Jupyter kernel "Rust (nova-ft)"
	$(PYTHON) notebooks/tools/kernel.py install

# Without it a notebook fails whose cells say something else than is committed; with it that is stored: ACCEPT=1.
ACCEPT :=

.PHONY: notebooks
notebooks: kernel models ## Run every notebook headless (parameters: NOVA_FT_INPUT_DIR, NOVA_FT_LABELS; ACCEPT=1 stores outputs)
	$(PYTHON) notebooks/tools/test_parts.py
	$(PYTHON) notebooks/tools/test_run.py
	$(PYTHON) notebooks/tools/run.py $(if $(ACCEPT),--accept)

.PHONY: lab
lab: kernel models ## JupyterLab with the kernel
	$(VENV)/bin/jupyter lab notebooks

.PHONY: bench-notebooks
bench-notebooks: kernel ## Time the kernel beside the plain one with :dep (which compiles for ten minutes first)
	$(PYTHON) notebooks/tools/bench.py

$(VENV)/benches: benches/requirements.txt
	@$(install)

.PHONY: bench
bench: $(VENV)/benches kernel ## Time nova-ft against its peers and write docs/benchmarks.md and the table of README (half an hour on a quiet machine)
	$(CARGO) build --locked --release
	$(PYTHON) benches/measure.py --program "$(or $(CARGO_TARGET_DIR),target)/release/nova-ft"

MINUTES := 1
SEED := 1
ROUNDS := 0
# Scenarios whose name begins so: ONLY=network/upload. SHORT=1: one or two of each kind, as in `make test`.
ONLY :=
SHORT :=
CHAOS = NOVA_FT="$(or $(CARGO_TARGET_DIR),target)/debug/nova-ft" PYTHONPATH=tests/peers:tests $(PYTHON)

.PHONY: chaos
chaos: MINUTES := 15
chaos: $(VENV)/peers models ## Faults on every command, by a seeded plan, and the figures into docs/chaos.md (MINUTES=15, SEED=1, ROUNDS=, ONLY=, SHORT=1)
	$(CARGO) build --locked
	$(CHAOS) -m unittest discover --start-directory tests/chaos
	$(CHAOS) tests/chaos/run.py --seed "$(SEED)" --minutes $(MINUTES) --rounds $(ROUNDS) --only "$(ONLY)" --page docs/chaos.md $(if $(SHORT),--short)

.PHONY: fuzz
fuzz: ## Damage photos and records at random, MINUTES=1 each, SEED=1
	NOVA_FT_FUZZ_MINUTES=$(MINUTES) NOVA_FT_FUZZ_SEED=$(SEED) \
	  $(CARGO) test --locked --lib --test it -- --ignored --nocapture fuzz_

.PHONY: fuzz-deep
fuzz-deep: ## cargo-fuzz on each target, MINUTES=1 each, and the figures into docs/fuzzing.md (needs cargo-fuzz and a nightly toolchain; SEED=1, ONLY=)
	@command -v cargo-fuzz > /dev/null || { echo "cargo-fuzz is missing: cargo install cargo-fuzz --locked"; exit 1; }
	PYTHONPATH=tests python3 fuzz/run.py --minutes $(MINUTES) --seed $(SEED) --only "$(ONLY)"

.PHONY: deny
deny: ## Licences, bans and sources of all dependencies (needs cargo-deny)
	@command -v cargo-deny > /dev/null || { echo "cargo-deny is missing: cargo install cargo-deny --locked"; exit 1; }
	cargo deny check licenses bans sources

.PHONY: security
security: ## What docs/security.md promises, counted into its table (needs cargo-deny)
	python3 tests/security.py

.PHONY: docs
docs: ## Write docs/cli.md, docs/rules.md and the runs in docs/ from the program
	UPDATE_DOCS=1 $(CARGO) test --locked --test it documentation
	UPDATE_DOCS=1 $(CARGO) test --locked --test it worked_pages

.PHONY: docs-reading
docs-reading: models ## Write the runs that read photos into docs/ from the program
	UPDATE_DOCS=1 $(CARGO) test --locked --test it -- --ignored --test-threads=1 reading_what_the_pages

.PHONY: sample
sample: ## Write the committed sample anew
	$(CARGO) test --locked --lib write_the_committed_sample -- --ignored
