import conftest
import numpy as np
import pytest

from sparse_disent.results import gin_files
from sparse_disent.study import reference_runs

FOLDER = conftest.ROOT / "gin_configs"


@pytest.fixture(scope="module", name="models")
def all_models():
  study = reference_runs.study()
  assert "model.training_steps = 10000" in study.bindings
  return study.models


def _of(models, name):
  return [settings for settings in models if settings["model.name"] == name]


def test_each_model_has_five_seeds(models):
  names = {settings["model.name"] for settings in models}
  assert len(names) == 19
  for name in names:
    assert [settings["model.random_seed"] for settings in _of(models, name)
            ] == [0, 1, 2, 3, 4], name


@pytest.mark.parametrize("name", [
    "masked_conv_l1", "masked_conv_hard_concrete", "masked_conv_random",
    "masked_conv_magnitude", "masked_dipvae_tuned", "masked_dipvae",
    "l0pair_beta_vae", "l0pair_beta_tc_vae"])
def test_our_models_are_those_of_the_gin_files(models, name):
  base = gin_files.bindings(FOLDER / "base.gin")
  expected = {**gin_files.bindings(FOLDER / f"{name}.gin"),
              "encoder.num_latent": 10, "random_gate.seed": 3,
              "model.random_seed": 3}
  if name != "masked_conv_random":
    del expected["random_gate.seed"]
  assert {**base, **_of(models, name)[3]} == expected


def test_schedules_take_their_part_of_the_budget(models):
  # 100,000 of 300,000 steps in the study of Locatello et al.
  assert _of(models, "annealed_vae")[0][
      "annealed_vae.iteration_threshold"] == 3333
  assert _of(models, "masked_conv_magnitude")[0][
      "magnitude_gate.end_step"] < 10000


def test_the_small_dense_model_has_the_weights_that_random_masks_leave(models):
  small, masked = (_of(models, name)[0]
                   for name in ("small_dense", "masked_conv_random"))
  np.testing.assert_allclose(
      small["masked_network.width"] ** 2,
      1 - masked["random_gate.sparsity"], atol=1e-3)
  assert small["channel_mask.gate"] is None


def test_grouped_latents_are_in_two_halves(models):
  for settings in _of(models, "grouped_vae"):
    assert settings["sparse_vae.groups"] == [5, 5]
    assert settings.keys().isdisjoint(
        {"encoder.encoder_fn", "encoder.num_latent"})


def test_a_ticket_has_the_masks_of_the_same_seed(models):
  for settings in _of(models, "masked_conv_ticket"):
    source = models[settings["ticket_gate.path"].number]
    assert source["model.name"] == "masked_conv_magnitude"
    assert source["model.random_seed"] == settings["model.random_seed"]
