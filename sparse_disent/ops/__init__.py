"""Pure tensor maths, in graphs and in eager code; no variables."""
from sparse_disent.ops import categorical
from sparse_disent.ops import dip
from sparse_disent.ops import gaussian
from sparse_disent.ops import hard_concrete
from sparse_disent.ops import masks
from sparse_disent.ops import noise
from sparse_disent.ops import prefixes
from sparse_disent.ops import statistics

__all__ = ["categorical", "dip", "gaussian", "hard_concrete", "masks",
           "noise", "prefixes", "statistics"]
