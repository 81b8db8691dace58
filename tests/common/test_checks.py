"""How a wrong hyper-parameter is reported."""
import numpy as np
import pytest

from sparse_disent.common import checks


def test_message_names_parameter_rule_value_and_cure():
  with pytest.raises(ValueError) as error:
    checks.check(False, "a_gate.b", "be positive", "x", "Give 1.")
  assert str(error.value) == (
      "a_gate.b must be positive, but is 'x'. Give 1.")


def test_what_holds_passes():
  assert checks.check(True, "a_gate.b", "be positive", 1, "Give 1.") is None


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.longdouble])
def test_numbers_of_numpy(kind):
  """A comparison with a float's largest number overflows in the narrow ones."""
  assert checks.is_number(kind(1))
  for value in (np.inf, -np.inf, np.nan):
    assert not checks.is_number(kind(value))


@pytest.mark.parametrize("value, is_one", [
    (0, True), (10 ** 400, True), (-(10 ** 400), True), (np.int64(3), True),
    (True, False), (np.True_, False), (2., False), ("2", False), (None, False),
    (float("nan"), False)])
def test_integers(value, is_one):
  assert checks.is_integer(value) == is_one
  if is_one:
    assert checks.is_integer(value, value)
    assert not checks.is_integer(value, value + 1)


@pytest.mark.parametrize("value", ["0.5", None, [1.0], float("nan"), True,
                                   float("inf"), -1.0, 10 ** 309])
def test_a_function_holds_for_finite_numbers_alone(value):
  with pytest.raises(ValueError) as error:
    checks.check(lambda x: x > 0, "a_gate.b", "be positive", value, "Give 1.")
  assert str(error.value) == (
      f"a_gate.b must be positive, but is {value!r}. Give 1.")
  checks.check(lambda x: x > 0, "a_gate.b", "be positive", 2, "Give 1.")
