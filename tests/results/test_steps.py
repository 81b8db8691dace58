"""What is done already, and folders that appear whole."""
import json
import os

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


def test_other_settings(done, tmp_path):
  (tmp_path / "mig.gin").write_text("mig.num_train = 20")
  with pytest.raises(ValueError, match="mig.num_train = 10, but '.*' has 20"):
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


def test_broken_json(done, tmp_path):
  (tmp_path / "mig/results/json/evaluation_results.json").write_text("{")
  with pytest.raises(ValueError, match="evaluation_results.json' is not JSON"):
    steps.is_done(*done)


def make(path, **arguments):
  with steps.new_folder(str(path), **arguments) as folder:
    (path.parent / folder).mkdir()
    (path.parent / folder / "new").write_text("")


def test_new_folder(tmp_path):
  make(tmp_path / "a" / "b")
  assert [p.name for p in (tmp_path / "a").iterdir()] == ["b"]
  (tmp_path / "a/b/old").write_text("")
  with steps.new_folder(str(tmp_path / "a/b")) as folder:
    (tmp_path / folder).mkdir()
    assert len(list((tmp_path / "a/b").iterdir())) == 2  # Still the old one.
  assert not list((tmp_path / "a/b").iterdir())


def test_new_folder_that_is_not_wanted(tmp_path):
  make(tmp_path / "b", publish=lambda: False)
  assert not list(tmp_path.iterdir())


def test_new_folder_after_an_error(tmp_path):
  make(tmp_path / "b")
  with pytest.raises(KeyboardInterrupt), \
      steps.new_folder(str(tmp_path / "b")) as folder:
    (tmp_path / folder).mkdir()
    raise KeyboardInterrupt
  assert [p.name for p in tmp_path.rglob("*")] == ["b", "new"]


def test_new_folder_where_a_link_leads(tmp_path):
  """What took hours is not lost as a link cannot become a folder."""
  (tmp_path / "disk/old").mkdir(parents=True)
  (tmp_path / "link").symlink_to("disk/old")
  make(tmp_path / "link")
  assert (tmp_path / "link").is_symlink()
  assert os.listdir(tmp_path / "disk/old") == ["new"]
  assert sorted(os.listdir(tmp_path)) == ["disk", "link"]
