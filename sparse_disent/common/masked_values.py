"""Refusal of NumPy's masked values, which `np.asarray` would let count."""
from typing import Any

import numpy as np


def check(name: str, array: Any) -> None:
  """Raises an error if an array has masked values.

  Args:
    name: What the array is, e.g. "factors".
    array: An array, masked or not.

  Raises:
    ValueError: A value is masked.
  """
  if np.ma.is_masked(array):
    raise ValueError(
        f"{name} must have no masked values, but {np.ma.count_masked(array)} "
        "are masked. Leave out their rows.")
