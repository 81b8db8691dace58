"""Choice of the layers that carry a gate: `channel_mask` in gin files."""
from collections.abc import Collection
from collections.abc import Sequence

import gin

from sparse_disent.layers import gate as gates


@gin.configurable("channel_mask")
class ChannelMask:
  """Hands one gate to the layers of masked networks.

    channel_mask.gate = @hard_concrete_gate()
    channel_mask.layers = ["e2", "means", "d3"]

  The list may name layers of the encoder and of the decoder.

  The heads of an encoder, "means" and "log_var", should carry masks of
  connections, not of channels. Their channels are latents. A mask that closes a
  channel in "means" does not change its variance, so the decoder would still
  read noise. To prune a latent in encoder, decoder and divergence, use
  `sparse_vae.latent = @l0_pair()`.
  """

  def __init__(
      self, *, gate: gates.Gate | None = gin.REQUIRED,
      layers: list[str] | None = None):
    """Creates the choice.

    Args:
      gate: A gate, e.g. `@l1_gate()`. None leaves masked networks dense, to
        set one of another width beside them (`masked_network.width`).
      layers: Names of the layers that carry it. None for all layers except
        the first one of an encoder and the last one of a decoder. These two
        work on pixels, and the masks are for sparsity between features:
        colour channels are not to be removed, and every pixel is to be read
        and drawn. Rakowski never masks the first layer. With a gate of
        granularity "channel", None also leaves out the heads, "means" and
        "log_var".

    Raises:
      ValueError: If an argument is not what it should be.
    """
    if not (gate is None or isinstance(gate, gates.Gate)):
      raise ValueError(
          f"channel_mask.gate must be a gate, but is {gate!r}. Write "
          "channel_mask.gate = @hard_concrete_gate() with the parentheses, or "
          "None for dense networks.")
    if layers is not None and not (
        isinstance(layers, (list, tuple))
        and all(isinstance(name, str) for name in layers)):
      raise ValueError(
          "channel_mask.layers must be a list of names of layers, but is "
          f'{layers!r}. Write channel_mask.layers = ["e2", "e3"], or leave it '
          "out.")
    self._gate = gate
    self._layers = layers

  def gates(
      self, known: Sequence[str], default: Sequence[str],
      elsewhere: Collection[str],
      heads: Sequence[str] = ()) -> dict[str, gates.Gate | None]:
    """Gate of each layer of a network.

    Args:
      known: Names of the network's layers.
      default: Names of the layers that carry the gate if `layers` is None.
      elsewhere: Further names that `layers` may hold, of the networks that
        are used together with this one.
      heads: Names of layers whose output channels are latents.

    Returns:
      gates: Dictionary from the known names to a gate or None.

    Raises:
      ValueError: If `layers` holds another name.
    """
    chosen = self._layers
    if chosen is None:
      by_channel = self._gate and self._gate.granularity == "channel"
      left_out = heads if by_channel else ()
      chosen = [name for name in default if name not in left_out]
    for name in chosen:
      if name not in known and name not in elsewhere:
        raise ValueError(
            f"channel_mask.layers must name layers of the networks, but holds "
            f"{name!r}. This one has {', '.join(known)}.")
    return {name: self._gate if name in chosen else None for name in known}
