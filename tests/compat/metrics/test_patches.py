import functools
import importlib
import inspect
import pathlib
import types

import gin
import pytest
from disentanglement_lib.utils import resources

from sparse_disent.compat import patching
from sparse_disent.compat.metrics import patches
from sparse_disent.compat.startup import upstream

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
  assert found == {(module, name) for module, name, _ in patches.METRICS}


@pytest.mark.parametrize("module, function, name", patches.METRICS)
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


@pytest.fixture
def a_forks_mig(monkeypatch):
  """A module in which a fork has another metric under another gin name."""
  def scores(representation_function, num_train=3, cheat=False):
    return {"score": num_train if not cheat else float("nan")}

  with monkeypatch.context() as patch:
    patch.setattr(gin.config, "_INTERACTIVE_MODE", True)
    return types.SimpleNamespace(
        __name__=f"{FOLDER}.mig",
        compute_mig=gin.configurable("my_mig", denylist=["cheat"])(scores))
@pytest.mark.parametrize("module, function, name", patches.METRICS)
def test_upstreams_metrics_are_known(module, function, name):
  importlib.import_module(f"{FOLDER}.{module}")
  assert patches.is_original(gin.get_configurable(name))


def test_others_are_not_upstreams():
  module = importlib.import_module(f"{FOLDER}.mig")
  wrapped = functools.wraps(module.compute_mig)(lambda: {})
  assert not patches.is_original(wrapped)
  assert not patches.is_original(None)


@pytest.mark.parametrize("is_interactive", [True, False])
def test_gin_stays_as_interactive_as_it_was(
    is_interactive, monkeypatch, a_forks_mig):
  monkeypatch.setattr(gin.config, "_INTERACTIVE_MODE", is_interactive)
  patches._resolve(a_forks_mig, "compute_mig")
  assert gin.config._INTERACTIVE_MODE is is_interactive


def test_a_forks_names_and_lists_are_kept(a_forks_mig):
  patches._resolve(a_forks_mig, "compute_mig")
  gin.bind_parameter("my_mig.num_train", 5)
  with pytest.raises(ValueError, match="cheat"):
    gin.bind_parameter("my_mig.cheat", True)
  assert a_forks_mig.compute_mig(lambda x: x) == {"score": 5}
  assert a_forks_mig.compute_mig(lambda x: x, cheat=True)["score"] is None
  assert gin.get_configurable("my_mig") is a_forks_mig.compute_mig


@pytest.mark.parametrize("change", [
    lambda module: delattr(module, "compute_mig"),
    lambda module: setattr(module, "compute_mig", lambda codes: codes),
    lambda module: setattr(
        module, "compute_mig", lambda representation_function: 3)])
def test_a_metric_that_is_none_is_left_alone(
    a_forks_mig, change, monkeypatch, capsys):
  monkeypatch.setattr(patching, "_reported", set())
  change(a_forks_mig)
  before = dict(vars(a_forks_mig))
  patches._resolve(a_forks_mig, "compute_mig")
  assert vars(a_forks_mig) == before
  assert capsys.readouterr().err == (
      f"sparse_disent leaves {FOLDER}.mig:compute_mig alone, as it is not that "
      "of disentanglement_lib 1.5: its scores may be NaN.\n")
