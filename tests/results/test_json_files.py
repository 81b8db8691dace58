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
    (b"[1]", "must hold a JSON object, but holds a list"),
    (b'{"a": ', "is not JSON"), (b"\xff\xfe", "is not JSON"),
    (b'{"a":' + b"[" * 100_000, "nested too deeply"),
    (b" " * 101, "more than 100 bytes")])
def test_all_else_is_refused(data, message):
  with pytest.raises(ValueError, match=f"'5.zip: x'.*{message}"):
    json_files.parse(data, "5.zip: x", largest=10**6 if b"[" in data else 100)


def test_an_integer_of_a_million_digits_takes_no_time():
  assert json_files.parse(b'{"a": ' + b"9" * 10**6 + b"}", "x") == {
      "a": math.inf}


def test_files_of_any_size_are_read(tmp_path):
  path = tmp_path / "results.json"
  path.write_text('{"a": "' + "é" * json_files.LARGEST + '"}', encoding="utf-8")
  assert json_files.read(path) == {"a": "é" * json_files.LARGEST}


def test_messages_name_the_file_and_the_cure(tmp_path):
  path = tmp_path / "results.json"
  path.write_text("[1]")
  with pytest.raises(ValueError) as error:
    json_files.read(path)
  assert str(error.value) == (
      f"'{path}' must hold a JSON object, but holds a list. Delete it, or make "
      "it again or get it from a source you trust.")
