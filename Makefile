# The commands of this project, each one line that a person could type.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check bench screenshots checkpoint clean

run: $(VENV)/.app  ## install what the app needs, then serve it on 127.0.0.1:7860
	$(BIN)/python app.py

test: check  ## install what the tests need (Chromium included), then run everything
	scripts/chromium.sh
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile

check: $(VENV)/.dev  ## linters, types and import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## how fast phantoms are drawn here
	$(BIN)/python -m benchmarks.phantoms

screenshots: $(VENV)/.dev  ## take the README's pictures anew
	scripts/chromium.sh
	$(BIN)/python -m scripts.screenshots

REAL ?=

checkpoint: $(VENV)/.dev  ## all stages of a small policy, on this machine: hours, resumed where it stopped; REAL="a.json b.json"
	$(BIN)/python -m training run --preset tiny-cpu --run runs/tiny-cpu --real $(REAL)
	@echo "The app takes it by SSG_POLICY=runs/tiny-cpu/export make run"

clean:  ## remove the virtual environment and the caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

$(VENV)/.app: requirements.txt pyproject.toml scripts/install.py
	$(PYTHON) scripts/install.py $(VENV) .
	touch $@

$(VENV)/.dev: requirements.txt pyproject.toml scripts/install.py
	$(PYTHON) scripts/install.py $(VENV) ".[dev]"
	touch $(VENV)/.app $@
