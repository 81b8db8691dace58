"""Checks the entries of result files that are read as lists or dictionaries.

Scalars need no check: what is no number is no score.
"""
import os
from collections.abc import Callable
from typing import Any

_LAYER = ("density", "num_inputs", "num_dead_inputs", "num_outputs",
          "num_dead_outputs")


def is_number(value: Any) -> bool:
  """Tells whether a value is a number, and no boolean."""
  return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_numbers(value: Any) -> bool:
  """Tells whether a value is a list of numbers; it may be empty."""
  return isinstance(value, list) and all(map(is_number, value))


def _is_matrix(value):
  return (isinstance(value, list) and all(map(is_numbers, value))
          and len({len(row) for row in value}) == 1)


def _is_layers(value):
  return isinstance(value, dict) and all(
      isinstance(layer, dict) and all(
          is_number(layer.get(name)) for name in _LAYER)
      for layer in value.values())


# Entries, what they must be, and the function that tells.
_FORMS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "factor_entropies": ("a list of numbers", is_numbers),
    "kl": ("a list of numbers", is_numbers),
    "mutual_information": ("rows of numbers of one length", _is_matrix),
    "prefix_losses": ("a list of numbers", is_numbers),
    "pruned_latents": ("a list of numbers", is_numbers),
    "uuid": ("text", lambda value: isinstance(value, str)),
    "variance_of_mean": ("a list of numbers", is_numbers),
}
# Entries of which the first has as many rows or columns as the second.
_ALIKE = (
    ("mutual_information", "factor_entropies", lambda rows: len(rows[0])),
    ("kl", "variance_of_mean", len),
)


def check(results: dict[str, Any], path: str | os.PathLike) -> None:
  """Checks the results of a step.

  Args:
    results: Dictionary that was read from `path`.
    path: Path, for the message.

  Raises:
    ValueError: An entry is of another form than the step writes.
  """
  forms = dict(_FORMS)
  if "num_masked_layers" in results:  # Of the metric `connectivity`.
    forms["layers"] = ("the numbers of each layer", _is_layers)
  for name, (what, holds) in forms.items():
    if name in results and not holds(results[name]):
      raise _error(path, name, f"must be {what}", results[name])
  for name, other, length in _ALIKE:
    if {name, other} <= set(results) and (
        length(results[name]) != len(results[other])):
      raise _error(path, name, f"must fit {other!r}", results[name])


def check_config(config: dict[str, Any], path: str | os.PathLike) -> None:
  """Checks that a configuration maps parameters to text.

  Raises:
    ValueError: A value is no text.
  """
  for name, value in config.items():
    if not isinstance(value, str):
      raise _error(path, name, "must be text", value)


def _error(path, name, rule, value):
  shown = repr(value)
  shown = shown if len(shown) < 60 else f"{shown[:60]}..."
  return ValueError(f"'{path}': {name!r} {rule}, but is {shown}. Delete the "
                    "file or make it again.")
