"""Gates, and the layers that carry them."""
from sparse_disent.layers.l0_pair import L0Pair

__all__ = ["L0Pair"]
