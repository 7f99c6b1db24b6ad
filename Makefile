# Two commands: `make audit` audits both papers, `make test` runs the tests. Both set everything up first.
PYTHON   ?= python3
PIP_ARGS ?=
VENV     := .venv
BIN      := $(VENV)/bin
STAMP    := $(VENV)/.installed
JOBS     ?= 2

# one thread a process: the work is spread over JOBS processes
export OMP_NUM_THREADS := 1

.PHONY: setup audit test lint docs clean

setup: $(STAMP)

# constraints.txt pins every version. torch goes first, so that nothing else chooses its build; PIP_ARGS can name
# another package index, for instance the one of builds without CUDA.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet $(PIP_ARGS) --constraint constraints.txt --editable '.[dev]'
	touch $@

audit: setup
	$(BIN)/verify run --jobs $(JOBS)

test: setup
	$(BIN)/python -m pytest -n $(JOBS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: setup
	$(BIN)/mkdocs build --quiet --config-file reports/site/mkdocs.yml

clean:
	rm -rf $(VENV) reports/latest reports/site/build
