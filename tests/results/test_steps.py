"""Steps that are done already."""
import json

import pytest
from disentanglement_lib.evaluation import evaluate  # noqa: F401 - knows mig

from sparse_disent.results import steps


def write_results(folder, step, uuid, gin=""):
  (folder / "results/json").mkdir(parents=True, exist_ok=True)
  (folder / f"results/json/{step}_results.json").write_text(
      json.dumps({"uuid": uuid}))
  (folder / "results/gin").mkdir(exist_ok=True)
  (folder / f"results/gin/{step}.gin").write_text(gin)


@pytest.fixture
def done(tmp_path):
  """Arguments of `is_done` for a metric that is there."""
  source, metric = tmp_path / "mean", tmp_path / "mig"
  write_results(source, "postprocess", "a")
  write_results(metric, "postprocess", "a")
  write_results(metric, "evaluation", "b",
                "dataset.name = 'dsprites_full'\nmig.num_train = 10\n")
  gin_file = tmp_path / "mig.gin"
  gin_file.write_text("dataset.name = 'auto'\nmig.num_train = 10\n"
                      "mig.batch_size = 16")
  return [str(metric), "evaluation", str(source), "postprocess", str(gin_file)]


def test_done(done):
  assert steps.is_done(*done)
  assert not steps.is_done("/nothing", *done[1:])


def test_folder_without_results(done, tmp_path):
  (tmp_path / "empty").mkdir()
  with pytest.raises(ValueError, match="empty' exists, but has no results"):
    steps.is_done(str(tmp_path / "empty"), *done[1:])


def test_other_source(done, tmp_path):
  write_results(tmp_path / "mean", "postprocess", "c")
  with pytest.raises(ValueError, match="mig' was made from another '.*mean' "
                     "than the one that is there now. Give --overwrite"):
    steps.is_done(*done)


def test_a_compacted_model_is_another_one_in_the_same_folder(tmp_path):
  model, compact = tmp_path / "model", tmp_path / "compact"
  mean, gin_file = tmp_path / "postprocessed/mean", tmp_path / "mean.gin"
  gin_file.write_text("")
  for folder in (model, compact, mean):
    write_results(folder, "train", "a")
  write_results(compact, "compact", "b")
  write_results(mean, "postprocess", "c")
  of = [str(mean), "postprocess"], ["train", str(gin_file)]
  assert steps.is_done(*of[0], str(model), *of[1])
  with pytest.raises(ValueError, match="made from another '.*compact' than"):
    steps.is_done(*of[0], str(compact), *of[1])
  write_results(mean, "compact", "b")  # Upstream copies what the model has.
  assert steps.is_done(*of[0], str(compact), *of[1])
  with pytest.raises(ValueError, match="made from another '.*model' than"):
    steps.is_done(*of[0], str(model), *of[1])


def test_other_settings(done, tmp_path):
  (tmp_path / "mig.gin").write_text("mig.num_train = 20")
  with pytest.raises(ValueError, match="mig.num_train = 10, but '.*' has 20"):
    steps.is_done(*done)


def test_a_metric_that_failed_is_missing(done, tmp_path):
  path = tmp_path / "mig/results/json/evaluation_results.json"
  path.write_text('{"uuid": "b", "failed": true}')
  assert not steps.is_done(*done)


def test_bindings_are_part_of_what_is_asked_for(done):
  assert steps.is_done(*done, ["mig.num_train = 10"])
  assert steps.is_done(*done, ["metrics.mig.mig.num_train = %n", "n = 10"])
  # A parameter of another metric.
  assert steps.is_done(*done, ["dci.num_train = 20"])
  with pytest.raises(ValueError, match="was made with mig.num_train = 10, but "
                     "--gin_bindings has 20. Give --overwrite"):
    steps.is_done(*done, ["mig.num_train = 20"])


def test_a_result_with_bindings_is_not_one_without(done, tmp_path):
  with_record(tmp_path, "mig.num_train = 20")
  assert steps.is_done(*done, ["mig.num_train = 20"])
  with pytest.raises(ValueError, match="num_train = 20, but '.*mig.gin' has"):
    steps.is_done(*done)


