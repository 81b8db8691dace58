"""Data sets that upstream lacks, or that cannot be had offline otherwise."""
from sparse_disent.data.files import check_available
from sparse_disent.data.files import found
from sparse_disent.data.names import register

__all__ = ["check_available", "found", "register"]
