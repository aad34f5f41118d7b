# Each target does what it needs from a fresh clone on; `make` alone lists them.

PYTHON ?= python3
CORPUS ?= examples/corpus
QUERY ?= examples/queries/laureates.rq
SCHEDULE ?= */10 * * * *
PORT ?= 8080
KGBUILD_DATA ?= ../shared/data
ARGS ?=

BIN := .venv/bin
INSTALLED := .venv/.installed

# every KGBUILD_… in the environment is a setting to kgbuild, and this one is none
unexport KGBUILD_DATA

.DEFAULT_GOAL := help
.PHONY: help install run test lint airflow model benchmark comparison clean rapper

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

install: $(INSTALLED) ## make the virtual environment .venv with everything in it, at the pinned versions

$(INSTALLED): pyproject.toml constraints.txt
	@echo "Installing into .venv; the first time this takes some minutes"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[airflow,train,dev]'
	@touch $@

run: GRAPH ?= build/graph
run: $(INSTALLED) ## run both DAGs through Airflow over CORPUS into GRAPH, then answer QUERY
	@$(BIN)/python tools/run_dags.py --home .airflow/run --graph '$(GRAPH)' --query '$(QUERY)' --corpus $(CORPUS)

airflow: GRAPH ?= build/airflow-graph
airflow: $(INSTALLED) ## Airflow with its web page on 127.0.0.1:PORT, CORPUS ingested into GRAPH on SCHEDULE
	@$(BIN)/python tools/serve_dags.py --home .airflow/serve --port $(PORT) --schedule '$(SCHEDULE)' \
		--graph '$(GRAPH)' --corpus $(CORPUS)

test: $(INSTALLED) rapper ## run the tests; ARGS go to pytest
	@$(BIN)/python -m pytest $(ARGS)

lint: $(INSTALLED) ## check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

model: $(INSTALLED) ## train the model that ships, from the annotated data in KGBUILD_DATA; goes on where it stopped
	@$(BIN)/kgbuild train --data '$(KGBUILD_DATA)' --output kgbuild/models/default --work .train

benchmark: $(INSTALLED) ## measure the model that ships on the sets in KGBUILD_DATA, into benchmarks/RESULTS.md; ARGS go on
	@$(BIN)/python benchmarks/quality.py --data '$(KGBUILD_DATA)' $(ARGS)

comparison: $(INSTALLED) ## train and measure pair encoders beside one another, into docs/attention.md; goes on; ARGS go on
	@$(BIN)/python benchmarks/comparison.py --data '$(KGBUILD_DATA)' $(ARGS)

rapper: # a second parser of Turtle, for the tests alone
	@sh tools/install-rapper.sh

clean: ## remove what running left: .airflow, build and caches, not .venv and not .train
	rm -rf .airflow build .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
