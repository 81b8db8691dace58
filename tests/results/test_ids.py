"""Ids of results on disk."""
import json

import pytest

from sparse_disent.results import ids


def write(folder, step, content):
  path = folder / f"results/json/{step}_results.json"
  path.parent.mkdir(parents=True, exist_ok=True)
  path.write_text(content)


def test_each_step_has_its_own(tmp_path):
  write(tmp_path, "train", json.dumps({"uuid": "a", "elbo": -30.5}))
  write(tmp_path, "postprocess", json.dumps({"uuid": "b"}))
  assert ids.result_id(tmp_path, "train") == "a"
  assert ids.result_id(str(tmp_path), "postprocess") == "b"
  assert ids.read_results(tmp_path, "train") == {"uuid": "a", "elbo": -30.5}


def test_no_results_and_results_without_an_id(tmp_path):
  write(tmp_path, "train", "{}")
  assert ids.result_id(tmp_path, "train") is None
  assert ids.result_id(tmp_path, "evaluation") is None
  assert ids.read_results(tmp_path / "none", "train") == {}


@pytest.mark.parametrize("content", ["{", "[]", ""])
def test_what_is_no_json_object(tmp_path, content):
  write(tmp_path, "train", content)
  with pytest.raises(ValueError, match="train_results.json' .*make it again"):
    ids.result_id(tmp_path, "train")


@pytest.mark.parametrize(("made_from", "training", "expected"), [
    ("a", "b", True), ("a", "a", False), (None, "b", False),
    ("a", None, False)])
def test_results_of_another_training_are_outdated(
    tmp_path, made_from, training, expected):
  write(tmp_path, "train", json.dumps({"uuid": made_from}))
  assert ids.is_outdated(tmp_path, training) is expected
