"""The refusal of values that NumPy masks."""
import numpy as np
import pytest

from sparse_disent.common import masked_values


def test_masked_values_are_counted():
  with pytest.raises(ValueError) as error:
    masked_values.check("factors", np.ma.masked_less([[1, -1], [-2, 3]], 0))
  assert str(error.value) == ("factors must have no masked values, but 2 are "
                              "masked. Leave out their rows.")


def test_arrays_without_masked_values():
  for array in (np.ma.masked_less([1, 2], 0), np.array([1., np.nan]), [1, 2]):
    assert masked_values.check("factors", array) is None
