"""Missing results of a representation."""
import json
import os

import pytest

from sparse_disent.evaluation import metric_tasks
from sparse_disent.evaluation import representations
from sparse_disent.evaluation import request
from sparse_disent.results import gin_files


def write(folder, step, uuid, gin=""):
  for kind, name, text in (
      ("json", f"{step}_results.json", json.dumps({"uuid": uuid})),
      ("gin", f"{step}.gin", gin)):
    (folder / "results" / kind).mkdir(parents=True, exist_ok=True)
    (folder / "results" / kind / name).write_text(text)


@pytest.fixture
def planned(tmp_path):
  """A function that plans two metrics, of which one is there."""
  write(tmp_path / "model", "train", "a")
  for folder in ("postprocessed/mean", "metrics/mean/mig"):
    write(tmp_path / folder, "train", "a")
    write(tmp_path / folder, "postprocess", "b")
  write(tmp_path / "metrics/mean/mig", "evaluation", "c", "mig.num_train = 1")
  (tmp_path / "mean.gin").write_text("")
  (tmp_path / "mig.gin").write_text("mig.num_train = 1")

  def plan(overwrite=False, bindings=()):
    metrics = {name: metric_tasks.Definition(
        str(tmp_path / "mig.gin"), "mig", len, bindings)
               for name in ("mig", "mig_seed_1")}
    return representations.Representation(
        "mean", str(tmp_path / "model"), str(tmp_path), request.Request(
            {"mean": str(tmp_path / "mean.gin")}, metrics, bindings, overwrite))

  return plan


def test_what_is_there_is_not_missing(planned):
  found = planned()
  assert (found.done, list(found.missing)) == (["mig"], ["mig_seed_1"])


def test_overwrite_makes_all_again(planned, tmp_path):
  write(tmp_path / "model", "train", "another")
  with pytest.raises(ValueError, match="was made from another"):
    planned()
  found = planned(overwrite=True)
  assert (found.done, list(found.missing)) == ([], ["mig", "mig_seed_1"])


def test_a_file_may_have_a_quote_in_its_name(planned, tmp_path, monkeypatch):
  bindings = []
  monkeypatch.setattr(
      representations.postprocess, "postprocess_with_gin",
      lambda model, folder, overwrite, files, given: (
          bindings.extend(given), os.mkdir(folder)))
  found = representations.Representation(
      "it's", str(tmp_path / "model"), str(tmp_path), request.Request(
          {"it's": str(tmp_path / "mean.gin")}, {}))
  found.extract([])
  assert gin_files.parsed(bindings) == {"postprocess.name": "it's"}


def test_other_bindings_are_another_result(planned):
  with pytest.raises(ValueError, match="--gin_bindings has 2"):
    planned(bindings=("mig.num_train = 2",))
