"""Reconstruction loss of a trained model, for each prefix of its groups.

A prefix is the first i groups of latents; the others are set to 0.
"""
import contextlib
import functools
import os

import gin
import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from disentanglement_lib.data.ground_truth import ground_truth_data as gt
from disentanglement_lib.evaluation.metrics import utils
from disentanglement_lib.methods.shared import losses as upstream_losses

from sparse_disent.metrics import codes as codes_lib
from sparse_disent.metrics import trained_model
from sparse_disent.ops import prefixes
from sparse_disent.results import gin_files

# Units of upstream's losses, which are sums over the pixels of an image.
UNITS = {"bernoulli_loss": "nats", "l2_loss": "squared error"}


@gin.configurable("reconstruction", denylist=codes_lib.GIVEN)
def compute_reconstruction(
    ground_truth_data: gt.GroundTruthData,
    representation_function: codes_lib.RepresentationFunction,
    random_state: np.random.RandomState, artifact_dir: str | None = None, *,
    num_train: int = gin.REQUIRED, model_dir: str | os.PathLike | None = None,
    batch_size: int = 64) -> dict:
  """Computes the reconstruction loss of the model behind a representation.

    L_i = mean over x of -log p(x | [z_1 ... z_i, 0 ... 0]),  z = E[z | x]

  z_i is a group of latents of `sparse_vae.groups`; a model without groups has
  a single one. The loss is the one that the model was trained with. It is that
  of decoded means; training reports that of decoded samples, which is higher.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    representation_function: Not used; the model's own encoder is used instead.
    random_state: NumPy random state.
    artifact_dir: Path from which the search for the model starts if `model_dir`
      is None.
    num_train: Number of observations.
    model_dir: Directory of the trained model; None for the nearest folder
      "model" beside or above the representation.
    batch_size: Number of observations sampled and decoded at a time.

  Returns:
    results: Dictionary with
      "reconstruction_loss": Loss of the whole code, per image.
      "reconstruction_loss_per_pixel": That divided by height * width.
      "prefix_losses": L_i, list [num_groups], per image; the last one is the
        loss of the whole code.
      "prefix_losses_per_pixel": Those divided by height * width.
      "groups": Sizes of the groups, list [num_groups].
      "loss_fn": Name of the loss, e.g. "bernoulli_loss".
      "unit": Unit of the loss, e.g. "nats"; for a loss that is not upstream's,
        its name.

  Raises:
    ValueError: If an argument is invalid, if the loss that the model was
      trained with is not known, or if the loss is not finite.
  """
  del representation_function
  codes_lib.check_sampling("reconstruction", num_train, batch_size)
  model_dir = trained_model.find("reconstruction", model_dir, artifact_dir)
  config = gin_files.read(model_dir)
  name, loss = _training_loss(config, gin_files.path(model_dir))
  spec = hub.load_module_spec(os.path.join(model_dir, "tfhub"))
  groups = config.get("sparse_vae", {}).get("groups") or [
      spec.get_output_info_dict("gaussian_encoder")["mean"].get_shape()[1]]
  with _prefix_losses(spec, loss, groups) as prefix_losses:
    losses, _ = utils.generate_batch_factor_code(
        ground_truth_data, prefix_losses, num_train, random_state, batch_size)
  means = np.asarray(np.mean(losses, axis=1, dtype=np.float64))
  if not np.isfinite(means).all():
    raise ValueError(
        f"The reconstruction loss of the model in '{model_dir}' is not finite: "
        f"{means.tolist()}. The model has diverged, or its module is damaged; "
        "train or export it again.")
  height, width = ground_truth_data.observation_shape[:2]
  per_pixel = means / (height * width)
  return {
      "reconstruction_loss": float(means[-1]),
      "reconstruction_loss_per_pixel": float(per_pixel[-1]),
      "prefix_losses": means.tolist(),
      "prefix_losses_per_pixel": per_pixel.tolist(),
      "groups": groups,
      "loss_fn": name,
      "unit": UNITS.get(name, name),
  }


def _training_loss(config, path):
  """Name of the loss of training, and a function of images and logits."""
  arguments = dict(config.get("reconstruction_loss", {}))
  reference = arguments.pop("loss_fn", None)
  if reference is None:
    raise ValueError(
        "reconstruction needs to know the loss that the model was trained "
        f"with, but '{path}' does not say: keep the folder 'results' that "
        "training wrote beside 'tfhub'.")
  name = reference.removeprefix("@")
  try:
    loss_fn = gin.get_configurable(name)
  except ValueError as error:
    raise ValueError(
        f"The model was trained with reconstruction_loss.loss_fn = {reference},"
        f" which nothing has registered; see '{path}'. Import the module that "
        "does in the metric's gin file.") from error
  return name, functools.partial(
      upstream_losses.make_reconstruction_loss,
      loss_fn=functools.partial(loss_fn, **config.get(name, {})), **arguments)


@contextlib.contextmanager
def _prefix_losses(spec, loss, groups):
  """Yields a function from images to losses, [batch_size, num_groups]."""
  with tf.Graph().as_default(), tf.Session() as session:
    module = hub.Module(spec)
    info = module.get_input_info_dict("gaussian_encoder")["images"]
    images = tf.placeholder(info.dtype, info.get_shape())
    code = module({"images": images}, signature="gaussian_encoder",
                  as_dict=True)["mean"]
    decoded = module(
        {"latent_vectors": prefixes.stack(code, groups)}, signature="decoder",
        as_dict=True)["images"]
    targets = tf.tile(images, [len(groups)] + [1] * (images.shape.rank - 1))
    losses = tf.transpose(tf.reshape(loss(targets, decoded), [len(groups), -1]))
    session.run(tf.global_variables_initializer())
    yield lambda batch: session.run(losses, {images: batch})
