"""Error for a wrong argument: it states name, rule, value and cure."""
import math
import numbers
from collections.abc import Callable
from typing import Any
from typing import TypeGuard


def is_number(value: Any) -> TypeGuard[float]:
  """Tells whether a value is a finite number; True and False are none."""
  if isinstance(value, bool) or not isinstance(value, numbers.Real):
    return False
  try:
    return math.isfinite(value)
  except OverflowError:  # An integer beyond floats.
    return False


def is_integer(value: Any, least: int | None = None) -> TypeGuard[int]:
  """Tells whether a value is an integer; True and False are none.

  Args:
    value: The value.
    least: What it must be at least; None for any.
  """
  return (isinstance(value, numbers.Integral) and not isinstance(value, bool)
          and (least is None or int(value) >= least))


def check(holds: bool | Callable[[float], bool], parameter: str, rule: str,
          value: Any, cure: str) -> None:
  """Raises an error unless a rule holds.

  Args:
    holds: Whether the rule holds. Or a function that decides it for a number;
      then what is no number breaks the rule as well; see `is_number`.
    parameter: Name as in gin files, e.g. "l0_pair.tau".
    rule: Words after "must", e.g. "be 0 or greater".
    value: The value that was given.
    cure: Sentences that say what to give instead.

  Raises:
    ValueError: Unless `holds`.
  """
  if callable(holds):
    holds = is_number(value) and holds(float(value))
  if not holds:
    raise ValueError(f"{parameter} must {rule}, but is {value!r}. {cure}")
