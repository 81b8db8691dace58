import gin
import pytest
from support import small_challenge

from sparse_disent.challenge import configuration


def bound(gin_file):
  gin.clear_config()
  gin.parse_config_file(str(gin_file))
  text = gin.config_str()
  gin.clear_config()
  return text


@pytest.mark.parametrize("name", ["masked_dipvae_tuned", "masked_conv_l1"])
def test_flat_file_binds_the_same(tmp_path, name):
  path = f"gin_configs/{name}.gin"
  flat = tmp_path / "flat.gin"
  flat.write_text(configuration.flatten(path))
  assert "include" not in flat.read_text()
  assert f'model.name = \'{name}\'' in flat.read_text()
  assert bound(flat) == bound(path)


def test_bindings_win(tmp_path):
  text = configuration.flatten(
      small_challenge.write_gin(tmp_path), ["dataset.name = 'cars3d'"])
  assert "dataset.name = 'cars3d'" in text
  assert "dsprites_full" not in text


def test_missing_file():
  with pytest.raises(FileNotFoundError) as error:
    configuration.flatten("gin_configs/masked_dipva.gin")
  text = str(error.value)
  assert text.startswith(
      "There is no gin file 'gin_configs/masked_dipva.gin'. Did you mean "
      "'gin_configs/masked_dipvae.gin'")
  assert text.endswith(". Give a gin file that dlib_train can train with.")


@pytest.mark.parametrize("text, reason", [
    ("model.model = @no_such_vae()", "no_such_vae"),
    ("import no_such_module", "no_such_module"),
    ("model.model = = 3", "cannot be used"),
    ('include "none.gin"', "none.gin")])
def test_file_that_is_wrong(tmp_path, text, reason):
  path = tmp_path / "wrong.gin"
  path.write_text(text)
  with pytest.raises((ValueError, FileNotFoundError), match=reason) as info:
    configuration.flatten(path)
  assert str(path) in str(info.value)
  assert "Give a gin file that dlib_train can train with." in str(info.value)
  assert "\n" not in str(info.value)


def test_file_that_does_not_train(tmp_path):
  path = tmp_path / "metric.gin"
  path.write_text("model.model = @vae()\nvae.beta = 1.")
  with pytest.raises(ValueError, match="does not bind model.training_steps"):
    configuration.flatten(path)
  # gin is left as it was, after an error too.
  assert gin.config_str().strip() == ""
