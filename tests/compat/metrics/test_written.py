import collections
import decimal
import json
import pathlib
import uuid
import warnings

import numpy as np
import pytest
import simplejson
import tensorflow as tf
from disentanglement_lib.utils import results

from sparse_disent.compat.metrics import written

Pair = collections.namedtuple("Pair", ["x", "y"])
# What a metric may return, and what JSON is to hold.
VALUES = [
    (np.arange(3), [0, 1, 2]),
    (np.ones([2, 1, 2], np.float32), [[[1., 1.]], [[1., 1.]]]),
    (np.zeros([0, 3]), []),
    (np.array(2.5), 2.5),
    (np.array([1, None, np.float32(.5)], dtype=object), [1, None, .5]),
    (np.bool_(True), True), (np.array([True, False]), [True, False]),
    (np.float16(.5), .5), (np.float32(.5), .5), (np.longdouble(.25), .25),
    (np.uint8(7), 7), (np.int64(-3), -3), (np.str_("text"), "text"),
    (np.datetime64("2020-01-02"), "2020-01-02"),
    ({3, 1, 2}, [1, 2, 3]), (frozenset([np.int8(4)]), [4]),
    ((1, [np.int8(2)]), [1, [2]]), (range(3), [0, 1, 2]), (b"x", "x"),
    (Pair(1, np.int8(2)), {"x": 1, "y": 2}),
    ({np.int64(3): {(0, 1): np.ones(1)}, None: 1},
     {"3": {"(0, 1)": [1.]}, "null": 1}),
    (pathlib.PurePosixPath("/a/b"), "/a/b"),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (decimal.Decimal("1.5"), 1.5),
    (tf.constant([1., 2.]), [1., 2.]), (tf.Variable(3), 3),
    (None, None), ("text", "text"), (10**30, 10**30),
]


@pytest.mark.parametrize("value, expected", VALUES)
def test_what_json_has_no_form_for(value, expected):
  with warnings.catch_warnings():
    warnings.simplefilter("error")
    text = json.dumps(written.as_json({"score": value}))
  assert json.loads(text) == {"score": expected}


@pytest.mark.parametrize("value", [object(), np.complex64(1 + 2j), print])
def test_what_has_no_form_at_all_becomes_a_text_and_is_named(value):
  name = type(value.item() if isinstance(value, np.generic) else value).__name__
  with pytest.warns(UserWarning) as caught:
    saved = written.as_json({"a": {"b": [value]}, "c": 1})
  assert saved["c"] == 1
  assert isinstance(saved["a"]["b"][0], str)
  assert [str(warning.message) for warning in caught] == [
      f"Results hold a value of type {name} as 'a.b', which JSON has no form "
      "for: it is written as text. Return numbers, texts, arrays, lists or "
      "dictionaries."]


def test_an_encoder_that_works_goes_first():
  def encode(value):
    if isinstance(value, np.ndarray):
      return {"shape": value.shape}
    raise ImportError("No module named 'torch'")

  assert written.as_json([np.ones([2, 3]), np.int8(1), {2}], encode) == [
      {"shape": [2, 3]}, 1, [2]]


def read(folder, step):
  return json.loads((folder / f"json/{step}_results.json").read_text())


def test_upstream_writes_arrays(tmp_path):
  scores = {"matrix": np.eye(2), "per_factor": {np.int64(0): np.float32(.5)},
            "found": np.bool_(False)}
  results.update_result_directory(str(tmp_path), "evaluation", scores)
  assert scores.pop("uuid") == read(tmp_path, "evaluation")["uuid"]
  assert isinstance(scores["matrix"], np.ndarray)
  saved = read(tmp_path, "evaluation")
  del saved["uuid"]
  assert saved == {"matrix": [[1, 0], [0, 1]], "per_factor": {"0": .5},
                   "found": False}
  aggregated = json.loads((tmp_path / "aggregate/evaluation.json").read_text())
  assert aggregated["evaluation_results.matrix"] == [[1, 0], [0, 1]]


def test_nan_in_arrays_and_dictionaries_is_null(tmp_path):
  with pytest.warns(UserWarning, match="No value for a, b"):
    results.update_result_directory(str(tmp_path), "evaluation", {
        "a": np.array([1, np.nan]), "b": {"c": np.float32("inf"), "d": 1}})
  saved = read(tmp_path, "evaluation")
  assert saved["a"] == [1, None]
  assert saved["b"] == {"c": None, "d": 1}
  assert saved["a_undefined"] == (
      "the computation gave values that are not finite")


def test_what_is_saved_directly_is_written_too(tmp_path):
  results.save_dict(str(tmp_path / "a/b.json"), {"a": np.arange(2)})
  assert json.loads((tmp_path / "a/b.json").read_text()) == {"a": [0, 1]}


def test_the_encoder_of_a_fork_is_kept(tmp_path, monkeypatch):
  class Encoder(simplejson.JSONEncoder):

    def default(self, o):
      return "mine" if isinstance(o, np.ndarray) else super().default(o)

  monkeypatch.setattr(results, "Encoder", Encoder)
  results.save_dict(str(tmp_path / "a/b.json"), {
      "a": np.arange(2), "b": np.int8(1)})
  assert json.loads((tmp_path / "a/b.json").read_text()) == {
      "a": "mine", "b": 1}
