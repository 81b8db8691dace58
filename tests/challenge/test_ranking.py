import json

import pytest
from support import small_challenge

from sparse_disent.challenge import ranking


def test_mean_ranks_by_hand():
  # Columns: 3 > 2 > 1; a tie for first; undefined behind all numbers.
  ranks = ranking.mean_ranks([[1., 5., -1.], [2., 5., None], [3., 4., 0.]])
  assert ranks == pytest.approx(
      [(3 + 1.5 + 2) / 3, (2 + 1.5 + 3) / 3, (1 + 3 + 1) / 3])


def test_float_noise_is_a_tie():
  """One model graded by its hub module and by python_model.dill."""
  scores = [.641, .553, .021, .0873, .427]
  noisy = [.641 + 2e-4, .553, .021 - 1e-9, .0873 + 1e-7, .427 - 3e-4]
  assert ranking.mean_ranks([scores, noisy]).tolist() == [1.5, 1.5]
  assert ranking.mean_ranks([scores, noisy, [.5] * 5]).tolist() == [
      pytest.approx(rank) for rank in (
          [(1.5 + 1.5 + 2.5 + 2.5 + 2.5) / 5] * 2
          + [(3 + 3 + 1 + 1 + 1) / 5])]


def test_ties_do_not_form_chains():
  """Each is within .001 of the next, and the last is not of the first."""
  ranks = ranking.mean_ranks([[.5], [.4994], [.4988], [.4982]])
  assert ranks.tolist() == [1.5, 1.5, 3.5, 3.5]
  ranks = ranking.mean_ranks([[None], [.0005], [None], [0.]])
  assert ranks.tolist() == [3.5, 1.5, 3.5, 1.5]


@pytest.mark.parametrize("best", [.501, .8, .3, .1002])
def test_five_test_points_of_5000_are_a_tie(best):
  """As decimals they differ by .001, as float64 by a little more."""
  points = round(5000 * best)
  assert ranking.mean_ranks([
      [points / 5000], [(points - 5) / 5000]]).tolist() == [1.5, 1.5]
  assert ranking.mean_ranks([
      [points / 5000], [(points - 6) / 5000]]).tolist() == [1., 2.]


def test_a_damaged_run_is_left_out(tmp_path):
  runs = [small_challenge.write_scores(tmp_path / name, [.5] * 5)
          for name in ("a", "b", "c")]
  path, = (tmp_path / "c").rglob("mig/results/aggregate/evaluation.json")
  path.write_text("[]")
  *_, note, last = ranking.table(runs).splitlines()
  assert note == ranking.NOTE
  assert last.startswith(f"left out: '{path}' must hold a JSON object")
  with pytest.raises(ValueError, match="Fewer than two runs .*'.*mig"):
    ranking.table(runs[1:])


def test_table_is_sorted_and_says_whose_rank_it_is(tmp_path):
  good, bad = (
      small_challenge.write_scores(tmp_path / name, values)
      for name, values in (("good", [.9, .9, .9, .9, .1]),
                           ("bad", [.5, .5, .5, None, .5])))
  header, first, second, note = ranking.table([bad, good]).splitlines()
  assert header.split() == ["run", "mean", "rank", "dci", "factor_vae_metric",
                            "sap_score", "mig", "irs"]
  assert first.split() == [good, "1.20", *["0.900000"] * 4, "0.100000"]
  assert second.split() == [bad, "1.80", *["0.500000"] * 3, "undefined",
                            "0.500000"]
  assert "scores within 0.001 of the best of them share a rank" in note
  assert "sparse_disent's own, not the challenge's" in note


def test_other_data_cannot_be_compared(tmp_path):
  one = small_challenge.write_scores(tmp_path / "one", [.5] * 5)
  two = small_challenge.write_scores(tmp_path / "two", [.5] * 5, "cars3d")
  with pytest.raises(ValueError, match=(
      "cannot be ranked: for dci they have dataset.name = 'cars3d' and "
      "'dsprites_full'")):
    ranking.table([one, two])


def test_seeds_paths_and_names_do_not_hinder(tmp_path):
  for name in ("one", "two"):
    small_challenge.write_scores(tmp_path / name, [.5] * 5)
    path, = (tmp_path / name).rglob("mig/results/aggregate/evaluation.json")
    path.write_text(json.dumps({
        **json.loads(path.read_text()),
        "evaluation_config.evaluation.random_seed": str(len(name)),
        "evaluation_config.mine.seed": name,
        "evaluation_config.evaluation.name": f"'{name}'",
        "evaluation_config.mine.model_dir": f"'{path}'"}))
  assert "1.50" in ranking.table([str(tmp_path / "one"), str(tmp_path / "two")])


@pytest.mark.parametrize("runs", [
    [], ["a"], ["a", "a"], ["a", "./a/"], ["a", "b", "a/"]])
def test_one_run_has_no_rank(runs):
  with pytest.raises(ValueError, match="two runs or more, each once"):
    ranking.table(runs)
