"""What `dataset.name` may say: upstream's data sets and ours."""
import functools

import gin
from disentanglement_lib.data.ground_truth import named_data

from sparse_disent.compat import upstream
from sparse_disent.data import files
from sparse_disent.data import mnist

# Data sets of our own, by name: functions without arguments.
DATASETS = {"mnist": mnist.MNIST}


def install():
  """Makes upstream's `get_named_ground_truth_data` know our names.

  Before anything is loaded it also checks that the files are there.
  """
  original = named_data.get_named_ground_truth_data
  if hasattr(original, "sparse_disent"):
    return

  @functools.wraps(original)
  def get_named_ground_truth_data(*args, **kwargs):
    name = _name_of(*args, **kwargs)
    files.check_available(name)
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
  upstream.CHECKS_BEFORE_TRAINING.append(
      lambda: files.check_available(_name_of()))


def _name_of(name=None):
  """Returns the name that a call with these arguments would use, or None."""
  if name is not None:
    return name
  try:
    return gin.query_parameter("dataset.name")
  except ValueError:
    return None