def with_record(tmp_path, gin):
  write_results(tmp_path / "mig", "evaluation", "b", gin)


def test_a_setting_that_is_no_longer_made(done, tmp_path):
  with_record(tmp_path, "mig.num_train = 10\nmig.batch_size = 8")
  (tmp_path / "mig.gin").write_text("mig.num_train = 10")
  with pytest.raises(ValueError, match="mig.batch_size = 8, but '.*mig.gin' "
                     "leaves that at its default. Give --overwrite"):
    steps.is_done(*done)


@pytest.mark.parametrize("record", [
    "mig.batch_size = 16", "evaluation.name = 'a'", "mig.no_such = 1",
    "no_such.x = 1", "discretizer.discretizer_fn = @histogram_discretizer"])
def test_records_that_say_nothing_of_settings(done, tmp_path, record):
  with_record(tmp_path, f"mig.num_train = 10\n{record}")
  (tmp_path / "mig.gin").write_text("mig.num_train = 10")
  assert steps.is_done(*done)


def test_values_that_gin_breaks_into_lines(done, tmp_path):
  """As gin records them: a list of 20 groups does not fit into a line."""
  groups = [[i] for i in range(20)]
  lines = "\n    ".join(str(groups).replace("], ", "],\n").split("\n"))
  with_record(tmp_path, f"mic.groups = \\\n    {lines}\n")
  (tmp_path / "mig.gin").write_text(f"mic.groups = {groups}")
  assert steps.is_done(*done)
  (tmp_path / "mig.gin").write_text(f"mic.groups = {groups[:-1]}")
  with pytest.raises(
      ValueError, match=r"mic.groups = \[\[0\], .*, \[19\]\], but '.*mig.gin' "
      r"has \[\[0\], .*, \[18\]\]\. Give"):
    steps.is_done(*done)


@pytest.mark.parametrize("record, text", [
    ("mig.num_train = %n\nn = 10", "mig.num_train = 10"),
    ("mig.num_train = 10", "mig.num_train = %size\nsize = %n\nn = 10"),
    ("mig.num_train = 10", "mig.num_train = 10.0"),
    ("mig.num_train = 10", "mig:\n  num_train = 10\n"),
    ("mig.num_train = 10",
     "disentanglement_lib.evaluation.metrics.mig.mig.num_train = 10"),
    ("mig.name = 'a = b'", "mig.name = 'a = b'"),
    ("mig.fn = @a/b()", "mig.fn = @a/b()"),
    ("a/mig.num_train = 10\nmig.num_train = 20",
     "mig.num_train = 20\na/mig.num_train = 10"),
    ("mig.num_train = 10", "include 'base.gin'")])
def test_ways_to_say_the_same(done, tmp_path, monkeypatch, record, text):
  monkeypatch.chdir(tmp_path)
  (tmp_path / "base.gin").write_text("import no_such_module\n"
                                     "mig.num_train = 10")
  with_record(tmp_path, record)
  (tmp_path / "mig.gin").write_text(text)
  assert steps.is_done(*done)


@pytest.mark.parametrize("record, text, said", [
    ("a/mig.num_train = 10", "a/mig.num_train = 20",
     "a/mig.num_train = 10, but '.*' has 20"),
    ("mig.fn = @a", "mig.fn = @a()", r"mig.fn = @a, but '.*' has @a\(\)"),
    ("mig.fn = @a", "mig.fn = '@b'", "mig.fn = @a, but '.*' has '@b'"),
    ("mig.num_train = 10", "metrics.mig.mig.num_train = 20",
     "metrics.mig.mig.num_train = 10, but '.*' has 20"),
    ("mig.num_train = %n\nn = 10", "mig.num_train = %n\nn = 20",
     "mig.num_train = 10, but '.*' has 20")])
def test_ways_to_say_something_else(done, tmp_path, record, text, said):
  with_record(tmp_path, record)
  (tmp_path / "mig.gin").write_text(text)
  with pytest.raises(ValueError, match=said):
    steps.is_done(*done)


def test_broken_json(done, tmp_path):
  (tmp_path / "mig/results/json/evaluation_results.json").write_text("{")
  with pytest.raises(ValueError, match="evaluation_results.json' is not JSON"):
    steps.is_done(*done)
