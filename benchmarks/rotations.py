"""The price of rotating hidden layers, in dense and in masked networks.

    python benchmarks/rotations.py MODEL_DIR ... [--output FILE]

Rakowski argues that a dense network can rotate the features of a hidden layer
at no cost, as its next layer undoes the rotation, and that sparse connections
make such rotations expensive. Here, one hidden layer at a time, the channels
of a trained network are paired at random, and each pair is rotated by 45
degrees in front of its activation:

  K_in <- K_in R,  b <- b R,  K_out <- R^T K_out,

along the axes of the channels. Nothing is trained again. The latents are
rotated in the same way; they have no activation. Prints, for each layer,

  free: by how many nats the reconstruction loss of decoded means rises; this is
    what the activation costs, and 0 for latents,
  masked: the same if entries that a mask closes stay 0,
  needed: the connections that the rotated kernels have, as a multiple of those
    that were open. Of e5 that is without log_var, which reads it, too.

Each is the median over models of one name. MODEL_DIR are conv models that
`dlib_train` wrote, with masks or without, and without gates or classes among
their latents. DISENTANGLEMENT_LIB_DATA must hold dSprites.
"""
import argparse
import dataclasses
import itertools
import json
import os

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.methods.shared import losses

from sparse_disent.common import progress
from sparse_disent.common import text_table
from sparse_disent.common import writing
from sparse_disent.layers import saved_masks
from sparse_disent.results import gin_files

ANGLE = np.pi / 4
PAIRINGS = 3
IMAGES = 512
# Layers of upstream's conv networks in the order of the data; the last four are
# transposed convolutions. Upstream leaves the decoder's unnamed.
LAYERS = (*(f"encoder/{name}" for name in (
    "e1", "e2", "e3", "e4", "e5", "means")), *(f"decoder/{name}" for name in (
        "d1", "d2", "d3", "d4", "d5", "d6")))
_UPSTREAMS = dict(zip(LAYERS[6:], (f"decoder/{name}" for name in (
    "dense", "dense_1", "conv2d_transpose", "conv2d_transpose_1",
    "conv2d_transpose_2", "conv2d_transpose_3")), strict=True))


@dataclasses.dataclass(frozen=True)
class Layer:
  """Weights of a layer.

  Attributes:
    kernel: K * M, in the layout of TensorFlow.
    bias: [out].
    in_axis: Axis of the kernel's inputs.
    out_axis: Axis of its outputs.
  """

  kernel: np.ndarray
  bias: np.ndarray
  in_axis: int
  out_axis: int

  @property
  def open(self):
    """Booleans of the kernel's shape: the connection has weights."""
    spatial = tuple(range(self.kernel.ndim - 2))
    return np.broadcast_to((self.kernel != 0).any(axis=spatial),
                           self.kernel.shape)

  @property
  def connections(self):
    """Number of open connections, channel to channel."""
    return int(self.open.reshape(-1, *self.kernel.shape[-2:])[0].sum())


def rotation(channels, random_state, angle=ANGLE):
  """Returns R, [channels, channels], which rotates random pairs of channels."""
  matrix = np.eye(channels)
  order = random_state.permutation(channels)
  for one, other in zip(order[0::2], order[1::2], strict=False):
    matrix[[one, one, other, other], [one, other, one, other]] = (
        np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle))
  return matrix


def rotated(array, matrix, axis):
  """Multiplies an axis of an array by a matrix.

  The axis may hold several positions of all channels, [positions * channels],
  as that of a dense layer beside a convolution does.
  """
  last = np.moveaxis(array, axis, -1)
  found = last.reshape(*last.shape[:-1], -1, len(matrix)) @ matrix
  return np.moveaxis(found.reshape(last.shape), -1, axis)


def rotate(before, after, matrix):
  """Rotates the channels between two layers.

  Args:
    before: `Layer` that writes the channels.
    after: `Layer` that reads them.
    matrix: R, [channels, channels].

  Returns:
    before, after: `Layer`s; what was 0 because a mask closed it may not be.
  """
  return (dataclasses.replace(
      before, kernel=rotated(before.kernel, matrix, before.out_axis),
      bias=rotated(before.bias, matrix, 0)), dataclasses.replace(
          after, kernel=rotated(after.kernel, matrix, after.in_axis)))


def kept_open(layer, original):
  """A layer without the connections that are closed in the original."""
  return dataclasses.replace(layer, kernel=layer.kernel * original.open)


def num_channels(before, after):
  """Number of channels between two layers."""
  return min(before.kernel.shape[before.out_axis],
             after.kernel.shape[after.in_axis])


