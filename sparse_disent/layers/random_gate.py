"""A fixed random mask for each layer.

Rakowski, "Learning Disentangled Deep Latent Space Representations".
"""
import functools

import gin
import tensorflow.compat.v1 as tf

from sparse_disent.common import checks
from sparse_disent.layers import gate
from sparse_disent.ops import masks

# The middle of the published experiments: .1, .25, .4, .55, .7 and .85.
SPARSITY = 0.55


@gin.configurable("random_gate")
class RandomGate(gate.Gate):
  """Closes a random subset of the connections that never changes.

  The mask depends only on `seed` and on the name of the layer. It does not
  depend on the model's seed, the machine or the run.
  """

  kind = "random_gate"

  def __init__(
      self, *, sparsity: float = SPARSITY, seed: int = 0,
      granularity: str = "connection"):
    """Creates the gate.

    Args:
      sparsity: Fraction of mask entries that are 0, exact up to rounding.
      seed: Integer.
      granularity: See `Gate`.

    Raises:
      ValueError: If an argument is outside its range.
    """
    super().__init__(granularity)
    self._check(lambda x: 0 <= x < 1, "sparsity", "lie in [0, 1)", sparsity,
                f"The default, {SPARSITY}, is the middle of the published "
                "experiments.")
    self._check(checks.is_integer(seed), "seed", "be an integer", seed,
                "0 is the default.")
    self._sparsity = sparsity
    self._seed = seed

  def test_mask(self, layer: gate.Layer) -> tf.Tensor:
    """See `Gate`."""
    make = functools.partial(
        masks.random, layer.mask_shape, sparsity=self._sparsity,
        seed=self._seed, name=layer.name)
    return self.variable(
        "mask", layer.mask_shape, layer.kernel.dtype, make).read_value()
