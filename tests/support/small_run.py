"""A small trained model on 96 images, and small versions of all metrics."""
import contextlib
from unittest import mock

from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.methods.unsupervised import train

from support import small_dsprites

STUDY = "disentanglement_lib/config/unsupervised_study_v1"
MODEL = """
  import sparse_disent
  include "gin_configs/base.gin"
  model.model = @vae()
  vae.beta = 1.
  encoder.num_latent = 3
  dataset.name = "dsprites_full"
  model.random_seed = 0
  model.batch_size = 8
  model.training_steps = 2
  model.eval_steps = 1
"""
# Sample sizes that take a moment; all else is as in the study.
METRICS = {
    "beta_vae_sklearn": """
      beta_vae_sklearn.batch_size = 4
      beta_vae_sklearn.num_train = 40
      beta_vae_sklearn.num_eval = 20
    """,
    "dci": "dci.num_train = 60\ndci.num_test = 30",
    "downstream_task_boosted_trees": """
      downstream_task.num_train = [40, 60]
      downstream_task.num_test = 30
    """,
    "downstream_task_logistic_regression": """
      downstream_task.num_train = [60]
      downstream_task.num_test = 30
    """,
    "factor_vae_metric": """
      factor_vae_score.num_variance_estimate = 60
      factor_vae_score.num_train = 40
      factor_vae_score.num_eval = 20
      factor_vae_score.batch_size = 4
      prune_dims.threshold = 0.
    """,
    "mig": "mig.num_train = 60",
    "modularity_explicitness": """
      modularity_explicitness.num_train = 60
      modularity_explicitness.num_test = 60
    """,
    "sap_score": "sap_score.num_train = 60\nsap_score.num_test = 30",
    "unsupervised": "unsupervised_metrics.num_train = 60",
}


@contextlib.contextmanager
def data(folder):
  """Lets upstream read the 96 images, written below a folder."""
  path, _ = small_dsprites.write(folder)
  with mock.patch.object(dsprites, "DSPRITES_PATH", path):
    yield


def train_model(model_dir, seed=0):
  """Trains the model for two steps and exports it."""
  train.train_with_gin(str(model_dir), gin_bindings=[
      *MODEL.splitlines(), f"model.random_seed = {seed}"])


def write_protocol(folder, representations=("mean",), metrics=tuple(METRICS)):
  """Writes a protocol; returns its path."""
  for kind in ("postprocess_configs", "metric_configs"):
    (folder / kind).mkdir(parents=True)
  for name in representations:
    (folder / "postprocess_configs" / f"{name}.gin").write_text(
        f'include "{STUDY}/postprocess_configs/{name}.gin"')
  for name in metrics:
    lines = [line.strip() for line in METRICS[name].splitlines()]
    (folder / "metric_configs" / f"{name}.gin").write_text("\n".join(
        [f'include "{STUDY}/metric_configs/{name}.gin"', *lines]))
  return str(folder)
