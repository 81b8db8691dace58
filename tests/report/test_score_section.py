import numpy as np
import pytest
from support import small_runs

from sparse_disent.report import blocks
from sparse_disent.report import score_section
from sparse_disent.results import models
from sparse_disent.results import runs
from sparse_disent.results import summary

MIGS = [0.31, 0.12, 0.25]


def section(folder):
  found = models.group(runs.find([folder]))
  return score_section.section(found, summary.scores(found))


def tables(made):
  return [block for block in made.blocks if isinstance(block, blocks.Table)]


def cells(table, label):
  row, = (row for row in table.rows if row[0].text == label)
  return row[1:]


def write(folder, seed, mig, **config):
  small_runs.write_model(
      folder, config={"model.random_seed": str(seed), **config},
      reconstruction_loss=20.0 + seed, other=1.0)
  small_runs.write_metric(folder, "mig", discrete_mig=mig)


def test_one_run_has_values_and_no_charts(tmp_path):
  write(tmp_path, 0, 0.25)
  made = section(tmp_path)
  table, = tables(made)
  assert [cell.text for cell in cells(table, "MIG")] == ["0.250"]
  assert table.columns[1] == blocks.Cell("Value", "1 run")
  assert not list(blocks.pictures(made.blocks))
  assert made.blocks[0].text.startswith("One run: nothing here tells")


def test_spread_over_seeds_is_numpys(tmp_path):
  for seed, mig in enumerate(MIGS):
    write(tmp_path / str(seed), seed, mig)
  made = section(tmp_path)
  cell, = cells(tables(made)[0], "MIG")
  low, median, high = np.percentile(MIGS, [25, 50, 75])
  assert cell.text == f"{median:.3f}"
  assert cell.detail == f"{low:.3f} to {high:.3f}"
  assert tables(made)[0].columns[1] == blocks.Cell("Median", "3 runs")
  figures = {figure.name: figure for figure in blocks.pictures(made.blocks)}
  assert set(figures) == {
      "score-training-reconstruction-loss", "score-mean-mig-discrete-mig"}
  alt = figures["score-mean-mig-discrete-mig"].alt
  assert alt == "MIG: A masked_dipvae 0.310, 0.120, 0.250"


def test_models_side_by_side(tmp_path):
  for seed, mig in enumerate(MIGS):
    write(tmp_path / f"a{seed}", seed, mig)
  write(tmp_path / "b", 0, 0.5, **{"l0_pair.tau": "1.0"})
  made = section(tmp_path)
  assert [cell.text for cell in cells(tables(made)[0], "MIG")] == [
      "0.250", "0.500"]
  assert tables(made)[0].columns[1:] == [
      blocks.Cell("A", "masked_dipvae, 3 runs"),
      blocks.Cell("B", "masked_dipvae, 1 run")]
  listed = score_section.model_table(models.group(runs.find([tmp_path])))
  assert listed.columns[-1] == blocks.Cell("tau", "l0_pair")
  assert [row[1:] for row in listed.rows] == [
      ["masked_dipvae", "3", "0, 1, 2", "0.1"],
      ["masked_dipvae", "1", "0", "1.0"]]


def test_many_models_are_rows(tmp_path):
  for i in range(6):
    write(tmp_path / str(i), 0, i / 10, **{"l0_pair.tau": str(i)})
  table = tables(section(tmp_path))[0]
  assert table.columns[0] == "Model"
  assert [cell.text for cell in table.columns[1:]] == [
      "Reconstruction loss (nats)", "MIG"]
  assert [row[0].text for row in table.rows] == list("ABCDEF")
  assert [row[2].text for row in table.rows][:2] == ["0.000", "0.100"]


@pytest.mark.parametrize("values, text, note", [
    ([None, None], "undefined (1)", "no latent is active"),
    ([None, 0.5], "0.500 (1)", "1 of 2 runs: no latent is active")])
def test_undefined_scores_say_why(tmp_path, values, text, note):
  for seed, value in enumerate(values):
    small_runs.write_model(
        tmp_path / str(seed), config={"model.random_seed": str(seed)})
    reason = {} if value is not None else {
        "discrete_mig_undefined": "no latent is active"}
    small_runs.write_metric(
        tmp_path / str(seed), "mig", discrete_mig=value, **reason)
  table, = tables(section(tmp_path))
  assert cells(table, "MIG")[0].text == text
  assert table.notes == (note,)


def test_a_score_that_a_model_lacks_is_a_dash(tmp_path):
  write(tmp_path / "a", 0, 0.1)
  small_runs.write_model(tmp_path / "b", config={"l0_pair.tau": "2"})
  assert [cell.text for cell in cells(tables(section(tmp_path))[0], "MIG")] == [
      "0.100", "\u2013"]


def test_all_other_numbers_are_folded_away(tmp_path):
  write(tmp_path, 0, 0.25)
  details, = (block for block in section(tmp_path).blocks
              if isinstance(block, blocks.Details))
  table, = details.blocks
  assert [(row[0].text, row[0].detail, row[1].text) for row in table.rows] == [
      ("other", "training", "1.000")]


def test_scores_measured_differently_are_marked(tmp_path):
  for seed in (0, 1):
    write(tmp_path / str(seed), seed, 0.1)
    small_runs.write_json(
        tmp_path / str(seed) / "metrics/mean/mig/results/json"
        / "evaluation_config.json", {"mig.num_train": str(seed + 100)})
  assert any(block.text.startswith("Not comparable: mean/mig")
             for block in section(tmp_path).blocks
             if isinstance(block, blocks.Text))
