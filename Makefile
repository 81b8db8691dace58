# `make demo` and `make test` need nothing prepared but Python >= 3.10 and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Where upstream looks for data sets; `make data` renders dSprites there.
export DISENTANGLEMENT_LIB_DATA ?= $(CURDIR)/output/data
DSPRITES := $(DISENTANGLEMENT_LIB_DATA)/dsprites/dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz

# The demo: how long to train, with which settings, and what to measure. Gates
# that learn fast under a large penalty close in so few steps.
STEPS ?= 2000
PRUNING ?= encoder.num_latent=16 l0_pair.tau=3. \
  l0_pair.learning_rate_multiplier=30. AdamOptimizer.learning_rate=0.001
METRICS ?= beta_vae_sklearn factor_vae_metric mig modularity_explicitness \
  sap_score unsupervised
DEMO := output/demo

.PHONY: demo release-check test test-all test-fast test-oldest coverage lint install data \
  docs examples clean

demo: install data
	$(BIN)/dlib_train --gin_config=gin_configs/masked_dipvae_tuned.gin \
	  --model_dir=$(DEMO)/model --overwrite $(PRUNING:%=--gin_bindings=%) \
	  --gin_bindings='model.training_steps = $(STEPS)' \
	  --gin_bindings='model.eval_steps = 100'
	$(BIN)/dlib_visualize_model --model_dir=$(DEMO)/model \
	  --output_dir=$(DEMO)/visualizations --overwrite
	$(BIN)/sparse-disent evaluate --protocol=unsupervised_study_v1 \
	  --model_dir=$(DEMO)/model --representation=mean --overwrite \
	  $(METRICS:%=--metric=%)
	$(BIN)/sparse-disent evaluate --protocol=pvae --representation=mean \
	  --model_dir=$(DEMO)/model --overwrite
	$(BIN)/sparse-disent report $(DEMO) --output=$(DEMO)/report.html

test: install lint
	$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal \
	  -m 'not thorough'

# With the tests that take minutes each.
test-all: install lint
	$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal

# Without the tests that train, run a script or start a process.
test-fast: install
	$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal \
	  -m 'not slow and not thorough'

# Lines and branches that TESTS run. What other processes run is not counted.
TESTS ?= -m 'not slow'
coverage: install
	$(BIN)/python -m pytest --numprocesses=auto --cov --cov-report=term $(TESTS)

# The oldest TensorFlow that is supported; needs Python 3.10 to 3.12.
test-oldest:
	$(MAKE) test-all VENV=.venv-oldest \
	  PINS='tensorflow==2.16.* tf-keras==2.16.* tensorflow-probability==0.24.*'

# Builds the archives and tries them on each Python of VERSIONS that is at hand.
VERSIONS ?= 3.10 3.11 3.12 3.13
release-check:
	VERSIONS='$(VERSIONS)' PYTHON='$(PYTHON)' .ci/release-check

lint: install
	$(BIN)/ruff check .
	$(BIN)/mypy

# The documentation as a site, in output/site; a warning is an error.
docs: install
	$(BIN)/python docs/site/stage.py
	$(BIN)/zensical build --strict

# Executes the notebooks and saves them with their outputs.
examples: install data
	$(BIN)/python examples/execute.py

install: $(VENV)/installed

$(VENV)/installed: setup.py pyproject.toml sparse_disent/compat/startup/autoload.py
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and \
	  "sparse_disent needs Python >= 3.10: call make PYTHON=python3.12")'
	@echo "Installing TensorFlow and what else is needed into $(VENV); this takes minutes."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	PYTHONWARNINGS=ignore $(BIN)/pip install --quiet -e '.[dev,docs]' $(PINS)
	$(BIN)/pip install --quiet --no-deps disentanglement-lib==1.5
	touch $@

data: $(DSPRITES)

$(DSPRITES): | install
	$(BIN)/sparse-disent data dsprites

clean:
	rm -rf $(VENV) .venv-oldest build *.egg-info
