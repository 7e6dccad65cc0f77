# `make help` lists the targets. PYTHON is what makes the environment, VENV
# where it is; both can be given: make book PYTHON=python3.12 VENV=/tmp/venv
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
LESSONS ?=
COMPARISONS ?=
MINUTES ?= 25

BIN := $(VENV)/bin
RUN := $(BIN)/python
INSTALLED := $(VENV)/.installed
# The lessons, by _toc.yml; other notebooks there are the reader's own.
NOTEBOOKS := $(shell sed -nE 's|^ *- file: (notebooks/[^ ]+)$$|\1.ipynb|p' _toc.yml)

.DEFAULT_GOAL := help
.PHONY: help setup book serve lab test test-browser lighthouse execute runs gpu bench figures assignments slides stamp format lint types spelling coverage audit lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' \
		| while IFS='|' read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done

setup: $(INSTALLED) ## make the environment in VENV and install the course

$(INSTALLED): requirements.txt requirements-nodeps.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "The course needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.11")'
	$(PYTHON) -m venv "$(VENV)"
	$(RUN) -m pip install --quiet --requirement requirements.txt
	$(RUN) -m pip install --quiet --no-deps --requirement requirements-nodeps.txt
	$(RUN) -m pip install --quiet --no-deps --editable .
	@touch $@

book: setup ## build the site into _build/html; runs no notebook
	$(RUN) tools/build_book.py
	@echo 'The book is in _build/html/index.html'

serve: book ## build the site and serve it on PORT (8000)
	$(RUN) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

lab: setup ## open the lessons in JupyterLab
	$(BIN)/jupyter lab --notebook-dir=notebooks

test: setup ## run all tests; the notebooks run in fast mode
	$(RUN) -m pytest tests
	COURSE_FAST=1 TQDM_DISABLE=1 OMP_NUM_THREADS=1 $(RUN) -m pytest --nbval \
		--nbval-current-env --nbval-cell-timeout 300 -n 2 --dist loadscope $(NOTEBOOKS)

test-browser: book ## run the tests that need Chromium and Playwright, on the built book
	COURSE_BROWSER=1 $(RUN) -m pytest tests/browser

lighthouse: book ## measure the pages with Lighthouse; needs Node.js and Chromium
	$(RUN) tools/lighthouse.py

execute: setup ## run the lessons in full (LESSONS="05" for some), store outputs; TIME=1: seconds alone
	$(RUN) tools/execute.py $(if $(TIME),--time) $(LESSONS)

runs: setup ## train the long runs that are pending, in the background; STATUS=1 shows them
	$(RUN) tools/runs.py $(if $(STATUS),--status,--background)

gpu: setup ## measure what needs a GPU within MINUTES (25); the next call goes on
	$(RUN) tools/gpu.py --minutes $(MINUTES)

bench: setup ## measure speed and memory (COMPARISONS="growth" for some), store results
	PYTHONPATH="$(CURDIR)/tools" $(RUN) -m bench $(COMPARISONS)

figures: setup ## write the stored figures anew, after a change of scripts or alt texts
	$(RUN) tools/refresh_figures.py

assignments: setup ## make dist/: lessons for students and instructors, a course for nbgrader
	$(RUN) tools/assignments.py

slides: setup ## make a deck of slides of each lesson in dist/slides
	$(RUN) tools/slides.py

stamp: setup ## write the fork's address into notebooks and book: make stamp REPO=owner/name
	$(RUN) tools/stamp.py "$(REPO)"

format: setup ## format code and notebooks
	$(BIN)/ruff format . $(NOTEBOOKS)
	$(BIN)/ruff check --fix . $(NOTEBOOKS)

lint: setup ## check formatting and style of code and notebooks
	$(BIN)/ruff format --check . $(NOTEBOOKS)
	$(BIN)/ruff check . $(NOTEBOOKS)

types: setup ## check types in course_utils
	$(BIN)/mypy

spelling: setup ## check the spelling of prose and comments
	$(RUN) -m pytest tests/book/test_spelling.py

coverage: setup ## run the tests, and name the lines of course_utils that none runs
	$(RUN) -m pytest --cov --cov-report=term tests

audit: setup ## ask for known weaknesses of the pinned packages; needs the internet
	$(BIN)/pip-audit --no-deps --disable-pip -r constraints.txt

lock: setup ## write requirements.lock: the versions of this platform with their hashes
	$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --output-file requirements.lock requirements.txt

clean: ## remove what the targets made, but not VENV
	rm -rf _build .hypothesis .pytest_cache .ruff_cache *.egg-info
