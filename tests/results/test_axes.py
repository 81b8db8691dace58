import pathlib

import pytest

from sparse_disent.results import axes
from sparse_disent.results import models
from sparse_disent.results import runs


def group(*configs):
  return models.group([
      runs.Run(pathlib.Path(str(i)), config=config)
      for i, config in enumerate(configs)])


def grid(sparsities=(".1", ".4", ".7"), betas=("1.", "4.")):
  return group(*(
      {"random_gate.sparsity": sparsity, "vae.beta": beta,
       "random_gate.seed": seed, "model.random_seed": seed}
      for sparsity in sparsities for beta in betas for seed in "01"))


def test_each_setting_of_a_grid_is_an_axis():
  sparsity, beta = axes.of_models(grid())
  assert (sparsity.name, sparsity.lines_by) == (
      "random_gate.sparsity", "vae.beta")
  assert sparsity.panels == {"": [
      axes.Line("beta 1", 0, ((.1, 0), (.4, 2), (.7, 4))),
      axes.Line("beta 4", 1, ((.1, 1), (.4, 3), (.7, 5)))]}
  assert [line.label for line in beta.panels[""]] == [
      "sparsity 0.1", "sparsity 0.4", "sparsity 0.7"]


def test_one_setting_makes_one_line():
  axis, = axes.of_models(grid(betas=("1.",)))
  assert axis.lines_by == ""
  assert axis.panels == {"": [axes.Line("", 0, ((.1, 0), (.4, 1), (.7, 2)))]}


@pytest.mark.parametrize("betas, log", [
    (("1.", "64."), True), (("10.", "64."), False), (("0.", "64."), False)])
def test_values_over_decades_are_logarithmic(betas, log):
  axis, = axes.of_models(grid(sparsities=(".1",), betas=betas))
  assert axis.log is log


def test_text_is_no_axis_but_tells_lines_apart():
  axis, = axes.of_models(group(*(
      {"model.model": model, "vae.beta": beta}
      for model in ("@vae()", "@dip_vae()") for beta in ("1.", "2."))))
  assert [line.label for line in axis.panels[""]] == [
      "model dip_vae", "model vae"]


def test_settings_that_vary_together_are_no_axes():
  assert axes.of_models(group(
      {"l0_pair.tau": ".1", "l0_pair.temperature": ".05"},
      {"l0_pair.tau": "1.", "l0_pair.temperature": ".67"})) == []


DRAWN = [("@vae()", ".0001", "1."), ("@vae()", ".0003", "2."),
         ("@vae()", ".0007", "8."), ("@vae()", ".001", "4."),
         ("@vae()", ".002", "3."), ("@dip_vae()", ".0002", "5."),
         ("@dip_vae()", ".0004", "6.")]


def test_settings_that_are_drawn_have_values_of_their_own_each():
  """Upstream's models have five draws and two; two are too few for a chart."""
  drawn = axes.of_models(group(*(
      {"model.model": model, "AdamOptimizer.learning_rate": rate,
       "vae.beta": beta, "model.random_seed": seed}
      for model, rate, beta in DRAWN for seed in "01")))
  assert [(axis.name, axis.is_joined, axis.lines_by) for axis in drawn] == [
      ("AdamOptimizer.learning_rate", False, ""), ("vae.beta", False, "")]
  assert drawn[0].panels[""] == [axes.Line(
      "", 0, ((1e-4, 0), (3e-4, 1), (7e-4, 2), (1e-3, 3), (2e-3, 4)))]
  assert drawn[0].log


def test_a_search_over_models_with_settings_of_their_own():
  """As `recipes`: all draw a learning rate, each a weight of its own."""
  rate, *others = axes.of_models(group(*(
      {"model.model": f"@{model}()", f"{model}.weight": f"{weight}.5",
       "AdamOptimizer.learning_rate": f".00{weight}{i}"}
      for i, model in enumerate(("vae", "dip_vae"))
      for weight in range(1, 7))))
  assert (rate.name, rate.is_joined, rate.lines_by) == (
      "AdamOptimizer.learning_rate", False, "model.model")
  assert {line.label: len(line.models) for line in rate.panels[""]} == {
      "model vae": 6, "model dip_vae": 6}
  assert [(axis.name, axis.is_joined) for axis in others] == [
      ("dip_vae.weight", False), ("vae.weight", False)]


def test_models_without_a_setting_are_on_no_line():
  axis, = axes.of_models(group(
      {"vae.beta": "1."}, {"vae.beta": "4."}, {"dip_vae.lambda_od": "1."}))
  assert axis.panels[""][0].models == ((1., 0), (4., 1))


def test_a_third_setting_makes_panels():
  sparsity, *_ = axes.of_models(group(*(
      {"random_gate.sparsity": s, "vae.beta": b, "encoder.num_latent": n}
      for s in (".1", ".4") for b in ("1.", "4.", "8.") for n in ("10", "16"))))
  # Settings are sorted by name: encoder.num_latent is the first axis.
  assert sparsity.name == "encoder.num_latent"
  assert (sparsity.lines_by, list(sparsity.panels)) == (
      "vae.beta", ["sparsity 0.1", "sparsity 0.4"])


def test_no_models_and_no_variation():
  assert axes.of_models([]) == axes.of_models(group({"vae.beta": "1."})) == []
