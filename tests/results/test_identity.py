import pytest

from sparse_disent.results import identity


@pytest.mark.parametrize("parameter", [
    "model.random_seed", "random_gate.seed", "a/random_gate.seed",
    "evaluation.random_seed", "postprocess.random_seed",
    "run_config.tf_random_seed", "ticket_gate.path", "connectivity.model_dir",
    "reconstruction.model_dir", "mine.weights_path", "model.name",
    "model.model_num", "evaluation.name", "postprocess.name",
    "run_config.keep_checkpoint_max", "run_config.log_step_count_steps"])
def test_seeds_paths_and_names_are_free(parameter):
  assert identity.is_free(parameter)


@pytest.mark.parametrize("parameter", [
    "vae.beta", "dataset.name", "dataset.path", "model.training_steps",
    "model.eval_steps", "mine.seeds", "mine.seeding", "mine.pathway",
    "mine.direction", "rotated_representation.angle_degrees"])
def test_all_else_is_not(parameter):
  assert not identity.is_free(parameter)


@pytest.mark.parametrize("name, expected", [
    ("a/random_gate.seed", True), ("model.random_seed", True),
    ("connectivity.model_dir", False), ("vae.beta", False),
    ("model.seed_images", False)])
def test_seeds_are_known_by_their_names(name, expected):
  assert identity.is_seed(name) == expected


def test_key():
  one = {"vae.beta": "1.0", "model.random_seed": "0", "x.path": "'a'"}
  other = {"vae.beta": "1.0", "model.random_seed": "1", "x.seed": "3"}
  assert identity.key(one) == identity.key(other)
  assert identity.key(one) != identity.key({**one, "vae.beta": "2.0"})


def test_settings_that_differ():
  assert identity.differing([
      {"vae.beta": "1.0", "model.name": "'a'"},
      {"vae.beta": "4.0", "model.name": "'b'", "l0_pair.tau": "1.0"},
  ]) == ["l0_pair.tau", "vae.beta"]


@pytest.mark.parametrize("text, expected", [
    ("0.5", 0.5), ("'a'", "a"), ("[3, 3]", [3, 3]), ("@vae()", "@vae()"),
    (None, None)])
def test_values(text, expected):
  assert identity.value(text) == expected


def test_gin_values_in_any_scope():
  config = {"x/vae.beta": "4.0", "model.model": "@vae()"}
  assert identity.bound(config, "vae.beta") == 4.0
  assert identity.bound(config, "model.model") == "@vae()"
  assert identity.bound(config, "model.name", "none") == "none"
