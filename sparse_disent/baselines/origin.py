"""Whether dSprites is the original: what can be known from here.

Result files name the data set and say nothing of its origin. What can be looked
at is the file that is in the data directory now.
"""
import os

from sparse_disent.baselines import record as record_lib
from sparse_disent.data import dsprites
from sparse_disent.data import files


def at_hand(dataset):
  """Tells where the data set in the data directory comes from.

  Args:
    dataset: Upstream's name of a data set.

  Returns:
    "original", also of data sets that are not made from dSprites,
    "re-rendered", or "unknown".
  """
  if record_lib.origin_of(dataset, "") == record_lib.ORIGINAL:
    return record_lib.ORIGINAL
  path = os.path.join(files.data_directory(), files.DSPRITES)
  if files.is_remote(path) or not os.path.isfile(path):
    return record_lib.UNKNOWN
  found = dsprites.origin(path)
  return found if found in (
      record_lib.ORIGINAL, record_lib.RE_RENDERED) else record_lib.UNKNOWN
