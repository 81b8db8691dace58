"""Removes closed gates physically, proves equality, reports the savings."""
from sparse_disent.export.compaction import compact

__all__ = ["compact"]
