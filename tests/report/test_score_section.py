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


def cells(made, label):
  """The cells of each row of a score, without the row's header."""
  return [row[1:] for table in tables(made) for row in table.rows
          if row[0].text == label]


def write(folder, seed, mig, **config):
  small_runs.write_model(
      folder, config={"model.random_seed": str(seed), **config},
      reconstruction_loss=20.0 + seed, other=1.0)
  small_runs.write_metric(folder, "mig", discrete_mig=mig)


def test_one_run_has_values_and_no_charts(tmp_path):
  write(tmp_path, 0, 0.25)
  made = section(tmp_path)
  training, metrics = tables(made)
  assert cells(made, "MIG") == [[blocks.Cell("0.250")]]
  assert training.columns == ["Score", blocks.Cell("Value", "1 run")]
  assert metrics.columns == ["Score", "mean"]
  assert not list(blocks.pictures(made.blocks))
  assert made.blocks[0].text.startswith("One run: nothing here tells")


def test_spread_over_seeds_is_numpys(tmp_path):
  for seed, mig in enumerate(MIGS):
    write(tmp_path / str(seed), seed, mig)
  made = section(tmp_path)
  low, median, high = np.percentile(MIGS, [25, 50, 75])
  assert cells(made, "MIG") == [[
      blocks.Cell(f"{median:.3f}", f"{low:.3f} to {high:.3f}")]]
  assert tables(made)[0].columns[1] == blocks.Cell("Median", "3 runs")
  figures = {figure.name: figure for figure in blocks.pictures(made.blocks)}
  assert set(figures) == {
      "score-training-reconstruction-loss", "score-mean-mig-discrete-mig"}
  alt = figures["score-mean-mig-discrete-mig"].alt
  assert alt == "MIG: A masked_dipvae 0.310, 0.120, 0.250"


def test_models_one_below_the_other(tmp_path):
  for seed, mig in enumerate(MIGS):
    write(tmp_path / f"a{seed}", seed, mig)
  write(tmp_path / "b", 0, 0.5, **{"l0_pair.tau": "1.0"})
  made = section(tmp_path)
  assert [(key, cell.text) for key, cell in cells(made, "MIG")] == [
      ("A", "0.250"), ("B", "0.500")]
  listed = score_section.model_table(models.group(runs.find([tmp_path])))
  assert listed.columns[-1] == blocks.Cell("tau", "l0_pair")
  assert [row[1:] for row in listed.rows] == [
      ["masked_dipvae", "3", "0, 1, 2", "0.1"],
      ["masked_dipvae", "1", "0", "1.0"]]


def test_controls_stand_beside_the_mean(tmp_path):
  small_runs.write_model(tmp_path)
  for name, mig in (("rotated", 0.1), ("permuted", 0.4), ("mean", 0.5)):
    small_runs.write_metric(tmp_path, "mig", representation=name,
                            discrete_mig=mig)
  small_runs.write_metric(tmp_path, "irs", IRS=0.75)
  made = section(tmp_path)
  table, = tables(made)
  assert table.columns[1:] == ["mean", "permuted", "rotated"]
  assert [[cell.text for cell in row] for label in ("MIG", "IRS")
          for row in cells(made, label)] == [
      ["0.500", "0.400", "0.100"], ["0.750", "\N{EN DASH}", "\N{EN DASH}"]]


def test_charts_of_other_representations_are_folded(tmp_path):
  for seed in range(2):
    run = tmp_path / str(seed)
    small_runs.write_model(run, config={"model.random_seed": str(seed)},
                           kl_loss=1.0)
    for name in ("active_mean", "mean"):
      small_runs.write_metric(run, "mig", representation=name,
                              discrete_mig=0.5)
  *_, grid, details = section(tmp_path).blocks
  assert [figure.caption for figure in grid.figures] == [
      "training", "mean/mig"]
  assert details.summary == "Charts of the other representations (1)"
  assert [figure.caption for figure in blocks.pictures([details])] == [
      "active_mean/mig"]


