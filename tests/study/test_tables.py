import json
import pathlib

import pandas as pd
import pytest
from support import small_runs
from support import study_work

from sparse_disent.results import models
from sparse_disent.results import runs
from sparse_disent.study import hparams
from sparse_disent.study import tables
from sparse_disent.study import tasks


@pytest.fixture
def output(tmp_path):
  """Three tasks: one with all results, one that failed, one not begun."""
  found = study_work.make(tmp_path, 3)
  tasks.write(found[0], tasks.Record(), state=tasks.State.DONE)
  run = pathlib.Path(found[0].directory)
  small_runs.write_model(run, config={"vae.beta": "1."}, elbo=-20.5)
  small_runs.write_metric(run, "dci", disentanglement=.25)
  tasks.write(found[1], tasks.Record(), state=tasks.State.FAILED)
  return tmp_path


def test_the_table_has_all_models_that_were_begun(output):
  csv, parquet = tables.write(str(output))
  assert (csv, parquet) == (str(output / "results.csv"),
                            str(output / "results.parquet"))
  for table in (pd.read_csv(csv), pd.read_parquet(parquet)):
    assert table["state"].tolist() == ["done", "failed"]
    assert table["run"].astype(str).tolist() == ["0", "1"]
    assert table["evaluation_results.disentanglement"].tolist()[0] == .25


def test_what_confirms_a_search_is_no_part_of_it(output):
  run = output / "confirmed/a"
  small_runs.write_model(run, config={"vae.beta": "1."}, elbo=-30.5)
  csv, _ = tables.write(str(output))
  assert pd.read_csv(csv)["run"].astype(str).tolist() == ["0", "1"]


def test_what_cannot_be_read_is_named_and_left_out(output):
  for path in ("1/task.json", "2/model/results/json/train_results.json"):
    place = output / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("{")
  (output / "train_results.json").write_text("{}")
  left_out = []
  csv, _ = tables.write(str(output), left_out)
  assert pd.read_csv(csv)["state"].tolist() == ["done"]
  assert [message.split("'")[1] for message in left_out] == [
      str(output / "train_results.json"),
      str(output / "2/model/results/json/train_results.json"),
      str(output / "1/task.json")]


def test_a_job_of_an_array_leaves_the_table_alone(output, monkeypatch):
  monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "7")
  assert tables.write(str(output)) == []


def test_no_results_make_no_files(tmp_path):
  assert tables.write(str(tmp_path)) == []
  assert tables.write(str(tmp_path / "none")) == []
  assert not list(tmp_path.iterdir())


# Upstream leaves its pool of processes open.
@pytest.mark.filterwarnings("ignore:unclosed running:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_upstream_aggregates_the_tree(output):
  """As `dlib_aggregate_results` does, which calls this function."""
  from disentanglement_lib.utils import aggregate_results
  place = output / "0/metrics/mean/dci/results"
  (place / "aggregate").mkdir()
  (place / "aggregate/evaluation.json").write_text(json.dumps({
      "evaluation_results.disentanglement": .25,
      "train_config.vae.beta": "1."}))
  tables.write(str(output))
  aggregate_results.aggregate_results_to_json(
      str(output / "*/metrics/*/*/results/aggregate/evaluation.json"),
      str(output / "all.json"))
  table = pd.read_json(output / "all.json")
  assert table["evaluation_results.disentanglement"].tolist() == [.25]


def test_tensorboard_finds_a_file_for_each_run(output):
  tables.write(str(output))
  assert [str(path.relative_to(output)) for path in sorted(
      output.rglob(hparams.FILE))] == [f"0/{hparams.FILE}", hparams.FILE]
  assert len(models.group(runs.find([output]))) == 1
