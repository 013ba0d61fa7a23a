# make run   the main job on the bundled sample
# make test  all tests, golden values and the main job also with the kernels of other processors
#            (the browser tests need Chromium)
# make lint  ruff, mypy and the import rules
# make gate  the bundled weights against their committed baseline

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt

.PHONY: run test gate baseline lint schema docs links samples models-table claims chromium clean

run: $(VENV)/.installed
	$(BIN)/calobench run --model distilled --detector ALLEGRO --force

test: $(VENV)/.installed-dev chromium
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict calobench reference_models studies tests/stranger/calobench_stranger
	$(BIN)/mypy --config-file tests/mypy.ini tests
	$(BIN)/lint-imports

BASELINE := data_specs/baselines/distilled-FCCeeALLEGRO.json
GATE_RUN := $(BIN)/calobench run --model distilled --detector ALLEGRO -n 1000 --with diphoton \
  --out calobench-out/gate --force

gate: $(VENV)/.installed
	$(GATE_RUN)
	$(BIN)/calobench gate calobench-out/gate/results.json --baseline $(BASELINE)

# After a change of the weights, or of the metrics, that is wanted.
baseline: $(VENV)/.installed
	$(GATE_RUN)
	$(BIN)/calobench baseline calobench-out/gate/results.json -o $(BASELINE) --force

# The JSON Schema of results.json, from the classes that define it.
schema: $(VENV)/.installed
	$(BIN)/python -c "from calobench.results.store import json_schema; print(json_schema(), end='')" \
	  > data_specs/results.schema.json

# The site in site/.
docs: $(VENV)/.installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# Addresses that README and docs name, and whether they answer: needs the network, unlike the rest.
links: $(VENV)/.installed
	$(BIN)/python studies/links.py

# The rendered sample report, and its first screen, which README shows.
SAMPLE := reports/samples/distilled-FCCeeALLEGRO

samples: $(VENV)/.installed
	$(BIN)/calobench run --model distilled --detector ALLEGRO --with cells --with diphoton --out $(SAMPLE) --force
	$(BIN)/calobench report $(SAMPLE)/results.json --summary $(SAMPLE)/first_screen.png --force

# The runs behind the tables of models in README.md and docs/models.md; then the numbers in all texts.
TABLE_RUN := $(BIN)/calobench run --detector ALLEGRO -n 2000

models-table: $(VENV)/.installed
	$(PIP) ./docs/examples/calobench-gflash
	for model in full solver distilled2 distilled distilled-small; do \
	  $(TABLE_RUN) --model $$model --with cells --out calobench-out/table/$$model --force || exit 1; done
	for model in gflash geant4-library; do \
	  $(TABLE_RUN) --model $$model --out calobench-out/table/$$model --force || exit 1; done
	$(BIN)/python studies/model_table.py calobench-out/table/*/results.json
	$(MAKE) claims

# The numbers of the committed result files into README.md and docs.
claims: $(VENV)/.installed
	$(BIN)/python studies/claims.py --write

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) -e '.[onnx,fast]'
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) -e '.[onnx,dask,edm4hep,fast,docs,dev]'
	$(PIP) -e '.[geant4]' || echo "Geant4 cannot be installed here: its tests will be skipped"
	touch $@

# Browser tests skip with a reason where Chromium is missing and cannot be installed.
chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  apt-get update -qq && apt-get install -y -qq chromium; } >/dev/null 2>&1 || \
	  echo "Chromium is missing: the browser tests will be skipped"

clean:
	rm -rf $(VENV) calobench-out site
