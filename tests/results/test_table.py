import io

import pandas as pd
import pytest
from support import small_runs

from sparse_disent.results import models
from sparse_disent.results import runs
from sparse_disent.results import table


@pytest.fixture
def grid(tmp_path, monkeypatch):
  """Two sparsities, two seeds; the last run has no evaluation."""
  for sparsity in ("0.1", "0.4"):
    for seed in "01":
      run = tmp_path / f"{sparsity}-{seed}"
      small_runs.write_model(run, config={
          "random_gate.sparsity": sparsity, "random_gate.seed": seed,
          "model.random_seed": seed}, elbo=-10. * float(sparsity))
      if run.name != "0.4-1":
        small_runs.write_seed(run, "mig", 0, discrete_mig=.5)
        small_runs.write_seed(run, "mig", 1, discrete_mig=None,
                              discrete_mig_undefined="one latent")
        small_runs.write_metric(run, "dci", disentanglement=.25)
  monkeypatch.chdir(tmp_path)
  return list(table.rows(models.group(runs.find(["."]))))


def test_a_row_is_a_run_and_an_evaluation(grid):
  assert [(row["model"], row["run"], row.get("metric"),
           row.get("evaluation_seed")) for row in grid] == [
      *((key, run, metric, seed)
        for key, run in (("A", "0.1-0"), ("A", "0.1-1"), ("B", "0.4-0"))
        for metric, seed in (("dci", None), ("mig", 0), ("mig", 1))),
      ("B", "0.4-1", None, None)]


def test_columns_are_what_varies_and_all_numbers(grid):
  assert grid[1] == {
      "model": "A", "name": "masked_dipvae", "run": "0.1-0",
      "random_gate.sparsity": .1, "model.random_seed": 0, "random_gate.seed": 0,
      "representation": "mean", "metric": "mig", "evaluation_seed": 0,
      "train_results.elbo": -1., "evaluation_results.discrete_mig": .5}
  assert grid[2]["evaluation_results.discrete_mig"] is None
  assert grid[2]["evaluation_results.discrete_mig_undefined"] == "one latent"


def test_both_files_hold_the_table(grid):
  files = table.files(grid)
  csv = pd.read_csv(io.BytesIO(files[".csv"]))
  parquet = pd.read_parquet(io.BytesIO(files[".parquet"]))
  assert list(csv) == list(parquet)
  for read in (csv, parquet):
    assert len(read) == 10
    mig = read[read["metric"] == "mig"].dropna(
        subset=["evaluation_results.discrete_mig"])
    assert mig["random_gate.sparsity"].tolist() == [.1, .1, .4]
  assert list(csv)[:6] == [
      "model", "name", "run", "random_gate.sparsity", "model.random_seed",
      "random_gate.seed"]


def test_a_column_of_numbers_and_words_is_text():
  files = table.files([{"x": 1.5}, {"x": "@vae()"}, {}])
  assert pd.read_parquet(io.BytesIO(files[".parquet"]))["x"].tolist()[:2] == [
      "1.5", "@vae()"]


@pytest.mark.parametrize("values, read", [
    ([True, .5, 2], ["True", "0.5", "2"]), ([False, 1], ["False", "1"]),
    ([1, .5], [1., .5]), ([True, False], [True, False])])
def test_a_column_has_one_type(values, read):
  """A switch of one model may be a number in another."""
  files = table.files([{"x": value} for value in values])
  assert pd.read_parquet(io.BytesIO(files[".parquet"]))["x"].tolist() == read


@pytest.mark.parametrize("text, expected", [
    ("0.5", .5), ("'a'", "a"), ("[3, 3]", "[3, 3]"), ("True", True),
    ("-9223372036854775807", 1 - 2**63), ("9223372036854775808",) * 2])
def test_cells(text, expected):
  assert table.cell(text) == expected


def test_no_models_have_no_rows():
  assert list(table.rows([])) == []
