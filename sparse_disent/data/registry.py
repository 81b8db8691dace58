"""What `dataset.name` may say: upstream's data sets and ours."""
import functools

import gin
from disentanglement_lib.data.ground_truth import named_data

from sparse_disent.compat import upstream
from sparse_disent.data import files
from sparse_disent.data import mnist
from sparse_disent.data import packed
from sparse_disent.data import stream

# Data sets of our own, by name: functions without arguments.
DATASETS = {"mnist": mnist.MNIST}

# The names that upstream's function compares with.
UPSTREAM_NAMES = (
    "cars3d", "color_dsprites", "dsprites_full", "dsprites_noshape",
    "dummy_data", "mpi3d_real", "mpi3d_realistic", "mpi3d_toy",
    "noisy_dsprites", "scream_dsprites", "shapes3d", "smallnorb")


def install():
  """Makes upstream's `get_named_ground_truth_data` know our names.

  Before anything is loaded it also checks that the files are there. What
  upstream then loads and trains on takes the ways of `packed` and `stream`.
  """
  original = named_data.get_named_ground_truth_data
  if hasattr(original, "sparse_disent"):
    return
  packed.install()
  stream.install()

  @functools.wraps(original)
  def get_named_ground_truth_data(*args, **kwargs):
    name = _name_of(*args, **kwargs)
    check(name)
    try:
      return original(*args, **kwargs)
    except ValueError:
      # Upstream's function ran, so that gin recorded the name; it just does
      # not know it.
      if name not in DATASETS:
        raise
    return DATASETS[name]()

  get_named_ground_truth_data.sparse_disent = True
  named_data.get_named_ground_truth_data = get_named_ground_truth_data
  upstream.CHECKS_BEFORE_TRAINING.append(lambda: check(_name_of()))


def check(name):
  """Raises an error unless a data set is known and its files are there.

  Args:
    name: String, or None if there is no name to check.

  Raises:
    FileNotFoundError: A file of the data set does not exist.
    ValueError: There is no data set of this name.
  """
  if name is None:
    return
  if name not in UPSTREAM_NAMES and name not in DATASETS:
    names = ", ".join(sorted([*UPSTREAM_NAMES, *DATASETS]))
    raise ValueError(
        f"Invalid data set name: dataset.name is {name!r}, but must be one of "
        f"{names}.")
  files.check_available(name)


def _name_of(name=None):
  """Returns the name that a call with these arguments would use, or None."""
  if name is not None:
    return name
  try:
    return gin.query_parameter("dataset.name")
  except ValueError:
    return None
