# Neural Explorer: `make run` starts the app, `make test` checks everything, `make bench` measures it.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
FAST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow and not fault and not browser"

.PHONY: run test fast bench install clean help

run: install ## start the app on http://127.0.0.1:8501 (PORT= and HOST= change it)
	@HOST=$(HOST) PORT=$(PORT) exec $(BIN)/python -m explorer

test: install ## run every test: the quick ones side by side, then slow ones, faults and the browser's one after another
	@$(FAST); quick=$$?; $(BIN)/python -m pytest -m "slow or fault or browser"; rest=$$?; exit $$((quick ? quick : rest))

fast: install ## run the quick tests, which take a few minutes together
	$(FAST)

bench: install ## measure everything that has a goal; writes benchmarks/results.json
	$(BIN)/python -m benchmarks

install: $(VENV)/.installed ## make the environment in .venv

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Neural Explorer needs Python 3.11 or newer; $$($(PYTHON) --version) was found. Try: make run PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	$(BIN)/python -m explorer.training.fused
	@touch $@

clean: ## remove the environment and caches
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .import_linter_cache *.egg-info

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
