"""Whether dSprites is the original: what can be known from here.

Upstream's result files name the data set and say nothing of its origin. What
can be looked at is the file that is in the data directory now.
"""
import os

from sparse_disent.data import dsprites
from sparse_disent.data import files

# Of dSprites and the data sets made from it.
ORIGINAL, RE_RENDERED, UNKNOWN = "original", "re-rendered", "unknown"


def at_hand(dataset):
  """Tells where the data set in the data directory comes from.

  Args:
    dataset: Upstream's name of a data set.

  Returns:
    `ORIGINAL`, also of data sets that are not made from dSprites,
    `RE_RENDERED`, or `UNKNOWN`.
  """
  if not can_differ(dataset):
    return ORIGINAL
  path = os.path.join(files.data_directory(), files.DSPRITES)
  if files.is_remote(path) or not os.path.isfile(path):
    return UNKNOWN
  found = dsprites.origin(path)
  return found if found in (ORIGINAL, RE_RENDERED) else UNKNOWN


def can_differ(dataset):
  """Tells whether it is made from dSprites, which may be re-rendered."""
  return "dsprites" in dataset
