"""Tells the original dSprites from re-rendered ones, as far as possible.

Upstream's result files name the data set but not its origin. The only evidence
is the file that is in the data directory now.
"""
import os

from sparse_disent.common import addresses
from sparse_disent.data import dsprites
from sparse_disent.data import files

# Origins of dSprites and of the data sets made from it.
ORIGINAL, RE_RENDERED, UNKNOWN = "original", "re-rendered", "unknown"


def at_hand(dataset: str) -> str:
  """Tells where the data set in the data directory comes from.

  Args:
    dataset: Upstream's name of a data set.

  Returns:
    `ORIGINAL`, `RE_RENDERED` or `UNKNOWN`. It is `ORIGINAL` for all data sets
    that are not made from dSprites.
  """
  if not can_differ(dataset):
    return ORIGINAL
  path = os.path.join(files.data_directory(), files.DSPRITES)
  if addresses.is_remote(path) or not os.path.isfile(path):
    return UNKNOWN
  found = dsprites.origin(path)
  return found if found in (ORIGINAL, RE_RENDERED) else UNKNOWN


def can_differ(dataset: str) -> bool:
  """Tells whether a data set is made from dSprites, original or not."""
  return "dsprites" in dataset
