"""Lottery tickets: the mask of an earlier run, trained from the start.

Frankle and Carbin, "The Lottery Ticket Hypothesis: Finding Sparse, Trainable
Neural Networks" (ICLR 2019).
"""
import functools
import os

import gin
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from sparse_disent.layers import gate
from sparse_disent.layers import watching
from sparse_disent.ops import masks

_MARKER = "tfhub_module.pb"


@gin.configurable("ticket_gate")
class TicketGate(gate.Gate):
  """Closes what the test-time masks of an earlier run have closed.

  The earlier run may have had any gate. An entry that is not 0 there is 1 here,
  and its granularity is that of the earlier run.

  A ticket belongs to the weights that the earlier run started from. Gates draw
  nothing from the generator of the initial weights, so a run with the same
  `model.random_seed` and the same networks starts from the same weights,
  whatever its gate.
  """

  kind = "ticket_gate"

  def __init__(self, *, path=gin.REQUIRED):
    """Creates the gate.

    Args:
      path: Directory of an earlier run (`model_dir`), of its hub module, or of
        its checkpoints. It has to stay until the new run has been exported.

    Raises:
      ValueError: If there is no such run, or if it had no masks.
    """
    source = _find(path)
    self._check(
        source is not None, "path", "be the directory of an earlier run, of "
        "its hub module or of its checkpoints", path,
        "There is none of them: give the model_dir of the earlier run.")
    self._path = path
    self._masks = _read(source, os.stat(_changed_with(source)).st_mtime_ns)
    self._check(
        bool(self._masks), "path", "lead to a run whose networks had channel "
        "masks", path, "Train one with masked_conv_encoder, for example.")
    ranks = {mask.ndim for mask in self._masks.values()}
    super().__init__(masks.GRANULARITIES[0 if ranks == {2} else 1])

  def test_mask(self, layer):
    """See `Gate`.

    Raises:
      ValueError: If the ticket is that of another architecture.
    """
    if layer.name not in self._masks:
      raise ValueError(
          f"The ticket '{self._path}' has no mask for the layer "
          f"'{layer.name}', only for {', '.join(sorted(self._masks))}. Set "
          "channel_mask.layers and the networks as in the earlier run.")
    mask = self._masks[layer.name]
    if list(mask.shape) != layer.mask_shape:
      raise ValueError(
          f"The ticket '{self._path}' is that of another architecture: its "
          f"mask for the layer '{layer.name}' has the shape "
          f"{list(mask.shape)}, but the layer needs {layer.mask_shape}. Use "
          "the networks and the latent size of the earlier run.")
    return self.variable(
        "mask", layer.mask_shape, layer.kernel.dtype, mask).read_value()


def _find(path):
  """Returns a hub module's directory, a checkpoint's prefix, or None."""
  if not isinstance(path, (str, os.PathLike)):
    return None
  for directory in (path, os.path.join(path, "tfhub")):
    if os.path.isfile(os.path.join(directory, _MARKER)):
      return directory
  for directory in (path, os.path.join(path, "tf_checkpoint")):
    checkpoint = tf.train.latest_checkpoint(directory)
    if checkpoint and os.path.isfile(f"{checkpoint}.meta"):
      return checkpoint
  return None


def _changed_with(source):
  """The file that changes whenever what `_find` has found does."""
  if os.path.isdir(source):
    return os.path.join(source, _MARKER)
  return f"{source}.index"


# Every application of a network makes a gate of its own.
@functools.lru_cache(maxsize=2)
def _read(source, unused_time):
  """Evaluates the test-time masks of a run; a dictionary of Booleans."""
  if os.path.isdir(source):
    spec = hub.load_module_spec(source)
    meta_graph, checkpoint = spec.meta_graph(), spec.checkpoint
  else:
    meta_graph, checkpoint = f"{source}.meta", source
  with tf.Graph().as_default() as graph, tf.Session() as session:
    saver = tf.train.import_meta_graph(meta_graph, clear_devices=True)
    test_masks = watching.test_masks(graph)
    if not test_masks:
      return {}
    saver.restore(session, checkpoint)
    return {layer: mask != 0 for layer, mask in session.run(test_masks).items()}
