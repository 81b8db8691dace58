"""Scores that change with the number of constant latents, and who is told."""
import pytest
from support import small_runs

from sparse_disent.report import blocks
from sparse_disent.report import constants
from sparse_disent.report import score_section
from sparse_disent.report import score_table
from sparse_disent.results import models
from sparse_disent.results import runs
from sparse_disent.results import summary

REST = ("Compare on active_mean, which leaves constants out.")


def write(run, variances=None, *, config=(), representation="mean",
          postprocess="mean_representation"):
  """A run with the three scores, and with known variances of the means."""
  small_runs.write_model(run, config=dict(config))
  for function, score in (("dci", "completeness"),
                          ("modularity_explicitness", "modularity_score"),
                          ("unsupervised_metrics", "mutual_info_score")):
    small_runs.write_metric(run, function, representation=representation,
                            **{score: 0.5})
    small_runs.write_json(
        run / "metrics" / representation / function / "results/json"
        / "postprocess_config.json",
        {"postprocess.postprocess_fn": f"@{postprocess}"})
  if variances is not None:
    small_runs.write_metric(
        run, "active_latents", kl=[1.0] * len(variances), pruned_latents=[],
        variance_of_mean=variances)
  return run


def remarks(*paths):
  return constants.remarks(models.group(runs.find(paths)))


@pytest.mark.parametrize("function, name, changes", [
    ("dci", "completeness", True), ("dci", "disentanglement", False),
    ("modularity_explicitness", "modularity_score", True),
    ("unsupervised_metrics", "mutual_info_score", True), ("mig", "x", False)])
def test_scores_that_constant_latents_change(function, name, changes):
  assert constants.changes(
      summary.Score("mean", "m", name, None, function)) == changes


def test_runs_that_differ(tmp_path):
  """A latent of small variance is not constant."""
  one = write(tmp_path / "one", [0.5, 0.0, 1e-9, 0.0])
  two = write(tmp_path / "two", [0.5, 0.3, 0.2, 0.1],
              config={"l0_pair.tau": "0.2"})
  three = write(tmp_path / "three", config={"l0_pair.tau": "0.3"})
  remark, = remarks(one, two, three)
  assert "Modularity" in remark and "DCI completeness" in remark
  assert remark.endswith(
      "change with the number of constant latents alone, here A 2; B 0; "
      f"C unknown. {REST}")


def test_seeds_that_differ(tmp_path):
  for seed, variances in enumerate(
      ([0.5, 0.0, 0.0], [0.5, 0.1, 0.1], [0.5, 0.1, 0.0])):
    write(tmp_path / str(seed), variances,
          config={"model.random_seed": str(seed)})
  remark, = remarks(tmp_path)
  assert "alone, here 0 to 2. Compare" in remark


def test_pictures_tell_which_latents_are_pruned(tmp_path):
  small_runs.write_pictures(write(tmp_path / "run"))  # Latent 1 is.
  assert "alone, here 1. Compare" in remarks(tmp_path / "run")[0]
  (tmp_path / "run/pictures/pictures.json").write_text("damaged")
  assert not remarks(tmp_path / "run")


@pytest.mark.parametrize("how", [
    {"variances": [0.5, 0.3]}, {},
    {"variances": [0.5, 0.0], "representation": "pruned_away",
     "postprocess": "active_mean_representation"}])
def test_no_remark_where_there_are_no_constants(tmp_path, how):
  assert not remarks(write(tmp_path / "run", **how))


def test_no_remark_about_other_scores(tmp_path):
  small_runs.write_model(tmp_path)
  small_runs.write_metric(tmp_path, "mig", discrete_mig=0.5)
  small_runs.write_metric(tmp_path, "active_latents", kl=[1.0, 0.0],
                          pruned_latents=[1], variance_of_mean=[1.0, 0.0])
  assert not remarks(tmp_path)


def test_the_report_says_it_beside_the_scores(tmp_path):
  write(tmp_path, [0.5, 0.0])
  found = models.group(runs.find([tmp_path]))
  made = score_section.section(found, summary.scores(found))
  table = next(block for block in made.blocks
               if isinstance(block, blocks.Table))
  names = [row[0].text for row in table.rows]
  assert {"Modularity (1)", "DCI completeness (1)",
          "Mutual information of latents (nats) (1)"} == set(names)
  assert table.notes == (constants.NOTE,)
  assert remarks(tmp_path)[0] in [
      block.text for block in made.blocks if isinstance(block, blocks.Text)]


def test_the_table_of_an_evaluation_says_it(tmp_path):
  write(tmp_path, [0.5, 0.0])
  assert score_table.text(tmp_path).splitlines()[-1] == remarks(tmp_path)[0]
