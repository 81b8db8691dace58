"""A trained model as a Python object: NumPy arrays in, NumPy arrays out."""
import contextlib
import functools
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow_hub as hub

from sparse_disent.common import checks
from sparse_disent.export import reading
from sparse_disent.layers import saved_masks
from sparse_disent.results import gin_files
from sparse_disent.trained import arrays
from sparse_disent.trained import gates as gates_lib
from sparse_disent.trained import settings
from sparse_disent.trained import traversals

# Number of images that are encoded or decoded at a time.
_BATCH_SIZE = 64
CLASS = "class"


class TrainedModel:
  """A trained model, whether ours or upstream's, compacted or not.

  `sparse_disent.load` makes it. Everything is deterministic: codes are means,
  and gates are those of evaluation. The model holds a TensorFlow session until
  `close`, or until the end of a `with` block.

  Attributes:
    config: Dictionary from gin parameters, such as "encoder.num_latent", to
      their values in training. References are text, such as "@vae()".
    observation_shape: Shape of an image, such as (64, 64, 1).
    num_latent: Number of latents, classes included.
    num_classes: Number of the last latents that are class probabilities.
    groups: Sizes of the groups of latents, most important first; [num_latent]
      in a model without groups.
  """

  def __init__(self, model_dir: str | os.PathLike):
    """Loads the model; arguments and errors are those of `load`."""
    self._model_dir = os.fspath(model_dir)
    self._spec = hub.load_module_spec(_module(self._model_dir))
    self.config: dict[str, Any] = gin_files.recorded(self._model_dir, "train")
    if not self.config:
      raise FileNotFoundError(
          f"There is no '{gin_files.path(self._model_dir)}', which tells what "
          "was trained. Give the model_dir of dlib_train.")
    reading.check_signatures(self._model_dir, self._spec)
    self.observation_shape: tuple[int, ...] = tuple(
        self._input("gaussian_encoder", "images"))
    self.num_latent: int = self._input("decoder", "latent_vectors")[0]
    self.num_classes = settings.num_classes(self.config)
    self.groups = settings.groups(self.config, self.num_latent)
    self._activation = settings.activation(self.config)
    self._resources = contextlib.ExitStack()
    self._call: Any = self._resources.enter_context(
        hub.eval_function_for_module(self._spec))

  def __enter__(self) -> "TrainedModel":
    return self

  def __exit__(self, *unused_error: object) -> None:
    self.close()

  def __repr__(self) -> str:
    return (f"<TrainedModel '{self._model_dir}': {self.num_latent} latents, "
            f"{self.num_active} active>")

  def close(self) -> None:
    """Ends the TensorFlow session; the model cannot be used after that."""
    self._call = None
    self._resources.close()

  @functools.cached_property
  def gates(self) -> np.ndarray:
    """Test-time gates m of the latents, float64 [num_latent], in [0, 1].

    A latent of gate 0 is pruned: its mean is exactly 0, and the decoder does
    not read it. Without a layer of gates, and for classes, a gate is 1. In a
    compacted model open gates are 1, since its weights include their values.
    """
    return gates_lib.read(self._model_dir, self._spec.checkpoint, self.config,
                          self.num_latent)

  @property
  def num_active(self) -> int:
    """Number of latents with a gate above 0.

    It needs no images. Latents that are open but say nothing count as well;
    the metric `active_latents` tells them apart.
    """
    return int(np.count_nonzero(self.gates))

  @functools.cached_property
  def masks(self) -> dict[str, np.ndarray]:
    """Test-time channel masks M, by layer, such as "encoder/e2".

    Each is [in, out], or [out] if a gate closes whole channels, in [0, 1]. A
    model without masked layers has none, nor has a compacted one.
    """
    return saved_masks.read(_module(self._model_dir))

  def posterior(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Encodes images to the Gaussian q(z | x) of each latent.

    Args:
      images: [num_images, *observation_shape], in [0, 1].

    Returns:
      mean: float32 [num_images, num_latent].
      logvar: float32 [num_images, num_latent], the log of the variance; that
        of a pruned latent is finite.

    Raises:
      ValueError: Images have another shape or range, or the model is closed.
    """
    images = arrays.images(images, self.observation_shape)
    outputs = self._run("gaussian_encoder", "images", images)
    return outputs["mean"], outputs["logvar"]

  def encode(self, images: np.ndarray) -> np.ndarray:
    """Encodes images to their codes, the means E[z | x].

    Args:
      images: [num_images, *observation_shape], in [0, 1].

    Returns:
      codes: float32 [num_images, num_latent]. A pruned latent is exactly 0,
        and the last `num_classes` entries are probabilities.

    Raises:
      ValueError: Images have another shape or range, or the model is closed.
    """
    return self.posterior(images)[0]

  def decode(self, codes: np.ndarray) -> np.ndarray:
    """Decodes codes to images, not to logits.

    With `reconstruction_loss.activation = "logits"` an image is
    1 / (1 + exp(-logits)).

    Args:
      codes: [num_codes, num_latent].

    Returns:
      images: float32 [num_codes, *observation_shape], in [0, 1].

    Raises:
      ValueError: Codes have another shape, or the model is closed.
    """
    outputs = self._run("decoder", "latent_vectors",
                        arrays.codes(codes, self.num_latent))["images"]
    return self._activation(outputs.astype(np.float64)).astype(np.float32)

  def reconstruct(self, images: np.ndarray, *,
                  num_groups: int | None = None) -> np.ndarray:
    """Decodes the codes of images.

    Args:
      images: [num_images, *observation_shape], in [0, 1].
      num_groups: Number of groups to decode; latents of later groups are set to
        0. None for all.

    Returns:
      images: float32 [num_images, *observation_shape], in [0, 1].

    Raises:
      ValueError: An argument is not what it should be, or the model is closed.
    """
    codes = self.encode(images)
    if num_groups is not None:
      checks.check(
          checks.is_integer(num_groups, 1) and num_groups <= len(self.groups),
          "num_groups", f"be an integer from 1 to {len(self.groups)}, the "
          "number of groups", num_groups, "Leave it out for all groups.")
      codes = traversals.prefixes(codes, self.groups)[num_groups - 1]
    return self.decode(codes)

  def traverse(self, image: np.ndarray, latent: int | str, *,
               values: Sequence[float] | None = None) -> np.ndarray:
    """Decodes the code of one image while one latent takes other values.

    Args:
      image: [*observation_shape], in [0, 1].
      latent: Index of a latent; or "class" for the classes.
      values: Values of the latent, or indices of classes. None for nine values
        from -2 to 2, the middle 95 % of the prior, and for all classes.

    Returns:
      images: float32 [num_values, *observation_shape], in [0, 1].

    Raises:
      ValueError: An argument is not what it should be, or the model is closed.
    """
    code, = self.encode(np.asarray(image)[np.newaxis])
    num_continuous = self.num_latent - self.num_classes
    if latent == CLASS and self.num_classes:
      classes = np.eye(self.num_classes)
      if values is not None:
        classes = classes[_class_indices(values, self.num_classes)]
      codes = np.tile(code, [len(classes), 1])
      codes[:, num_continuous:] = classes
      return self.decode(codes)
    checks.check(
        checks.is_integer(latent, 0) and latent < num_continuous,
        "latent", f"be an index from 0 to {num_continuous - 1}" + (
            f", or {CLASS!r}" if self.num_classes else ""), latent,
        "The first latent has the index 0.")
    if values is None:
      values = np.linspace(-2.0, 2.0, 9).tolist()
    checks.check(np.ndim(values) == 1, "values", "be a list of numbers", values,
                 "Leave it out for nine values from -2 to 2.")
    return self.decode(traversals.codes(
        code, {"latents": [latent], "values": list(values)}))

  def _input(self, signature, name):
    info = self._spec.get_input_info_dict(signature)[name]
    return info.get_shape().as_list()[1:]

  def _run(self, signature, name, batch):
    """Outputs of a signature, computed in parts of limited size."""
    if self._call is None:
      raise ValueError(
          f"The model in '{self._model_dir}' is closed. Load it again.")
    # Convolutions of TensorFlow refuse a batch without images.
    rows = batch if len(batch) else np.zeros([1, *batch.shape[1:]], batch.dtype)
    parts = [self._call({name: rows[start:start + _BATCH_SIZE]},
                        signature=signature, as_dict=True)
             for start in range(0, len(rows), _BATCH_SIZE)]
    return {key: np.concatenate([part[key] for part in parts])[:len(batch)]
            for key in parts[0]}


def load(model_dir: str | os.PathLike) -> TrainedModel:
  """Loads a trained model; see `TrainedModel` for what it can do.

    with sparse_disent.load("output/masked_dipvae/model") as model:
      codes = model.encode(images)

  Args:
    model_dir: Directory that `dlib_train` or `sparse-disent compact` wrote. It
      may come from TensorFlow 1.15 and upstream alone.

  Returns:
    model: A `TrainedModel`.

  Raises:
    FileNotFoundError: There is no trained model in `model_dir`.
    ValueError: The module there is no model, is damaged, or holds operations
      that reach beyond the computation (see SECURITY.md).
  """
  return TrainedModel(model_dir)


def _class_indices(values, num_classes):
  indices = np.asarray(values)
  checks.check(
      indices.ndim == 1 and indices.dtype.kind in "iu"
      and bool(np.all((indices >= 0) & (indices < num_classes))),
      "values", f"be a list of indices of classes from 0 to {num_classes - 1}",
      values, "Leave it out for all classes.")
  return indices


def _module(model_dir):
  path = os.path.join(model_dir, "tfhub")
  if not os.path.isdir(path):
    raise FileNotFoundError(
        f"There is no trained model in '{model_dir}': it has no folder "
        "'tfhub'. Give the model_dir of dlib_train, after its end.")
  return path
