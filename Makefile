# Two commands: `make book` builds the book, `make test` runs every check. Both set up what they need.
#
#   make book    install, execute the chapters that are stale, build the book into _build/html
#   make serve   serve the built book at http://localhost:8000
#   make offline a copy that opens from disk: _build/alexnet-lab-book.zip
#   make pdf     the chapters as one file: _build/alexnet-lab-book.pdf
#   make epub    the chapters for an e-reader: _build/alexnet-lab-book.epub
#   make site    the book as it is published, with all three beside it
#   make colab   run each chapter as Colab would, its set-up cell for real (ONLY="05 A0": these)
#   make chapters  execute all chapters, stale or not (ONLY="05 A0": these)
#   make lab     open the chapters in JupyterLab
#   make quick   lint, types, unit tests without a browser, the wheel, the sandbox: under two minutes
#   make test    lint, types, unit tests, each chapter alone under nbval, the built book in a browser
#   make audit   versions and licences of all that is installed along
#   make fuzz    hundreds of broken pictures, checkpoints, notebooks and command lines
#   make lighthouse  Lighthouse over three pages of the built book, on its mobile setting
#   make bench   measure every figure about speed, and write the book's page of them
#   make clean   remove what was built (the environment stays)

PYTHON ?= python3
PORT ?= 8000

# The active environment, if there is one that is meant to be installed into; else .venv.
# make splits names at spaces: this clone's own .venv has a name without one, wherever the clone is.
ifneq ($(VIRTUAL_ENV),)
ENV := $(VIRTUAL_ENV)
else ifneq ($(filter-out base,$(CONDA_DEFAULT_ENV)),)
ENV := $(CONDA_PREFIX)
endif
ifeq ($(ENV),)
ENV := .venv
else ifneq ($(shell [ "$$VIRTUAL_ENV" -ef .venv ] && echo own),)
ENV := .venv
else ifneq ($(words $(ENV)),1)
$(error the active environment "$(ENV)" has a space in its path, which make cannot handle; "deactivate" first, and .venv in this folder is used)
endif
BIN := $(ENV)/bin
TIMED := $(PYTHON) tools/timed.py
# Tests run on all cores, up to where memory is the limit.
WORKERS ?= -n auto --maxprocesses 4
# A reader's own settings must not change what the book says or what the tests see.
export PYTHONPATH :=
export JUPYTER_PLATFORM_DIRS := 1
# Threads that wait shall sleep soon: with other work on the machine, spinning made a chapter ten times slower.
export GOMP_SPINCOUNT ?= 1000

.PHONY: book test quick lint types unit chapters browser offline pdf epub site colab serve lab fuzz audit bench lighthouse clean install install-dev
.DEFAULT_GOAL := book

$(BIN)/python:
	@$(TIMED) "environment" $(PYTHON) -m venv $(ENV)

# One stamp an extra, inside the environment, so that another environment starts afresh.
$(ENV)/.alexnet-lab-book: pyproject.toml | $(BIN)/python
	@$(TIMED) "install" $(BIN)/python -m pip install --quiet --editable '.[book]'
	@touch $@

$(ENV)/.alexnet-lab-dev: pyproject.toml | $(BIN)/python
	@$(TIMED) "install, for tests" $(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(ENV)/.alexnet-lab-book

install: $(ENV)/.alexnet-lab-book
install-dev: $(ENV)/.alexnet-lab-dev

book: install
	@$(BIN)/python tools/address.py
	@$(TIMED) "chapters" $(BIN)/python tools/execute_chapters.py
	@$(TIMED) "book" $(BIN)/jupyter-book build . --warningiserror --nitpick --keep-going --quiet
	@echo "The book is in _build/html. To read it: make serve, then open http://localhost:$(PORT)"

# The unit tests run every chapter under nbval, with nothing but the wheel: `chapters` would repeat it.
test: lint types unit browser
	@echo "All checks passed."

# What one waits for while working. The rest, in `test`: browsers, kernels, whole chapters, training.
quick: lint types
	@$(TIMED) "quick tests" $(BIN)/python -m pytest -q $(WORKERS) --dist loadfile --durations 20 -m "not slow and not browser" --ignore tests/book
	@echo "The quick checks passed; make test runs them all."

lint: install-dev
	@$(TIMED) "lint" $(BIN)/ruff check .
	@$(TIMED) "formatting" $(BIN)/ruff format --check .
	@$(TIMED) "JavaScript" $(BIN)/python tools/check_javascript.py

types: install-dev
	@$(TIMED) "types" $(BIN)/mypy

unit: install-dev
	@$(TIMED) "unit tests" $(BIN)/python -m pytest -q $(WORKERS) --dist loadfile --durations 20 --ignore tests/book

# Two runs on one processor give the same bytes; on another, what differs by noise stays as committed.
chapters: install
	@$(TIMED) "chapters" $(BIN)/python tools/execute_chapters.py --all $(ONLY)

browser: install-dev book
	@$(TIMED) "book in a browser" $(BIN)/python -m pytest -q $(WORKERS) --dist worksteal --durations 20 tests/book

# The copy that opens from disk, the printed book, the EPUB; all from the built pages.
offline: install book
	@$(TIMED) "offline copy" $(BIN)/python tools/offline.py

pdf: install-dev book
	@$(TIMED) "printed book" $(BIN)/python tools/print_book.py

# Slow: each chapter installs the package anew, as a reader's Colab does.
colab: install-dev
	@$(TIMED) "chapters on a bare environment" $(BIN)/python tools/colab.py $(ONLY)

epub: install book
	@$(TIMED) "EPUB" $(BIN)/python tools/epub_book.py

# What is published: the book, with all three beside it.
site: export ALEXNET_LAB_DOWNLOADS := 1
site: offline pdf epub
	@cp $(addprefix _build/alexnet-lab-book,.zip .pdf .epub) _build/html/

serve:
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

# As root, as in most containers, Jupyter asks to be told that this is meant.
lab: install
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) $(LAB) notebooks

# The unit tests run a few cases of each kind; here all of them, and their figures.
fuzz: install-dev
	@ALEXNET_LAB_FUZZ=full $(TIMED) "fuzz tests" $(BIN)/python -m pytest -q -W ignore tests/fuzz

audit: install-dev
	@$(BIN)/python tools/audit.py

bench: install-dev
	@$(TIMED) "benchmarks" $(BIN)/python benchmarks/_all.py $(if $(DATA),--data $(DATA)) $(BENCH)

lighthouse: install-dev
	@$(BIN)/python tools/lighthouse.py

clean:
	rm -rf _build .make build dist
