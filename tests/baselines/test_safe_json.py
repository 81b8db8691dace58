import math
import pickle

import pytest

from sparse_disent.baselines import safe_json


def test_upstreams_nan_and_infinity_are_numbers():
  found = safe_json.parse(b'{"a": NaN, "b": -Infinity, "c": 1, "d": 1.5}', "x")
  assert math.isnan(found["a"])
  assert found["b"] == -math.inf
  assert (found["c"], found["d"]) == (1, 1.5)


@pytest.mark.parametrize("data, message", [
    (pickle.dumps({"a": 1}), "a pickle, which is never opened"),
    (b"[1]", "must hold a JSON object, but holds a list"),
    (b'{"a": ', "is not JSON"), (b"\xff\xfe", "is not JSON"),
    (b'{"a":' + b"[" * 100_000, "nested too deeply"),
    (b" " * 101, "more than 100 bytes")])
def test_all_else_is_refused(data, message):
  with pytest.raises(ValueError, match=f"'5.zip: x'.*{message}"):
    safe_json.parse(data, "5.zip: x", largest=10**6 if b"[" in data else 100)


def test_an_integer_of_a_million_digits_takes_no_time():
  assert safe_json.parse(b'{"a": ' + b"9" * 10**6 + b"}", "x") == {
      "a": math.inf}
