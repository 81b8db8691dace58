from support import small_runs

from sparse_disent.report import latents
from sparse_disent.results import runs


def found(tmp_path):
  run, = runs.find([tmp_path])
  return [(latent.index, latent.kl, latent.pruned, latent.variance)
          for latent in latents.of_run(run)]


def test_of_pictures(tmp_path):
  small_runs.write_model(tmp_path)
  small_runs.write_pictures(tmp_path, rows=[
      *small_runs.ROWS, small_runs.row("class", [4, 5], 1.0, values=[0, 1])])
  assert found(tmp_path) == [
      (2, 2.25, False, None), (0, 0.5, False, None), (3, 0.125, False, None),
      (1, 0.0, True, None)]


def test_the_metric_comes_before_pictures(tmp_path):
  small_runs.write_model(tmp_path)
  small_runs.write_pictures(tmp_path)
  small_runs.write_metric(
      tmp_path, "active_latents", kl=[0.0, 3.0, 0.0],
      variance_of_mean=[0.0, 0.5, 0.01], pruned_latents=[0])
  assert found(tmp_path) == [
      (1, 3.0, False, 0.5), (2, 0.0, False, 0.01), (0, 0.0, True, 0.0)]


def test_unknown(tmp_path):
  small_runs.write_model(tmp_path)
  assert found(tmp_path) == []
