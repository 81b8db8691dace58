import functools
import importlib
import inspect
import pathlib
import types

import gin
import pytest
from disentanglement_lib.utils import resources

from sparse_disent.compat import metrics
from sparse_disent.compat import upstream

FOLDER = "disentanglement_lib.evaluation.metrics"


def test_each_metric_of_upstream_is_there():
  """All that gin can evaluate: they take a data set or observations."""
  found = set()
  for file in pathlib.Path(resources.get_file("evaluation/metrics")).glob("*"):
    if file.suffix == ".py" and not file.name.endswith("_test.py"):
      module = importlib.import_module(f"{FOLDER}.{file.stem}")
      found.update((file.stem, name) for name, function in vars(module).items()
                   if name in ("unsupervised_metrics",) or
                   name.startswith("compute_")
                   and "representation_function" in inspect.signature(
                       function).parameters)
  assert found == {(module, name) for module, name, _ in metrics.METRICS}


@pytest.mark.parametrize("module, function, name", metrics.METRICS)
def test_gin_knows_the_corrected_metric(module, function, name):
  """By its name in gin files, and with upstream's parameters."""
  assert f"evaluation.metrics.{module}" in upstream.PATCHES
  corrected = getattr(importlib.import_module(f"{FOLDER}.{module}"), function)
  assert gin.get_configurable(name) is corrected
  assert "representation_function" in inspect.getfullargspec(
      corrected.__wrapped__).args  # This is how upstream's evaluate asks.
  for parameter in inspect.signature(corrected).parameters:
    if parameter in ("ground_truth_data", "representation_function",
                     "random_state", "artifact_dir", "observations", "labels"):
      with pytest.raises(ValueError, match=parameter):
        gin.bind_parameter(f"{name}.{parameter}", None)
    else:
      gin.bind_parameter(f"{name}.{parameter}", None)


@pytest.mark.parametrize("module, function, name", metrics.METRICS)
def test_upstreams_metrics_are_known(module, function, name):
  importlib.import_module(f"{FOLDER}.{module}")
  assert metrics.is_original(gin.get_configurable(name))


def test_others_are_not_upstreams():
  module = importlib.import_module(f"{FOLDER}.mig")
  assert not metrics.is_original(functools.wraps(module.compute_mig)(scores))
  assert not metrics.is_original(None)


@pytest.mark.parametrize("is_interactive", [True, False])
def test_gin_stays_as_interactive_as_it_was(is_interactive, monkeypatch):
  monkeypatch.setattr(gin.config, "_INTERACTIVE_MODE", is_interactive)
  metrics._resolve(types.SimpleNamespace(compute=scores), "compute", "a_metric")
  assert gin.config._INTERACTIVE_MODE is is_interactive


@functools.wraps(lambda representation_function: {})
def scores(representation_function):
  """Stands in for a metric that gin has registered."""
  return {}
