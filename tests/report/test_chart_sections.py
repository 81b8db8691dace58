import math

import numpy as np
import pytest
from support import small_runs

from sparse_disent.report import blocks
from sparse_disent.report import chart_sections
from sparse_disent.results import models
from sparse_disent.results import runs


def group(folder):
  return models.group(runs.find([folder]))


def figures(section):
  return {figure.name: figure for figure in blocks.pictures(section.blocks)}


def test_nothing_to_show(tmp_path):
  small_runs.write_model(tmp_path, loss=1.0)
  assert not chart_sections.training(group(tmp_path))
  assert not chart_sections.prefixes(group(tmp_path))


def test_curves_of_all_that_was_logged(tmp_path):
  small_runs.write_all(tmp_path)
  found = figures(chart_sections.training(group(tmp_path)))
  assert list(found) == [
      "training-reconstruction-loss", "training-kl-loss",
      "training-active-latents", "training-gates", "training-densities"]
  assert found["training-kl-loss"].alt == (
      "KL divergence over training steps: masked_dipvae from 0.010 to 5.010 at "
      "step 501")
  assert found["training-gates"].alt.endswith(
      "at step 501 1 closed, 2 partly open and 1 open (above 0.9)")
  assert found["training-gates"].caption.startswith(
      "Closed is a gate of 0, open one above 0.9, and partly open one between.")
  assert found["training-densities"].alt.endswith(
      "encoder/e2 0.50, decoder/d3 0.75")


def test_curves_are_medians_over_seeds(tmp_path):
  for seed in range(3):
    small_runs.write_model(tmp_path / str(seed),
                           config={"model.random_seed": str(seed)})
    small_runs.write_events(tmp_path / str(seed), {
        1: {"kl_loss": [1.0, 2.0, 9.0][seed]}, 101: {"kl_loss": 4.0 + seed}})
  found = figures(chart_sections.training(group(tmp_path)))
  assert found["training-kl-loss"].alt.endswith(
      "from 2.000 to 5.000 at step 101")


def test_each_model_has_its_own_gates(tmp_path):
  for tau in "12":
    small_runs.write_model(tmp_path / tau, config={"l0_pair.tau": tau})
    small_runs.write_events(tmp_path / tau, {1: {
        "density/encoder/e2": 0.5, "gates": ([0.0, 1e-12, 1.0], [0, 1, 1])}})
  found = figures(chart_sections.training(group(tmp_path)))
  assert list(found) == [
      "training-gates-A", "training-gates-B", "training-densities-A",
      "training-densities-B"]


def test_steps_that_are_not_finite_are_left_out(tmp_path):
  small_runs.write_model(tmp_path)
  small_runs.write_events(tmp_path, {
      1: {"kl_loss": 1.0}, 2: {"kl_loss": float("nan")}})
  found = figures(chart_sections.training(group(tmp_path)))
  assert found["training-kl-loss"].alt.endswith("to 1.000 at step 1")


def test_steps_that_all_runs_have():
  steps, values = chart_sections.common([
      {1: 1.0, 2: 2.0, 3: 3.0}, {2: 5.0, 3: 6.0, 4: 7.0}])
  np.testing.assert_array_equal(steps, [2, 3])
  np.testing.assert_array_equal(values, [[2, 3], [5, 6]])


@pytest.mark.parametrize("count, drawn", [(400, 400), (401, 201), (5000, 385)])
def test_long_curves_are_thinned_out(count, drawn):
  steps, values = chart_sections.common([{i: 2.0 * i for i in range(count)}])
  assert len(steps) == drawn
  np.testing.assert_array_equal(values[0], 2.0 * steps)


def test_losses_of_prefixes(tmp_path):
  for seed in range(3):
    small_runs.write_all(tmp_path / str(seed), seed=seed)
  section = chart_sections.prefixes(group(tmp_path))
  table, = (block for block in section.blocks
            if isinstance(block, blocks.Table))
  (_, first, second), = table.rows
  assert table.columns == ["Groups decoded", "1", "1 to 2"]
  assert (first.text, second.text) == ("40.00", "21.00")
  assert second.detail == "20.50 to 21.50"


def test_a_run_whose_losses_are_not_finite_is_no_part_of_a_curve(tmp_path):
  """As of a training that has diverged, beside others that have not."""
  losses = {("1", 0): 30.0, ("1", 1): 20.0, ("2", 0): 12.0, ("2", 1): math.nan}
  for (beta, seed), loss in losses.items():
    small_runs.write_model(
        tmp_path / f"{beta}{seed}",
        config={"vae.beta": beta, "model.random_seed": str(seed)},
        reconstruction_loss_prefix_1=40.0, reconstruction_loss_prefix_2=loss)
  section = chart_sections.prefixes(group(tmp_path))
  assert figures(section)["prefixes"].alt.endswith(
      "masked_dipvae 40.00, 25.00; masked_dipvae 40.00, 12.00")
  assert section.blocks[0].text.endswith("left out: 1 run.")


def test_the_metric_comes_before_the_training(tmp_path):
  small_runs.write_all(tmp_path)
  small_runs.write_metric(
      tmp_path, "reconstruction", prefix_losses=[30.0, 25.0, 15.0])
  section = chart_sections.prefixes(group(tmp_path))
  assert figures(section)["prefixes"].alt.endswith("30.00, 25.00, 15.00")


def test_a_model_without_groups_has_no_prefixes(tmp_path):
  small_runs.write_model(tmp_path)
  small_runs.write_metric(tmp_path, "reconstruction", prefix_losses=[15.0])
  assert not chart_sections.prefixes(group(tmp_path))
