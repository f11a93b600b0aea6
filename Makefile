# Two commands matter: `make demo` and `make test`. A plain machine with Python 3.11+ and make needs nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ARGS ?=
MODEL ?= build/model
HOOKS_FUZZ := tests/channels/test_hooks_fuzz.py tests/bot/webhooks/test_fuzz.py

.PHONY: demo test crash fuzz bench model venv check lint clean

demo: $(VENV)/.run  ## the scripted day on the sandbox platforms; ARGS=--once runs it as fast as it can and checks it
	$(BIN)/loa demo $(ARGS)

test: $(VENV)/.test  ## format, lint, types, and the whole suite
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto --dist load --maxschedchunk 3 $(ARGS)

crash: $(VENV)/.test  ## kill at every point, then at random (CRASH_RUNS=500, CRASH_SEED), then three daemons, then their roles
	CRASH_TABLE=full $(BIN)/python -m pytest tests/journeys/test_crash.py -k every_point -s -n auto
	$(BIN)/python -m tests.crash
	$(BIN)/python -m tests.crash.hosts
	$(BIN)/python -m tests.crash.roles

fuzz: $(VENV)/.test  ## people, clocks, crashes and answers in any order; FUZZ_EXAMPLES=1000, FUZZ_BODIES=100000 webhooks and FUZZ_ANSWERS=100000 answers a platform; another seed each time
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-1000} $(BIN)/python -m pytest tests/bot/publishing/test_anything.py $(ARGS)
	FUZZ_BODIES=$${FUZZ_BODIES:-100000} $(BIN)/python -m pytest $(HOOKS_FUZZ) $(ARGS)
	FUZZ_ANSWERS=$${FUZZ_ANSWERS:-100000} $(BIN)/python -m pytest tests/channels/test_anything.py $(ARGS)

bench: $(VENV)/.test  ## what memory a 2 GB clip takes, then deliveries beside a bare client; ARGS=--quick for a minute
	$(BIN)/python -m tests.bench.memory
	$(BIN)/python -m tests.bench.delivery $(ARGS)
	$(BIN)/python -m tests.bench.flood

model: $(VENV)/.train  ## train and export the model from DATA=dir into MODEL=build/model (about an hour and a half on one core); OPEN=1 leaves out what only researchers may use
	@test -d "$(DATA)" || { echo "Where are the data? make model DATA=dir (docs/model.md says what lies there)"; exit 2; }
	$(BIN)/python -m monitor.training --data $(DATA) --out $(MODEL) $(if $(OPEN),--open-only)
	LOA_MODEL=$(MODEL)/loa-e5s $(BIN)/loa evaluate --data $(DATA)

venv: $(VENV)/.run  ## only prepare .venv

# A stamp file per set of packages, older than what it was made from only when that changed.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Loa needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing pinned packages into $(VENV) (once, some minutes) ..."
	$(PIP) --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run
	@echo "Installing the test tools ..."
	$(PIP) --constraint constraints.txt --editable '.[test]'
	@touch $@

$(VENV)/.train: $(VENV)/.run
	@echo "Installing the training tools ..."
	$(PIP) --constraint constraints.txt --editable '.[train]'
	@touch $@

clean:  ## remove what the commands above made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
