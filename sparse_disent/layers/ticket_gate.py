"""Lottery tickets: the mask of an earlier run, trained from the start.

Frankle and Carbin, "The Lottery Ticket Hypothesis: Finding Sparse, Trainable
Neural Networks" (ICLR 2019).
"""
import gin
import tensorflow.compat.v1 as tf

from sparse_disent.layers import gate
from sparse_disent.layers import saved_masks
from sparse_disent.ops import masks

# The masks that this process has read, by path. Gates are made again for
# export, hours after training began; the earlier run may be deleted by then.
_read = {}


@gin.configurable("ticket_gate")
class TicketGate(gate.Gate):
  """Closes the entries that the test-time masks of an earlier run close.

  The earlier run may have had any gate. Entries that are not 0 there are 1
  here. The granularity is that of the earlier run.

  A lottery ticket is a mask together with the initial weights of the run it
  comes from. To start from the same weights, use the same `model.random_seed`
  and the same networks. The gate makes no difference, because gates draw
  nothing from the generator of the initial weights.
  """

  kind = "ticket_gate"

  def __init__(self, *, path: str = gin.REQUIRED):
    """Creates the gate.

    Args:
      path: Directory of an earlier run (`model_dir`), of its hub module, or of
        its checkpoints. It has to be there when training begins.

    Raises:
      ValueError: If there is no such run, or if it had no masks.
    """
    source = saved_masks.find(path)
    if source is not None:
      _read[str(path)] = saved_masks.read(source)
    self._check(
        str(path) in _read, "path", "be the directory of an earlier run, of "
        "its hub module or of its checkpoints", path,
        "There is none of them: give the model_dir of the earlier run.")
    self._path = path
    self._masks = {
        layer: mask != 0 for layer, mask in _read[str(path)].items()}
    self._check(
        bool(self._masks), "path", "lead to a run whose networks had channel "
        "masks", path, "Train one with masked_conv_encoder, for example.")
    ranks = {mask.ndim for mask in self._masks.values()}
    super().__init__(masks.GRANULARITIES[0 if ranks == {2} else 1])

  @property
  def cure(self) -> str:
    """See `Gate`."""
    return f"The ticket '{self._path}' closes it: give that of another run."

  def test_mask(self, layer: gate.Layer) -> tf.Tensor:
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
