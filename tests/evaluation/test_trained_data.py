"""Data sets with parameters, as training recorded them."""
import subprocess
import sys

import gin
import numpy as np
import pytest
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.data.ground_truth import named_data
from support import small_mnist

from sparse_disent.evaluation import trained_data


def write(folder, text):
  """Writes what dlib_train leaves of its configuration."""
  path = folder / "model/results/gin/train.gin"
  path.parent.mkdir(parents=True)
  path.write_text(text)
  return str(folder / "model")


@gin.configurable("correlated_factors", module="a_fork")
def sigma_of_a_fork(sigma=.2, scale=1.):
  return sigma, scale


class Correlated(dummy_data.DummyData):
  """A fork's data: one parameter when it is built, one when it is drawn."""

  def __init__(self, strength):
    self.strength = strength

  def sample_factors(self, num, random_state):
    self.sigma, _ = sigma_of_a_fork()
    return super().sample_factors(num, random_state)


@pytest.fixture
def fork(monkeypatch):
  """A fork whose named data sets take a parameter more."""
  with monkeypatch.context() as patch:
    patch.setattr(gin.config, "_INTERACTIVE_MODE", True)

    @gin.configurable("dataset", module=named_data.__name__)
    def get_named_ground_truth_data(name, strength=1):
      return Correlated(strength)

  registered = gin.config._REGISTRY[f"{named_data.__name__}.dataset"]
  before = gin.config._inverse_lookup(
      named_data.get_named_ground_truth_data, allow_decorators=True)
  monkeypatch.setattr(
      named_data, "get_named_ground_truth_data", get_named_ground_truth_data)
  yield
  gin.config._REGISTRY[before.selector] = before
  del gin.config._INVERSE_REGISTRY[registered.wrapped]


def test_a_name_needs_no_bindings(tmp_path):
  data, bindings = trained_data.load(write(
      tmp_path, "dataset.name = 'dummy_data'\nvae.beta = 4.\n"))
  assert type(data) is dummy_data.DummyData and bindings == []
  assert not gin.config_str().strip()


def test_images_have_the_size_of_training(tmp_path, monkeypatch):
  monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path))
  small_mnist.write(tmp_path)
  data, bindings = trained_data.load(write(
      tmp_path, "dataset.name = 'mnist'\nmnist.image_size = 32\n"))
  assert data.observation_shape == [32, 32, 1]
  assert bindings == ["mnist.image_size = 32"]


def test_a_forks_parameters_hold_when_data_are_built_and_drawn(
    tmp_path, fork, capsys):
  data, bindings = trained_data.load(write(
      tmp_path, "dataset.name = 'dummy_data'\ndataset.strength = 7\n"
      "correlated_factors.sigma = .1\nvae.beta = 4.\n"))
  assert data.strength == 7
  assert sorted(bindings) == [
      "correlated_factors.scale = 1.0", "correlated_factors.sigma = 0.1",
      "dataset.strength = 7"]
  data.sample_factors(1, np.random.RandomState(0))
  assert data.sigma == .2  # Outside, gin knows nothing.
  with pytest.raises(ZeroDivisionError), trained_data.configured(bindings):
    data.sample_factors(1, np.random.RandomState(0))
    assert data.sigma == .1
    1 / 0  # noqa: B018
  assert not gin.config_str().strip()
  assert not capsys.readouterr().err


def test_what_is_unknown_is_said(tmp_path, capsys):
  model = write(tmp_path, "import no_such_module\n"
                "dataset.name = 'dummy_data'\nnot_imported.sigma = .1\n"
                "own_model.width = 3\nvae.beta = 4.\n")
  assert trained_data.load(model)[1] == []
  assert capsys.readouterr().err == (
      f"The training of '{model}' was configured with not_imported.sigma, "
      "own_model.width, of which nothing is known here: if the data set "
      "depends on it, these scores are of another one. Put `import MODULE` "
      "into the gin file of a training, and evaluation imports it, too.\n")


def test_all_that_a_plain_training_records_is_known(tmp_path):
  """In a process of its own, as here other tests import what registers it."""
  model = write(tmp_path, "dataset.name = 'dummy_data'\n"
                "model.training_steps = 5\nAdamOptimizer.beta1 = .9\n"
                "vae_optimizer.optimizer_fn = @AdamOptimizer\n")
  result = subprocess.run(
      [sys.executable, "-c", "import sys; from sparse_disent.evaluation import "
       "trained_data; print(trained_data.load(sys.argv[1])[1])", model],
      capture_output=True, check=True, text=True)
  assert result.stdout == "[]\n"
  assert "of which nothing is known" not in result.stderr
