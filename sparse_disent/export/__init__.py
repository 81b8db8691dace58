"""Removes closed gates physically, proves equality, says what was saved."""
from sparse_disent.export.compaction import compact

__all__ = ["compact"]
