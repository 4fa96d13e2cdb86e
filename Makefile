# Two commands: `make run` looks at the map, `make test` proves that it works.

PYTHON ?= python3
BIN := .venv/bin
HOST ?= 127.0.0.1
PORT ?= 8000

.PHONY: run test lint format lock clean help

help:  ## Show the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: .venv/installed node_modules/installed data/raw/sample/README.md  ## Build the layers and serve the map
	@$(BIN)/artois build
	@$(BIN)/artois register init > /dev/null
	@$(BIN)/artois serve --host $(HOST) --port $(PORT)

test: .venv/installed-dev node_modules/installed  ## Run the whole test suite
	@sh scripts/chromium.sh
	@sh scripts/postgis.sh
	$(BIN)/python -m pytest

lint: .venv/installed-dev  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/installed-dev  ## Put the code in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/installed-dev  ## Renew the lock files from pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
		pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --extra dev \
		--constraint requirements.lock pyproject.toml -o requirements-dev.lock

clean:  ## Remove everything that can be made again
	rm -rf .venv node_modules data/raw/sample
	find data/processed -mindepth 1 ! -name README.md -delete

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "found Python %d.%d; expected 3.11 or newer; set PYTHON=python3.x" % sys.version_info[:2])'
	$(PYTHON) -m venv .venv

.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/installed-dev: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@ .venv/installed

node_modules/installed: package.json
	@if command -v npm >/dev/null 2>&1; then \
		npm install --silent --no-audit --no-fund --no-package-lock --ignore-scripts && touch $@; \
	else \
		echo "npm is absent: the maps load Leaflet from Folium's public links instead of this machine"; \
	fi

data/raw/sample/README.md: .venv/installed $(wildcard geo/sample/*.py)
	@$(BIN)/artois sample
