"""Gates of exported models, against the formula of Louizos et al."""
import gin
import numpy as np
import pytest
from support import exported_runs

from sparse_disent import export
from sparse_disent.results import gin_files
from sparse_disent.trained import gates
from sparse_disent.trained import model as model_lib

LOG_ALPHA = np.array([3.0, -4.0, 0.3, -1.0])
BINDINGS = """
  sparse_vae.latent = @l0_pair()
  l0_pair.gamma = -0.2
  l0_pair.zeta = 1.3
  l0_pair.learning_rate_multiplier = 10.
  sparse_vae.categorical = @categorical_latent()
  categorical_latent.num_classes = 2
  encoder.num_latent = 6
"""


@pytest.fixture(scope="module", name="model_dir")
def exported_model(tmp_path_factory):
  model_dir = tmp_path_factory.mktemp("gates") / "model"
  exported_runs.export(model_dir, BINDINGS, {
      "encoder/l0_pair/scaled_log_alpha": LOG_ALPHA / 10})
  return model_dir


def test_gates_follow_the_formula_and_classes_are_open(model_dir):
  expected = np.clip(1.5 / (1 + np.exp(-LOG_ALPHA)) - 0.2, 0, 1)
  assert (expected == 0).any() and ((expected > 0) & (expected < 1)).any()
  with model_lib.load(model_dir) as model:
    np.testing.assert_allclose(model.gates, [*expected, 1, 1], rtol=1e-5)
    assert model.num_active == 5


def test_the_encoder_has_these_gates(model_dir):
  """The exported mean is m * mu: a gate is a factor on a linear encoder."""
  with model_lib.load(model_dir) as model:
    mean = model.encode(exported_runs.IMAGES)
    assert (mean[:, model.gates == 0] == 0).all()
    assert (mean[:, :4][:, model.gates[:4] > 0] != 0).all()


@pytest.mark.parametrize("keep_latents", [False, True])
def test_a_compacted_model_has_open_gates(model_dir, tmp_path, keep_latents):
  export.compact(model_dir, tmp_path / "small", keep_latents=keep_latents)
  with model_lib.load(tmp_path / "small") as model:
    assert model.gates.tolist() == (
        [1, 0, 1, 1, 1, 1] if keep_latents else [1, 1, 1, 1, 1])
    assert model.num_active == 5


def test_a_layer_that_nothing_has_registered(tmp_path):
  with pytest.raises(ValueError, match="latent = @own/gates.*Import the"):
    gates.read(tmp_path, None, {
        "sparse_vae.latent": gin_files.Reference("@own/gates()")}, 3)


def test_without_a_layer_all_gates_are_open(tmp_path):
  assert gates.read(tmp_path, None, {}, 3).tolist() == [1, 1, 1]
  assert not gin.config_str()