class Model:
  """A trained network in a session, whose weights can be replaced.

  Masks in its graph are fed with ones, so that weights alone decide.
  """

  def __init__(self, model_dir, session, images):
    module = hub.Module(os.path.join(model_dir, "tfhub"))
    placeholder = tf.placeholder(tf.float32, [None, *images[0].shape[1:]])
    code = module({"images": placeholder}, signature="gaussian_encoder",
                  as_dict=True)["mean"]
    logits = module({"latent_vectors": code}, signature="decoder",
                    as_dict=True)["images"]
    self._loss = tf.reduce_mean(losses.bernoulli_loss(
        placeholder, logits, activation="logits"))
    self._session = session
    session.run(tf.global_variables_initializer())
    masks = session.run(saved_masks.in_graph(session.graph))
    ones = {tensor: np.ones_like(masks[name]) for name, tensor
            in saved_masks.in_graph(session.graph).items()}
    self._feeds = [{placeholder: batch, **ones} for batch in images]
    self._variables = _by_layer(module.variable_map)
    self.layers = {name: self._layer(
        name, saved_masks.read(saved_masks.find(model_dir)).get(name))
                   for name in LAYERS}
    for name in LAYERS:
      self._load(name, self.layers[name])

  def _layer(self, name, mask):
    kernel, bias = self._session.run(self._variables[name])
    is_transposed = name in LAYERS[-4:]
    if mask is not None:
      if mask.ndim == 1:
        raise ValueError(
            f"The masks of '{name}' close whole channels, which rotations need "
            "no mask for. Give a model with granularity \"connection\".")
      kernel = kernel * (mask.T if is_transposed else mask)
    return Layer(kernel, bias, *((-1, -2) if is_transposed else (-2, -1)))

  def _load(self, name, layer):
    for variable, value in zip(self._variables[name],
                               (layer.kernel, layer.bias), strict=True):
      variable.load(value, self._session)

  def loss(self, changed=()):
    """Mean reconstruction loss of decoded means, nats.

    Args:
      changed: Dictionary from layers to other `Layer`s; () for none.
    """
    for name in changed:
      self._load(name, changed[name])
    found = [self._session.run(self._loss, feed) for feed in self._feeds]
    for name in changed:
      self._load(name, self.layers[name])
    return float(np.mean(found, dtype=np.float64))


def _by_layer(variables):
  """Kernel and bias of each layer, by our names."""
  if "encoder/e5/kernel" not in variables:
    raise ValueError("The layers of an encoder have to be e1, e2, ... and e5. "
                     "Give a model with conv networks and a single trunk.")
  unnamed = "decoder/dense/kernel" in variables
  return {name: [variables[f"{_UPSTREAMS.get(name, name) if unnamed else name}"
                           f"/{kind}"] for kind in ("kernel", "bias")]
          for name in LAYERS}


def name_of(model_dir):
  """Name of a model; a ValueError if its latents cannot be rotated."""
  config = gin_files.read(model_dir)
  if "model" not in config:
    raise ValueError(f"'{model_dir}' holds no model that dlib_train wrote. "
                     "Give the model_dir of one.")
  for part in ("latent", "categorical"):
    if config.get("sparse_vae", {}).get(part) is not None:
      raise ValueError(
          f"The model in '{model_dir}' has sparse_vae.{part}: gates and "
          "classes come between the layers around the latents, so that the "
          "second does not undo a rotation. Give a model without.")
  return config["model"]["name"]


def costs(model_dir, images):
  """Rotates each layer of one model.

  Args:
    model_dir: Directory of the model.
    images: List of batches.

  Returns:
    rises: Dictionary from layers to dictionaries with "free" and "masked",
      nats, and "needed", a ratio; each a mean over the pairings.
  """
  with tf.Graph().as_default(), tf.Session() as session:
    model = Model(model_dir, session, images)
    whole = model.loss()
    return {one: _of_layer(model, one, other, whole)
            for one, other in itertools.pairwise(LAYERS)}


def _of_layer(model, one, other, whole):
  pair = {name: model.layers[name] for name in (one, other)}
  found = []
  for seed in range(PAIRINGS):
    matrix = rotation(num_channels(*pair.values()),
                      np.random.RandomState(seed))
    turned = dict(zip(pair, rotate(*pair.values(), matrix), strict=True))
    found.append({
        "free": model.loss(turned) - whole,
        "masked": model.loss({
            name: kept_open(turned[name], pair[name]) for name in pair})
        - whole,
        "needed": sum(layer.connections for layer in turned.values())
        / sum(layer.connections for layer in pair.values())})
  return {name: float(np.mean([each[name] for each in found]))
          for name in found[0]}


def medians(found):
  """Medians over models.

  Args:
    found: List of what `costs` returns.
  """
  return {layer: {kind: float(np.median([each[layer][kind] for each in found]))
                  for kind in found[0][layer]} for layer in found[0]}


def text(found):
  """Lines of a table of several models' costs.

  Args:
    found: Dictionary from names to lists of what `costs` returns.
  """
  rows = [["model", "layer", "free, nats", "masked, nats", "needed"]]
  for name, each in found.items():
    rows += [[f"{name} ({len(each)})", layer, f"{cost['free']:.1f}",
              f"{cost['masked']:.1f}", f"{cost['needed']:.2f}"]
             for layer, cost in medians(each).items()]
  return "\n".join(text_table.lines(rows, num_left=2))


def main():
  """Rotates and prints."""
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("model_dir", nargs="+")
  parser.add_argument("--output", help="JSON file for the same numbers")
  arguments = parser.parse_args()
  try:
    names = [name_of(model_dir) for model_dir in arguments.model_dir]
    found = _all(names, arguments.model_dir)
  except ValueError as error:
    parser.error(str(error))
  print(text(found))
  if arguments.output:
    with writing.new_file(arguments.output, replace=True) as file:
      file.write(json.dumps({name: medians(each) for name, each
                             in found.items()}, indent=1).encode())


def _all(names, model_dirs):
  """Rotates all models: a dictionary from names to lists of `costs`."""
  random_state = np.random.RandomState(0)
  data = dsprites.DSprites([1, 2, 3, 4, 5])
  images = [data.sample_observations(64, random_state).astype(np.float32)
            for _ in range(IMAGES // 64)]
  with progress.progress(len(model_dirs), "rotating") as done:
    found = {}
    for name, model_dir in zip(names, model_dirs, strict=True):
      found.setdefault(name, []).append(costs(model_dir, images))
      done.update()
  return found


if __name__ == "__main__":
  main()
