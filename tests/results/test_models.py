import pathlib

from sparse_disent.results import models
from sparse_disent.results import runs


def make_run(name, **config):
  return runs.Run(pathlib.Path(name), config={
      "model.name": "'vae'", "model.random_seed": "0", "vae.beta": "1.0",
      **{key.replace("__", "."): value for key, value in config.items()}})


def test_seeds_of_one_configuration_are_one_model():
  found = models.group([
      make_run("c", model__random_seed="10"), make_run("a"),
      make_run("b", model__random_seed="2", model__model_num="7",
               ticket_gate__path="'seed_2'")])
  assert len(found) == 1
  model, = found
  assert (model.key, model.name, model.settings) == ("A", "vae", {})
  assert [run.seed for run in model.runs] == [0, 2, 10]


def test_models_say_what_tells_them_apart():
  found = models.group([
      make_run("a"), make_run("b", vae__beta="4.0"),
      make_run("c", model__name="'other'", l0_pair__tau="0.1")])
  assert [(model.key, model.name) for model in found] == [
      ("A", "vae"), ("B", "vae"), ("C", "other")]
  assert [model.settings for model in found] == [
      {"l0_pair.tau": "unset", "vae.beta": "1.0"},
      {"l0_pair.tau": "unset", "vae.beta": "4.0"},
      {"l0_pair.tau": "0.1", "vae.beta": "1.0"}]


def test_parts_that_some_models_lack_are_not_told_in_full():
  found = models.group([
      make_run("a"), make_run("b", vae__beta="4.0"),
      make_run("c", model__name="'other'", l0_pair__tau="0.1")])
  assert models.telling(found) == ["vae.beta"]


def test_parts_are_told_in_full_where_nothing_else_tells_models_apart():
  found = models.group([make_run("a"), make_run("b", l0_pair__tau="0.1")])
  assert models.telling(found) == ["l0_pair.tau"]


def test_runs_of_unknown_configuration_are_not_pooled():
  found = models.group([runs.Run(pathlib.Path("x/a")),
                        runs.Run(pathlib.Path("x/b"))])
  assert [model.name for model in found] == ["a", "b"]


def test_letters_go_on_after_z():
  found = models.group([make_run(str(i), vae__beta=str(i)) for i in range(54)])
  keys = [model.key for model in found]
  assert keys[25:28] == ["Z", "AA", "AB"] and keys[51:53] == ["AZ", "BA"]


def test_first_run_that_has_something():
  model, = models.group([make_run("a"), make_run("b", model__random_seed="1")])
  assert model.first(lambda run: run.seed) == (model.runs[1], 1)
  assert model.first(lambda run: []) == (None, None)
  assert model.which(model.runs[1]) == "Shown is the run b, seed 1."


def test_a_single_run_needs_no_name():
  model, = models.group([make_run("a")])
  assert model.which(model.runs[0]) == ""


def test_six_runs_of_three_sparsities_are_three_models():
  """Each seed has a mask, a place and a name of its own."""
  found = models.group([
      make_run(f"{sparsity}/{seed}", model__random_seed=str(seed),
               model__name=f"'run {seed}'", model__model_num=str(seed),
               random_gate__seed=str(seed), random_gate__sparsity=sparsity,
               mine__model_dir=f"'{sparsity}/{seed}'")
      for sparsity in (".1", ".4", ".7") for seed in (1, 0)])
  assert [len(model.runs) for model in found] == [2, 2, 2]
  assert [model.settings for model in found] == [
      {"random_gate.sparsity": sparsity} for sparsity in (".1", ".4", ".7")]
  assert {model.name for model in found} == {"run 0"}  # Of the lowest seed.
