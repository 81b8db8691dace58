"""The table at the end of an evaluation."""
import pytest
from support import small_runs

from sparse_disent.report import score_table


def test_table(tmp_path):
  small_runs.write_model(tmp_path, reconstruction_loss=12.25, kl_loss=3.5)
  small_runs.write_metric(tmp_path, "mig", discrete_mig=0.125)
  small_runs.write_metric(tmp_path, "mig", representation="sampled",
                          discrete_mig=-0.0625)
  small_runs.write_metric(
      tmp_path, "look", function="scope/own_metric", brightness=0.0413)
  small_runs.write_metric(
      tmp_path, "irs", IRS=None, IRS_undefined="there is no latent")
  assert score_table.text(tmp_path).splitlines() == [
      f"{'':26}       mean  sampled",
      "Reconstruction loss (nats)      12.25    12.25",
      "KL divergence (nats)            3.500    3.500",
      "MIG                             0.125   \N{MINUS SIGN}0.062",
      "IRS                         undefined",
      "own_metric: brightness          0.041",
      "mean/irs/IRS: there is no latent"]


def test_seeds_of_the_evaluation_are_one_cell(tmp_path):
  for seed, mig in enumerate([0.1, 0.2, 0.3]):
    small_runs.write_seed(tmp_path, "mig", seed, discrete_mig=mig)
  assert score_table.text(tmp_path).splitlines() == [
      f"{'':3}           mean", "MIG  0.200 \N{PLUS-MINUS SIGN} 0.100",
      "Mean \N{PLUS-MINUS SIGN} standard deviation over 3 seeds of the "
      "evaluation."]


def test_another_run_below_is_another_run(tmp_path):
  small_runs.write_metric(tmp_path, "mig", discrete_mig=0.5)
  small_runs.write_metric(tmp_path / "other", "mig", discrete_mig=0.25)
  assert score_table.text(tmp_path).splitlines()[1:] == ["MIG  0.500"]


def test_no_results(tmp_path):
  with pytest.raises(FileNotFoundError, match="is empty. Give the dir"):
    score_table.text(tmp_path)