def test_each_representation_has_a_picture_in_any_script(tmp_path):
  for seed in (0, 1):
    run = tmp_path / str(seed)
    small_runs.write_model(run, config={"model.random_seed": str(seed)})
    for name in ("平均", "表現"):
      small_runs.write_metric(run, "mig", representation=name,
                              discrete_mig=0.5 * seed)
  grouped = models.group(runs.find([tmp_path]))
  section = score_section.section(grouped, summary.scores(grouped))
  names = [figure.name for figure in blocks.pictures(section.blocks)]
  assert len(set(names)) == len(names) == 2


def test_tables_of_many_models_are_folded(tmp_path):
  for i in range(61):
    write(tmp_path / str(i), 0, 0.5, **{"l0_pair.tau": str(i)})
  made = section(tmp_path)
  assert not tables(made)
  folded = [block for block in made.blocks if isinstance(block, blocks.Details)]
  assert [details.summary for details in folded[:2]] == [
      "Main scores of the training (61 rows)",
      "Main scores, with a column for each representation (61 rows)"]
  assert [len(details.blocks[0].rows) for details in folded[:2]] == [61, 61]
  # As many dots, one below the other.
  assert folded[2].summary == "Charts of all representations (2)"


def test_metrics_of_one_name_stand_above_their_own(tmp_path):
  for kind in ("trees", "logistic"):
    small_runs.write_metric(
        tmp_path, f"task_{kind}", function="downstream_task",
        **{"100:mean_test_accuracy": 0.5})
  table, = tables(section(tmp_path))
  assert [row[0] for row in table.rows] == [
      blocks.Cell("Accuracy after 100 examples", "task_logistic"),
      blocks.Cell("Accuracy after 100 examples", "task_trees")]


def test_seeds_of_the_evaluation_are_not_runs(tmp_path):
  for run in "ab":
    small_runs.write_model(
        tmp_path / run, config={"model.random_seed": repr(ord(run))},
        kl_loss=1.0)
    for seed, mig in enumerate([0.1, 0.2]):
      small_runs.write_seed(tmp_path / run, "mig", seed, discrete_mig=mig)
    assert cells(section(tmp_path / run), "MIG") == [[
        blocks.Cell("0.150", "\N{PLUS-MINUS SIGN} 0.071")]]
  made = section(tmp_path)
  assert tables(made)[0].columns[1].detail == "2 runs"
  assert cells(made, "MIG") == [[blocks.Cell("0.150", "0.150 to 0.150")]]
  assert any(block.text.startswith("Metrics were measured with up to 2 seeds")
             for block in made.blocks if isinstance(block, blocks.Text))


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
  made = section(tmp_path)
  assert cells(made, "MIG")[0][0].text == text
  assert tables(made)[0].notes == (note,)


def test_a_score_has_no_row_for_a_model_that_lacks_it(tmp_path):
  write(tmp_path / "a", 0, 0.1)
  small_runs.write_model(tmp_path / "b", config={"l0_pair.tau": "2"})
  row, = cells(section(tmp_path), "MIG")
  assert row[-1].text == "0.100"


def test_all_other_numbers_are_folded_away(tmp_path):
  write(tmp_path, 0, 0.25)
  details, = (block for block in section(tmp_path).blocks
              if isinstance(block, blocks.Details))
  table, = details.blocks
  assert [(row[0].text, row[0].detail, row[1].text) for row in table.rows] == [
      ("other", "", "1.000")]


def test_scores_measured_differently_are_marked(tmp_path):
  for seed in (0, 1):
    write(tmp_path / str(seed), seed, 0.1)
    small_runs.write_json(
        tmp_path / str(seed) / "metrics/mean/mig/results/json"
        / "evaluation_config.json", {"mig.num_train": str(seed + 100)})
  assert any(block.text.startswith("Not comparable: mean/mig")
             for block in section(tmp_path).blocks
             if isinstance(block, blocks.Text))
