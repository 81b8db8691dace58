"""Reading results/gin/train.gin."""
import gin
from disentanglement_lib.utils import results

from sparse_disent.results import gin_files

TEXT = """
import no_such_module
groups = [2, 3]

# Parameters for sparse_vae:
sparse_vae.groups = %groups
sparse_vae.latent = @l0_pair()
sparse_vae.categorical = None
reconstruction_loss.loss_fn = @bernoulli_loss
reconstruction_loss.activation = 'logits'
vae.beta = \\
    4.0
"""


@gin.configurable
def with_groups(groups=None):
  return groups


def write(model_dir, text):
  path = model_dir / "results" / "gin" / "train.gin"
  path.parent.mkdir(parents=True)
  path.write_text(text)


def test_values(tmp_path):
  write(tmp_path, TEXT)
  assert gin_files.read(str(tmp_path)) == {
      "groups": {"": [2, 3]},
      "sparse_vae": {"groups": [2, 3], "latent": "@l0_pair()",
                     "categorical": None},
      "reconstruction_loss": {"loss_fn": "@bernoulli_loss",
                              "activation": "logits"},
      "vae": {"beta": 4.0},
  }
  assert not gin.config_str().strip()


def test_list_that_gin_breaks_into_lines(tmp_path):
  gin.bind_parameter("with_groups.groups", [1] * 40)
  with_groups()
  results.update_result_directory(str(tmp_path / "results"), "train", {})
  config = gin_files.read(str(tmp_path))
  assert config == {"with_groups": {"groups": [1] * 40}}
  # Why upstream's reader does not do.
  assert "1" not in results.gin_dict(
      gin_files.path(str(tmp_path)))["with_groups.groups"]


def test_no_configuration(tmp_path):
  assert gin_files.read(str(tmp_path)) == {}
