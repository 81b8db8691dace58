"""Configurations after compaction: what they say of latents, and in what."""
import json

import gin
import numpy as np
import pytest
from disentanglement_lib.utils import results

from sparse_disent.export import latent_settings
from sparse_disent.results import gin_files

LATENTS = np.array([0, 1, 1, 0, 0, 1], bool)
CONFIG = """import sparse_disent

# Parameters for encoder:
# ======================
encoder.num_latent = 6

# Parameters for sparse_vae:
# =========================
sparse_vae.groups = [1, 2, 3]
sparse_vae.group_weights = [0.5, 1.0, 1.0]
"""


def saved(directory, text):
  path = directory / "results" / "gin" / "train.gin"
  path.parent.mkdir(parents=True)
  path.write_text(text)
  return path


def test_what_speaks_of_latents(tmp_path):
  path = saved(tmp_path, CONFIG)
  latent_settings.rewrite(tmp_path, LATENTS)
  assert path.read_text() == CONFIG.replace(
      "encoder.num_latent = 6",
      "# Before sparse-disent compact: encoder.num_latent = 6\n"
      "encoder.num_latent = 3").replace(
          "sparse_vae.groups = [1, 2, 3]",
          "# Before sparse-disent compact: sparse_vae.groups = [1, 2, 3]\n"
          # The first group is gone; its prefix still is one, of zeros.
          "sparse_vae.groups = [0, 2, 1]")


@pytest.mark.parametrize("bindings, latents, expected", [
    ("grouped_encoder.groups = [4, 2]", LATENTS,
     {"grouped_encoder": {"groups": [2, 1]}}),
    # Classes are the last latents.
    ("sparse_vae.categorical = @categorical_latent()\n"
     "categorical_latent.num_classes = 3", LATENTS,
     {"sparse_vae": {"categorical": "@categorical_latent()"},
      "categorical_latent": {"num_classes": 1}}),
    ("categorical_latent.num_classes = 4", LATENTS,
     {"categorical_latent": {"num_classes": 4}}),
    ("vae.beta = 3", LATENTS, {"vae": {"beta": 3}}),
    ("encoder.num_latent = 6\nsparse_vae.groups = [6]", LATENTS | True,
     {"encoder": {"num_latent": 6}, "sparse_vae": {"groups": [6]}}),
    # As gin writes macros and scopes, and as people write.
    ("n = 6\nencoder.num_latent = %n", LATENTS,
     {"n": {"": 6}, "encoder": {"num_latent": 3}}),
    ("mine/encoder.num_latent=6", LATENTS, {"encoder": {"num_latent": 3}}),
    ("sparse_vae.groups = [\n    4,\n    2,\n]\nvae.beta = 3", LATENTS,
     {"sparse_vae": {"groups": [2, 1]}, "vae": {"beta": 3}}),
])
def test_settings_as_they_are_read(tmp_path, bindings, latents, expected):
  saved(tmp_path, bindings + "\n")
  latent_settings.rewrite(tmp_path, latents)
  assert gin_files.read(tmp_path) == expected


def test_a_value_of_many_lines(tmp_path):
  """Gin breaks long values itself."""
  gin.parse_config(f"sparse_vae.groups = {[1] * 40}")
  text = gin.config_str()
  assert "sparse_vae.groups = \\\n" in text
  path = saved(tmp_path, text)
  latents = np.arange(40) % 3 > 0
  latent_settings.rewrite(tmp_path, latents)
  assert gin_files.read(tmp_path)["sparse_vae"]["groups"] == (
      latents.astype(int).tolist())
  before, = (line for line in path.read_text().splitlines()
             if line.startswith("# Before"))
  assert before == (
      f"# Before sparse-disent compact: sparse_vae.groups = {[1] * 40}")


def test_upstreams_copy(tmp_path):
  saved(tmp_path, CONFIG)
  path = tmp_path / "results" / "json" / "train_config.json"
  path.parent.mkdir()
  path.write_text(json.dumps({
      "encoder.num_latent": "6", "mine/sparse_vae.groups": "[1, 2, 3]",
      "vae.beta": "3"}))
  latent_settings.rewrite(tmp_path, LATENTS)
  assert json.loads(path.read_text()) == {
      "encoder.num_latent": "3", "mine/sparse_vae.groups": "[0, 2, 1]",
      "vae.beta": "3"}
  assert results.gin_dict(str(
      tmp_path / "results" / "gin" / "train.gin"))["encoder.num_latent"] == "3"


def test_a_model_without_a_configuration(tmp_path):
  latent_settings.rewrite(tmp_path, LATENTS)
  assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("configurable", ["sparse_vae", "grouped_encoder"])
def test_groups_of_another_code(tmp_path, configurable):
  saved(tmp_path, f"{configurable}.groups = [3, 4]\n")
  with pytest.raises(ValueError) as error:
    latent_settings.rewrite(tmp_path, LATENTS)
  assert str(error.value).startswith(
      f"{configurable}.groups must sum to the width of the code, 6, but is "
      "[3, 4]. Correct it ")
