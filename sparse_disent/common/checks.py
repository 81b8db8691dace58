"""Error for a wrong argument: it states name, rule, value and cure."""
import math
import numbers
from collections.abc import Callable
from typing import Any


def check(holds: bool | Callable[[float], bool], parameter: str, rule: str,
          value: Any, cure: str) -> None:
  """Raises an error unless a rule holds.

  Args:
    holds: Whether the rule holds. Or a function that decides it for a number;
      then a value that is not a finite number breaks the rule as well.
    parameter: Name as in gin files, e.g. "l0_pair.tau".
    rule: Words after "must", e.g. "be 0 or greater".
    value: The value that was given.
    cure: Sentences that say what to give instead.

  Raises:
    ValueError: Unless `holds`.
  """
  if callable(holds):
    holds = (isinstance(value, numbers.Real)
             and math.isfinite(float(value)) and holds(float(value)))
  if not holds:
    raise ValueError(f"{parameter} must {rule}, but is {value!r}. {cure}")
