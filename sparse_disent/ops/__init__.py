"""Pure tensor maths, in graphs and in eager code; no variables."""
from sparse_disent.ops import gaussian
from sparse_disent.ops import hard_concrete
from sparse_disent.ops import noise

__all__ = ["gaussian", "hard_concrete", "noise"]
