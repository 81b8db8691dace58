import pytest
from support import study_work

from sparse_disent.study import definition


def test_bindings_are_those_of_upstreams_hyperparams():
  study = definition.Study(
      "gates", "a.gin", [{
          "channel_mask.gate": "@l1_gate()", "model.name": "dense",
          "sparse_vae.groups": [3, 3], "vae.beta": 4.}], protocol="p")
  assert study.model_bindings(0) == [
      "channel_mask.gate = @l1_gate()", "model.name = 'dense'",
      "sparse_vae.groups = [3, 3]", "vae.beta = 4.0"]


def test_models_beyond_the_last_are_named():
  with pytest.raises(ValueError, match="has no model 3: its numbers go from 0"):
    study_work.study(3).settings(3)


def test_a_study_without_models_is_refused():
  with pytest.raises(ValueError, match="has no models"):
    study_work.study(0)


def test_two_models_in_one_folder_are_refused():
  models = [{"vae.beta": beta} for beta in (1., 2., 3.)]
  with pytest.raises(ValueError, match="folder, 'odd', for the models 0 and 2"):
    definition.Study("s", "a.gin", models, protocol="p",
                     folder=lambda number: "even" if number % 2 else "odd")


def test_varied_lists_what_models_differ_in():
  study = definition.Study("s", "a.gin", [
      {"vae.beta": 1., "model.name": "a", "random_gate.sparsity": .5},
      {"vae.beta": 4., "model.name": "a"}], protocol="p")
  assert study.varied() == {"vae.beta": [1., 4.], "random_gate.sparsity": [.5]}


def test_each_model_gets_each_seed_in_all_parameters():
  models = definition.with_seeds(
      [{"a.b": 1}, {"a.b": 2}], range(2),
      ["model.random_seed", "random_gate.seed"])
  assert models == [
      {"a.b": b, "model.random_seed": seed, "random_gate.seed": seed}
      for b in (1, 2) for seed in (0, 1)]


@pytest.mark.parametrize(("text", "expected"), [
    ("3", [3]), ("0:3", [0, 1, 2]), (":2", [0, 1]), ("8:", [8, 9]),
    ("0:2,7", [0, 1, 7]), ("8:40", [8, 9])])
def test_numbers(text, expected):
  assert list(definition.numbers(text, 10)) == expected


@pytest.mark.parametrize("text", ["10", "3:1", "a", "-1", "", "10:12", "1:b"])
def test_numbers_that_there_are_not(text):
  with pytest.raises(ValueError, match="--models"):
    list(definition.numbers(text, 10))


@pytest.mark.parametrize(("name", "value"), [
    ("cpus", 0), ("gpus", -1), ("hours", "2"), ("memory_gb", None)])
def test_resources_are_checked(name, value):
  with pytest.raises(ValueError, match=f"{name} of a study"):
    definition.Resources(**{name: value})


def test_the_folder_of_another_model_is_where_dlib_reproduce_puts_it():
  study = definition.Study(
      "s", "a.gin", [{"vae.beta": 1.}, {
          "vae.beta": 1., "ticket_gate.path": definition.ModelOf(0)}],
      protocol="p")
  assert study.model_bindings(1)[1] == "ticket_gate.path = 'output/s/0/model'"
  assert study.sources(0) == {}
  assert study.sources(1) == {"ticket_gate.path": 0}
  assert study.varied() == {}
