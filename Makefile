# `make demo` and `make test` need nothing prepared but Python >= 3.10 and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Where upstream looks for data sets; `make data` renders dSprites there.
export DISENTANGLEMENT_LIB_DATA ?= $(CURDIR)/output/data
DSPRITES := $(DISENTANGLEMENT_LIB_DATA)/dsprites/dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz
DEMO ?= output/demo
STEPS ?= 1000

.PHONY: demo test lint data install clean

install: $(VENV)/installed

$(VENV)/installed: setup.py pyproject.toml sparse_disent/compat/autoload.py
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "sparse_disent needs Python >= 3.10; call make PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --no-deps disentanglement-lib==1.5
	$(BIN)/pip install --quiet -e '.[dev]'
	touch $@

data: $(DSPRITES)

$(DSPRITES): | install
	$(BIN)/sparse-disent data dsprites

demo: install data
	BIN=$(BIN) DEMO=$(DEMO) STEPS=$(STEPS) sh demo.sh

test: install lint
	$(BIN)/python -m pytest

lint: install
	$(BIN)/ruff check .

clean:
	rm -rf $(VENV) build dist *.egg-info
