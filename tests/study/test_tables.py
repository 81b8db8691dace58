import json
import pathlib

import pandas as pd
import pytest
from support import study_work

from sparse_disent.study import tables
from sparse_disent.study import tasks


def write_results(place, step, results):
  path = pathlib.Path(place, "results", "json", f"{step}_results.json")
  path.parent.mkdir(parents=True)
  path.write_text(json.dumps(results))


@pytest.fixture
def planned(tmp_path):
  """Three tasks: one with all results, one that failed, one not begun."""
  found = study_work.make(tmp_path, 3)
  tasks.write(found[0], tasks.Record(), state=tasks.State.DONE)
  write_results(found[0].model_dir, "train", {
      "reconstruction_loss": 20.5, "global_step": 10, "uuid": "a"})
  write_results(
      pathlib.Path(found[0].directory, "metrics", "mean", "dci"), "evaluation",
      {"disentanglement": .25, "matrix": [[1, 2]], "completeness": None,
       "completeness_undefined": "one latent", "uuid": "b"})
  tasks.write(found[1], tasks.Record(), state=tasks.State.FAILED)
  return found


def test_rows_hold_what_varies_and_all_numbers(planned):
  rows = tables.rows(study_work.study(3), planned)
  assert rows == [
      {"model": 0, "folder": "0", "state": "done", "vae.beta": 0.,
       "model.random_seed": 0, "train/reconstruction_loss": 20.5,
       "mean/dci/disentanglement": .25, "mean/dci/completeness": None},
      {"model": 1, "folder": "1", "state": "failed", "vae.beta": 1.,
       "model.random_seed": 1}]


def test_both_files_hold_the_table(planned, tmp_path):
  paths = tables.write(study_work.study(3), planned, str(tmp_path))
  assert [pathlib.Path(path).name for path in paths] == [
      "results.parquet", "results.csv"]
  csv, parquet = pd.read_csv(paths[1]), pd.read_parquet(paths[0])
  for table in (csv, parquet):
    assert table["mean/dci/disentanglement"].tolist()[0] == .25
    assert table["state"].tolist() == ["done", "failed"]


def test_no_results_make_no_files(tmp_path):
  study = study_work.study(2)
  assert tables.write(study, study_work.make(tmp_path, 2), str(tmp_path)) == []
  assert not list(tmp_path.iterdir())
