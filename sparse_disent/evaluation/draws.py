"""Rows of arrays that a metric draws: how many, and which must be distinct.

A metric with a training and a test set assumes that its points differ; so does
one that estimates a distribution. Upstream draws points with replacement. It
has so many images that hardly any are drawn twice. With a few hundred rows,
most of a test set drawn like that would also be in the training set, and
nearest neighbors would be copies.
"""
import dataclasses
import inspect
from collections.abc import Callable

from sparse_disent.results import gin_files

_TRAIN, _TEST = "num_train", "num_test"
# Exceptions to the parameters that count rows, by metric. In these metrics
# `num_train` counts batches in which a factor is fixed. Such rows cannot be
# distinct.
_COUNTING_ROWS = {"beta_vae_sklearn": (),
                  "factor_vae_score": ("num_variance_estimate",)}
# Batches that these metrics draw for each of the points that they count.
_BATCHES = {"beta_vae_sklearn": 2, "factor_vae_score": 1}
_BATCH_SIZE, _COUNTS = "batch_size", ("num_train", "num_eval")


@dataclasses.dataclass(frozen=True)
class Plan:
  """The rows that a metric draws from an array.

  Attributes:
    blocks: See `array_data.ArrayData`.
    bindings: List of gin bindings that reduce the numbers of rows; empty if
      there are enough rows.
    text: Description for people.
  """

  blocks: list[int]
  bindings: list[str]
  text: str


def plan(gin_file: str, name: str, function: Callable, num_rows: int) -> Plan:
  """Plans the draws of a metric.

  If a training and a test set together have more rows than there are, both
  become smaller in proportion. Any other number above `num_rows` becomes
  `num_rows`.

  Args:
    gin_file: Path of the metric's gin file.
    name: The metric's gin name, with a scope or without.
    function: The metric.
    num_rows: Integer, 2 or more.

  Returns:
    A `Plan`.
  """
  asked = _asked(gin_file, name, function)
  if not asked:
    if name.rpartition("/")[2] in _COUNTING_ROWS:
      return Plan([], [], f"drawn with replacement, {num_rows} in all")
    return Plan([num_rows], [], f"distinct, {num_rows} in all")
  test = asked.get(_TEST, 0)
  sizes = next(value for key, value in asked.items() if key != _TEST)
  drawn = dict(zip(asked, _reduced(sizes, test, num_rows), strict=False))
  sizes = next(iter(drawn.values()))
  blocks = [size + drawn.get(_TEST, 0) for size in _list(sizes)]
  changed = {key: value for key, value in drawn.items() if value != asked[key]}
  text = f"distinct, {num_rows} in all: {_text(drawn)}"
  if changed:
    text += f" (asked for: {_text(asked)})"
  return Plan(blocks, [f"{name}.{key} = {value}"
                       for key, value in changed.items()], text)


def in_batches(gin_file: str, name: str, function: Callable
               ) -> tuple[int, int] | None:
  """Returns how many images a metric draws in batches that share a factor.

  Args:
    gin_file: Path of the metric's gin file.
    name: The metric's gin name, with a scope or without.
    function: The metric.

  Returns:
    The size of a batch and the number of all images, or None for a metric that
    draws no such batches.
  """
  batches = _BATCHES.get(name.rpartition("/")[2])
  size, *counts = _values(gin_file, name, function, (_BATCH_SIZE, *_COUNTS))
  if batches is None or not all(map(_is_number, [size, *counts])):
    return None
  return size, batches * size * sum(counts)


def _values(gin_file, name, function, keys):
  """Returns the values of parameters: bound, or defaults, or None."""
  unscoped = name.rpartition("/")[2]
  bindings, parameters = gin_files.bindings(gin_file), inspect.signature(
      function).parameters
  for key in keys:
    bound = (gin_files.find(bindings, f"{name}.{key}")
             or gin_files.find(bindings, f"{unscoped}.{key}"))
    yield bindings[bound] if bound else (
        parameters[key].default if key in parameters else None)


def _asked(gin_file, name, function):
  """Dictionary from parameters that count rows to values, `num_test` last."""
  keys = _COUNTING_ROWS.get(name.rpartition("/")[2], (_TRAIN, _TEST))
  asked = {}
  for key, value in zip(
      keys, _values(gin_file, name, function, keys), strict=True):
    if _is_number(value) or (
        isinstance(value, (list, tuple)) and value
        and all(map(_is_number, value)) and key != _TEST):
      asked[key] = value
  return asked if set(asked) != {_TEST} else {}


def _is_number(value):
  return type(value) is int and value > 0


def _reduced(sizes, test, num_rows):
  """Returns the sizes of training sets, and that of the test set."""
  whole = max(_list(sizes)) + test
  if whole <= num_rows:
    return sizes, test
  test = test and max(1, num_rows * test // whole)
  most = num_rows - test
  reduced = list(dict.fromkeys(min(size, most) for size in _list(sizes)))
  return reduced if isinstance(sizes, (list, tuple)) else reduced[0], test


def _list(sizes):
  return sizes if isinstance(sizes, (list, tuple)) else [sizes]


def _text(values):
  return ", ".join(f"{key} = {value}" for key, value in values.items())
