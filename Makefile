# Two commands on a fresh machine: `make demo` and `make test`.
# Each makes .venv and installs from the project's own files; nothing else is needed.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints-cpu.txt
WORKERS ?= 2
# Tests run side by side: a BLAS that starts threads of its own in each only gets in the way.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: demo test check bench floors clean

demo: .venv/base.done
	$(BIN)/partita demo --output demo

test: .venv/dev.done
	$(BIN)/python -m pytest -n $(WORKERS) $(TESTS)

check: .venv/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev.done
	for script in benchmarks/*.py; do $(BIN)/python $$script || exit 1; done

# The whole suite with the oldest versions that pyproject.toml allows.
floors:
	$(PYTHON) -m venv .venv-floors
	.venv-floors/bin/pip install --quiet --constraint constraints-floors.txt --editable '.[dev]'
	.venv-floors/bin/python -m pytest -n $(WORKERS)

.venv/base.done: pyproject.toml constraints-cpu.txt
	$(PYTHON) -m venv .venv
	$(PIP) --editable '.[eval]'
	touch $@

.venv/dev.done: pyproject.toml constraints-cpu.txt
	$(PYTHON) -m venv .venv
	$(PIP) --editable '.[dev]'
	touch $@ .venv/base.done

clean:
	rm -rf .venv .venv-floors demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
