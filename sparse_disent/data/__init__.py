"""Data sets that upstream lacks or cannot have offline."""
from sparse_disent.data.files import check_available
from sparse_disent.data.files import found
from sparse_disent.data.names import register

__all__ = ["check_available", "found", "register"]
