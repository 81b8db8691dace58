import math
import pickle

import pytest

from sparse_disent.results import json_files


def test_upstreams_nan_and_infinity_are_numbers():
  found = json_files.parse(b'{"a": NaN, "b": -Infinity, "c": 1, "d": 1.5}', "x")
  assert math.isnan(found["a"])
  assert found["b"] == -math.inf
  assert (found["c"], found["d"]) == (1, 1.5)


@pytest.mark.parametrize("data, message", [
    (pickle.dumps({"a": 1}), "a pickle, which is never opened"),
    (b"[1]", "must hold a JSON object, but holds a value of type list"),
    (b'{"a": ', "is not JSON"), (b"\xff\xfe", "is not JSON"),
    (b'{"a":' + b"[" * 100_000, "nested too deeply"),
    (b" " * 101, "more than 100 bytes")])
def test_all_else_is_refused(data, message):
  with pytest.raises(ValueError, match=f"'5.zip: x'.*{message}"):
    json_files.parse(data, "5.zip: x", largest=10**6 if b"[" in data else 100)


def test_an_integer_of_a_million_digits_takes_no_time():
  assert json_files.parse(b'{"a": ' + b"9" * 10**6 + b"}", "x") == {
      "a": math.inf}


def test_half_a_character_is_refused():
  """No encoder could write it again."""
  with pytest.raises(ValueError, match="is not JSON: .*surrogates"):
    json_files.parse(rb'{"a": "\ud83d"}', "x")
  assert json_files.parse(rb'{"a": "\ud83d\ude00"}', "x") == {"a": "\U0001f600"}


def test_files(tmp_path):
  path = tmp_path / "a.json"
  path.write_text('{"a": [1]}')
  assert json_files.read(path) == {"a": [1]}
  with pytest.raises(ValueError, match="'.*a.json' has more than 9 bytes"):
    json_files.read(path, largest=9)
  with pytest.raises(ValueError, match="is no file"):
    json_files.read(tmp_path)
