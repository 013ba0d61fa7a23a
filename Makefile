# make run   the main job on the bundled sample
# make test  all tests (the browser tests need Chromium)
# make lint  ruff and mypy

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt

.PHONY: run test lint schema samples chromium clean

run: $(VENV)/.installed
	$(BIN)/calobench run --model distilled --detector ALLEGRO --force

test: $(VENV)/.installed-dev chromium
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict calobench reference_models

# The JSON Schema of results.json, from the classes that define it.
schema: $(VENV)/.installed
	$(BIN)/python -c "from calobench.results.store import json_schema; print(json_schema(), end='')" \
	  > data_specs/results.schema.json

# The rendered sample report.
samples: $(VENV)/.installed
	$(BIN)/calobench run --model distilled --detector ALLEGRO --out reports/samples/distilled-FCCeeALLEGRO --force

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) -e '.[dev]'
	touch $@

# Browser tests skip with a reason where Chromium is missing and cannot be installed.
chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  apt-get update -qq && apt-get install -y -qq chromium; } >/dev/null 2>&1 || \
	  echo "Chromium is missing: the browser tests will be skipped"

clean:
	rm -rf $(VENV) calobench-out
