import importlib.metadata
import json
import platform
import subprocess
import sys

import gin
import pytest
from disentanglement_lib.utils import aggregate_results
from disentanglement_lib.utils import results as upstream_results

from sparse_disent.compat.training import provenance
from sparse_disent.results import provenance as reader


@pytest.fixture(autouse=True)
def a_command(monkeypatch):
  monkeypatch.setattr(sys, "argv", ["/opt/bin/dlib_train", "--model_dir=a b"])
  monkeypatch.setattr(provenance, "DATA", [lambda name: {"files": {
      name: {"bytes": 3, "sha256": "ab"}}}])
  yield
  gin.clear_config()


@pytest.fixture(name="place")
def results_of_a_step(tmp_path):
  gin.parse_config("dataset.name = 'cats'", skip_unknown=True)
  place = tmp_path / "model/results"
  upstream_results.update_result_directory(str(place), "train", {"loss": 1.5})
  return place


def test_it_is_stored_beside_the_results(place):
  found = json.loads((place / "provenance/train.json").read_text())
  results = json.loads((place / "json/train_results.json").read_text())
  assert found["uuid"] == results["uuid"]
  assert found["command"] == "dlib_train '--model_dir=a b'"
  assert found["versions"]["python"] == platform.python_version()
  assert found["versions"]["numpy"] == importlib.metadata.version("numpy")
  assert found["data"] == {
      "name": "cats", "files": {"cats": {"bytes": 3, "sha256": "ab"}}}


def test_upstreams_aggregation_sees_nothing_of_it(place, tmp_path):
  aggregate = json.loads((place / "aggregate/train.json").read_text())
  assert {name.partition(".")[0] for name in aggregate} <= {
      "train_config", "train_results"}
  assert set(aggregate_results._load(str(place / "aggregate/train.json"))) == {
      *aggregate, "path"}


def test_later_steps_keep_it(place, tmp_path):
  upstream_results.update_result_directory(
      str(tmp_path / "metrics/mean/mig/results"), "evaluation", {}, str(place))
  assert sorted(path.name for path in (
      tmp_path / "metrics/mean/mig/results/provenance").iterdir()) == [
          "evaluation.json", "train.json"]
  lines = reader.text(tmp_path).splitlines()
  assert lines[:2] == ["train: model", "evaluation: metrics/mean/mig"]
  assert lines[2].split() == ["command", "dlib_train", "'--model_dir=a", "b'"]
  assert any("cats: 3 bytes, sha256 ab" in line for line in lines)


def test_the_commit_is_gits(monkeypatch, tmp_path):
  told = subprocess.run(
      ["git", "-C", str(provenance._ROOT), "rev-parse", "HEAD"], text=True,
      capture_output=True, check=False).stdout.strip()
  provenance.commit.cache_clear()
  found = provenance.commit()
  assert found is None if not told else found.removesuffix("-dirty") == told
  provenance.commit.cache_clear()
  monkeypatch.setattr(provenance, "_ROOT", tmp_path)
  assert provenance.commit() is None
  provenance.commit.cache_clear()


def test_nothing_is_written_to_an_address():
  provenance.write("gs://bucket/results", "train", {})


def test_without_a_data_set(monkeypatch):
  gin.clear_config()
  assert provenance.facts("train", {})["data"] == {}
