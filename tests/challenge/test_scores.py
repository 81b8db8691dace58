import pytest
from support import small_challenge

from sparse_disent.challenge import scores


def test_scores_are_read_in_the_kits_order(tmp_path):
  run = small_challenge.write_scores(tmp_path, [0.1, 0.2, 0.3, None, 0.5])
  assert list(scores.read(run).items()) == [
      ("dci", 0.1), ("factor_vae_metric", 0.2), ("sap_score", 0.3),
      ("mig", None), ("irs", 0.5)]
  assert scores.read(run, ["irs", "dci"]) == {"dci": 0.1, "irs": 0.5}


def test_text():
  assert scores.text({"dci": 0.25, "mig": None}).splitlines() == [
      "dci  evaluation_results.disentanglement  0.250000",
      "mig  evaluation_results.discrete_mig     undefined"]


def test_ungraded(tmp_path):
  with pytest.raises(FileNotFoundError, match=(
      "has no score of dci: .*sparse-disent challenge grade")):
    scores.read(str(tmp_path))


@pytest.mark.parametrize("text, reason", [
    ("{", "is not JSON"), ("{}", "has no evaluation_results.disentanglement")])
def test_broken_file(tmp_path, text, reason):
  run = small_challenge.write_scores(tmp_path, [0.1] * 5)
  (tmp_path / "metrics/dci/results/aggregate/evaluation.json").write_text(text)
  with pytest.raises(ValueError, match=reason):
    scores.read(run)


def test_nan_is_undefined(tmp_path):
  """Upstream's metrics, as the starter kit runs them, write NaN."""
  run = small_challenge.write_scores(
      tmp_path, [0.1, float("nan"), 1, float("inf"), 0.5])
  assert list(scores.read(run).values()) == [0.1, None, 1, None, 0.5]


@pytest.mark.parametrize("value", ["0.5", True, [0.5]])
def test_a_score_is_a_number(tmp_path, value):
  run = small_challenge.write_scores(tmp_path, [value, *[0.1] * 4])
  with pytest.raises(ValueError, match="disentanglement of '.*' must be a num"):
    scores.read(run)
