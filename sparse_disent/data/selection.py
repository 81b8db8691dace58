"""Factors and their values, as arguments choose them: by name, index, range."""
import difflib
import re
from collections.abc import Sequence
from typing import Any

from disentanglement_lib.data.ground_truth import cars3d
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import ground_truth_data as gt
from disentanglement_lib.data.ground_truth import mpi3d
from disentanglement_lib.data.ground_truth import norb
from disentanglement_lib.data.ground_truth import shapes3d

from sparse_disent.common import checks
from sparse_disent.data import factors
from sparse_disent.data import mnist

_NAMED = ((cars3d.Cars3D, "cars3d"), (mnist.MNIST, "mnist"),
          (mpi3d.MPI3D, "mpi3d_real"), (norb.SmallNORB, "smallnorb"),
          (shapes3d.Shapes3D, "shapes3d"))
_RANGE = re.compile(r"(\d*):(\d*)")


def factor_names(data: gt.GroundTruthData) -> Sequence[str]:
  """Returns the names of a data set's factors.

  Args:
    data: GroundTruthData. An attribute `factor_names` comes before the names
      that upstream's data sets have in `factors`.
  """
  own = getattr(data, "factor_names", ())
  if len(own) == data.num_factors:
    return own
  if isinstance(data, dsprites.DSprites):
    known = ("color", *factors.names("dsprites_full", 5))
    return [known[index] for index in data.latent_factor_indices]
  dataset = next((name for cls, name in _NAMED if isinstance(data, cls)), None)
  return factors.names(dataset, data.num_factors)


def check_factor(data: gt.GroundTruthData, factor: Any, parameter: str) -> int:
  """Returns the index of a factor.

  Args:
    data: GroundTruthData.
    factor: Name or index.
    parameter: Name of the argument, for the message.

  Raises:
    ValueError: There is no such factor.
  """
  names = list(factor_names(data))
  if isinstance(factor, str) and factor in names:
    return names.index(factor)
  nearest = isinstance(factor, str) and difflib.get_close_matches(
      factor.lower(), names, 1, 0)
  checks.check(
      _is_index(factor, data.num_factors), parameter,
      f"name factors of the data set, which are {', '.join(names)}, or have "
      f"indices from 0 to {data.num_factors - 1}", factor,
      f"The nearest name is {nearest[0]!r}." if nearest else
      "Give one of these names or indices.")
  return factor


def check_pairs(data: gt.GroundTruthData, pairs: Any,
                parameter: str) -> list[tuple[int, int]]:
  """Returns pairs of factors as pairs of indices.

  Args:
    data: GroundTruthData.
    pairs: List of pairs of names or indices.
    parameter: Name of the argument, for the message.

  Raises:
    ValueError: A pair is no pair of two factors, or is given twice.
  """
  checks.check(
      isinstance(pairs, (list, tuple)) and len(pairs) > 0, parameter,
      "be a list of pairs of factors", pairs,
      "Give names or indices: [('shape', 'scale'), (3, 4)].")
  found: list[tuple[int, int]] = []
  for pair in pairs:
    checks.check(isinstance(pair, (list, tuple)) and len(pair) == 2, parameter,
                 "be a list of pairs of factors", pairs,
                 f"{pair!r} is no pair. Write [('shape', 'scale'), (3, 4)].")
    first, second = (check_factor(data, factor, parameter) for factor in pair)
    checks.check(first != second, parameter, "pair two different factors", pair,
                 "Leave this pair out.")
    checks.check({first, second} not in map(set, found), parameter,
                 "have each pair of factors once", pairs,
                 f"Leave one {pair!r} out.")
    found.append((first, second))
  return found


def check_boxes(data: gt.GroundTruthData, boxes: Any,
                parameter: str) -> list[dict[int, Sequence[int]]]:
  """Returns dictionaries from indices of factors to their chosen values.

  Args:
    data: GroundTruthData.
    boxes: List of dictionaries from names or indices of factors to an index of
      a value, a list of these, or a range "start:stop".
    parameter: Name of the argument, for the message.

  Raises:
    ValueError: The list or one of the dictionaries is empty, or names what
      there is not.
  """
  checks.check(
      isinstance(boxes, (list, tuple)) and len(boxes) > 0 and all(
          isinstance(box, dict) and box for box in boxes),
      parameter, "be a list of dictionaries from factors to values", boxes,
      "Write [{'shape': 2, 'x': '16:'}].")
  found = []
  for box in boxes:
    chosen: dict[int, Sequence[int]] = {}
    for factor, values in box.items():
      index = check_factor(data, factor, parameter)
      checks.check(index not in chosen, parameter,
                   "name each factor once in a dictionary", box,
                   f"Leave one {factor!r} out.")
      chosen[index] = _check_values(
          values, data.factors_num_values[index], factor, parameter)
    found.append(chosen)
  return found


def _check_values(values, size, factor, parameter):
  chosen = values if isinstance(values, (list, tuple)) else [values]
  if isinstance(values, str):
    limits = _RANGE.fullmatch(values)
    start, stop = (limits and limits.groups()) or ("0", "0")
    chosen = range(int(start or 0), int(stop or size))
  checks.check(
      len(chosen) > 0 and all(_is_index(value, size) for value in chosen),
      parameter, f"have values of {factor!r} from 0 to {size - 1}", values,
      f"Write one, a list of them, or a range: '{size // 2}:{size}' has the "
      "upper half.")
  return chosen


def _is_index(value, size):
  return checks.is_integer(value, 0) and value < size
