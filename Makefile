# Everything stands on Python 3.11 or newer and make; `make` alone lists the jobs.
# ARGS passes flags on:  make explore ARGS="--no-browser --port 9000"
#                        make test ARGS="-k cli -x"

VENV   := .venv
PY     := $(VENV)/bin/python
START  := notebooks/start.ipynb
QUICK  := tests/kernels tests/model tests/scenario tests/trace
UNITS  := tests/view/*.test.js
ARGS   ?=

# The interpreter that makes $(VENV): PYTHON=... chooses it, else the first that will do.
PYTHONS := $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.14 python)

# Jupyter refuses to run as root unless told to.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help explore app site lite install check test fuzz busy lint js built bench notebooks release clean
.DELETE_ON_ERROR:

help:
	@echo "make explore     set up, and open JupyterLab on the start notebook"
	@echo "make app         set up, and serve the explorer as a page of its own"
	@echo "make site        set up, and build the website into build/site"
	@echo "make lite        set up, and build a JupyterLite with the chapters into build/lite"
	@echo "make install     set up only"
	@echo "make check       the quick look before a commit: style, types, who imports whom, the"
	@echo "                 scripts, and the tests of the kernels, the model, the language, the trace"
	@echo "make test        set up, and run every test"
	@echo "make fuzz        a minute of texts, links, requests and options that are nearly right"
	@echo "make busy        run the browser tests, three times, on a machine kept busy"
	@echo "make lint        style, types, and who imports whom"
	@echo "make js          check the scripts of the pages, without a browser"
	@echo "make built       put those scripts together anew"
	@echo "make bench       measure, side by side"
	@echo "make notebooks   run the notebooks again and keep their outputs"
	@echo "make release     build the wheel and the sdist, check them, print what is new"
	@echo "make clean       remove what the others made, $(VENV) too"

explore: install
	@echo "Opening $(START); the address is printed below, Ctrl-C stops."
	@exec $(PY) -m jupyterlab $(AS_ROOT) --LabApp.default_url=/lab/tree/$(START) $(ARGS)

app: $(VENV)/.installed-app
	@exec $(PY) -m zapviz app $(ARGS)

site: $(VENV)/.installed-site
	@$(PY) -m website $(ARGS)

lite: $(VENV)/.installed-lite
	@$(PY) -m website.lite $(ARGS)

install: $(VENV)/.installed

check: lint js
	@$(PY) -m pytest -q -n 2 --dist loadgroup $(QUICK) $(ARGS)

test: $(VENV)/.installed-test
	@$(PY) -m pytest $(ARGS)

busy: $(VENV)/.installed-test
	@$(PY) tools/busy.py $(ARGS)

fuzz: $(VENV)/.installed-test
	@$(PY) -m fuzz $(ARGS)

lint: $(VENV)/.installed-dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports --no-logo

js: node_modules/.installed
	@node_modules/.bin/eslint --cache --cache-location node_modules/.cache/eslint .
	@node_modules/.bin/tsc -p .
	@node --test --test-reporter=dot $(UNITS) || node --test --test-reporter=spec $(UNITS)
	@node tools/built.mjs --check

built: node_modules/.installed
	@node tools/built.mjs

bench: $(VENV)/.installed-test
	@$(PY) -m benchmarks $(ARGS)

notebooks: $(VENV)/.installed-test
	@$(PY) tools/refresh_notebooks.py $(ARGS)

release: $(VENV)/.installed-release
	@$(PY) tools/release.py

clean:
	rm -rf $(VENV) node_modules build dist test-output .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# $(VENV)/.installed has what a user needs, .installed-test and -dev add those extras.
$(VENV)/.installed: pyproject.toml constraints.txt | $(PY)
	@echo "Installing zapviz and JupyterLab into $(VENV): a minute or two, once."
	@# JupyterLab runs a script of its own with node, which must not take our package.json for its own.
	@echo '{}' > $(VENV)/package.json
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[lab]'
	@$(PY) -m jupyter labextension disable --level=sys_prefix \
	    @jupyterlab/apputils-extension:announcements >/dev/null 2>&1 || true
	@touch $@

$(VENV)/.installed-%: pyproject.toml constraints.txt | $(VENV)/.installed
	@echo "Installing what '$*' needs besides."
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$*]'
	@touch $@

# What the scripts are built and checked with; to use zapviz none of it is needed.
node_modules/.installed: package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { \
	    echo "there is no npm here, which the scripts are built and checked with"; \
	    echo "On Debian or Ubuntu: apt install npm"; \
	    exit 1; \
	} >&2
	@npm ci --silent
	@touch $@

$(PY):
	@for python in $(PYTHONS); do \
	    if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
	        2>/dev/null; then \
	        echo "Making $(VENV) with $$($$python --version), $$(command -v $$python)."; \
	        exec $$python -m venv --clear $(VENV); \
	    fi; \
	done; \
	{ \
	    echo "zapviz needs Python 3.11 or newer, with its venv module. Looked for:"; \
	    for python in $(PYTHONS); do \
	        if ! version=$$($$python --version 2>/dev/null); then version="not there"; \
	        elif ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
	            version="$$version, without venv"; fi; \
	        echo "    $$python: $$version"; \
	    done; \
	    echo "On Debian or Ubuntu: apt install python3 python3-venv"; \
	    echo "Elsewhere: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; \
	} >&2; exit 1
