"""Trainings of a few steps, whole or in parts, and their weights."""
import json

import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import train
from disentanglement_lib.utils import resources

CONFIG = "config/tests/methods/unsupervised/train_test.gin"
# Upstream's models, and ours, by their bindings.
MODELS = {
    "vae": [],
    "factor_vae": [
        "model.model = @factor_vae()", "factor_vae.gamma = 10.",
        "discriminator.discriminator_fn = @fc_discriminator",
        "discriminator_optimizer.optimizer_fn = @AdamOptimizer"],
    "sparse_vae": [
        "import sparse_disent", "model.model = @sparse_vae()",
        "sparse_vae.objective = @vae()", "sparse_vae.latent = @l0_pair()"],
}


def train_model(model_dir, steps, *bindings, model="vae", **arguments):
  """Trains a model on upstream's dummy data.

  Args:
    model_dir: Path.
    steps: Number of steps.
    *bindings: Further gin bindings.
    model: Key of `MODELS`.
    **arguments: Passed to `train_with_gin`, such as `resume=True`.
  """
  train.train_with_gin(
      str(model_dir), gin_config_files=[resources.get_file(CONFIG)],
      gin_bindings=[*MODELS[model], "model.eval_steps = 1",
                    f"model.training_steps = {steps}", *bindings], **arguments)


def weights(model_dir):
  """All that the newest checkpoint holds: weights, slots of optimizers, step.

  Returns:
    values: Dict from names to nested lists, which `==` compares bit for bit.
  """
  reader = tf.train.load_checkpoint(str(model_dir / "tf_checkpoint"))
  return {name: reader.get_tensor(name).tolist()
          for name in reader.get_variable_to_shape_map()}


def results(model_dir):
  """The results of a training."""
  path = model_dir / "results" / "json" / "train_results.json"
  return json.loads(path.read_text())
