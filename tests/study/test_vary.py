import pytest

from sparse_disent.study import definition
from sparse_disent.study import vary


@pytest.fixture
def gin_file(tmp_path):
  path = tmp_path / "gate.gin"
  path.write_text("model.random_seed = 0\nrandom_gate.seed = 0\nvae.beta = 1.")
  return str(path)


@pytest.mark.parametrize(("text", "expected"), [
    ("vae.beta=1,4.5", ("vae.beta", [1, 4.5])),
    ("sparse_vae.groups=[3,3],[2,4]", ("sparse_vae.groups", [[3, 3], [2, 4]])),
    ("channel_mask.gate=@l1_gate()", ("channel_mask.gate", ["@l1_gate()"])),
    ("dataset.name=mnist,'cars3d'", ("dataset.name", ["mnist", "cars3d"])),
    ("a.b='x,y',None", ("a.b", ["x,y", None]))])
def test_parse(text, expected):
  assert vary.parse(text) == expected


@pytest.mark.parametrize("text", ["vae.beta", "beta=1", "vae.beta=", "=3"])
def test_what_is_no_grid_is_named(text):
  with pytest.raises(ValueError, match="--vary must be PARAMETER=VALUE"):
    vary.parse(text)


def test_grid_has_all_combinations_and_moves_every_seed(gin_file):
  study = vary.grid(gin_file, {"vae.beta": [1, 4], "l.x": ["a"]}, seeds=2,
                    protocol="pvae")
  assert study.models == [
      {"vae.beta": beta, "l.x": "a", "model.random_seed": seed,
       "random_gate.seed": seed} for beta in (1, 4) for seed in (0, 1)]
  assert (study.name, study.protocol) == ("gate", "pvae")


def test_a_seed_that_varies_by_itself_is_left_alone(gin_file):
  study = vary.grid(gin_file, {"random_gate.seed": [7]}, seeds=2, protocol="p")
  assert [model["random_gate.seed"] for model in study.models] == [7, 7]


@pytest.mark.parametrize("name", [
    "train.model.random_seed", "layers.random_gate.seed"])
def test_a_seed_may_vary_by_its_longer_name(gin_file, name):
  """The shorter one would be bound after it, and win."""
  study = vary.grid(gin_file, {name: [7]}, seeds=1, protocol="p")
  settings, = study.models
  assert settings.pop(name) == 7
  assert list(settings) == [
      other for other in ("model.random_seed", "random_gate.seed")
      if not name.endswith(other)]


def test_a_seed_that_a_search_draws_is_left_alone(gin_file):
  study = vary.grid(gin_file, {}, protocol="p",
                    draws=[{"random_gate.seed": seed} for seed in (5, 6)])
  assert [settings["random_gate.seed"] for settings in study.models] == [5, 6]


def test_the_configuration_may_name_the_seed_in_full(tmp_path):
  path = tmp_path / "model.gin"
  path.write_text("train.model.random_seed = 3")
  study = vary.grid(str(path), {"vae.beta": [1.]}, seeds=2, protocol="p")
  assert [settings["train.model.random_seed"] for settings in study.models] == [
      0, 1]


@pytest.mark.parametrize("values", [
    {"vae.beta": [1, 4], "losses.vae.beta": [2]},
    {"a/b.x": [1], "a/c.b.x": [2]}])
def test_one_parameter_by_two_names_is_an_error(gin_file, values):
  with pytest.raises(ValueError, match=(
      "^The models of 'gate' set one parameter twice: as .* and as .*. Leave")):
    vary.grid(gin_file, values, protocol="p")


def test_parameters_of_two_scopes_are_two(gin_file):
  values = {"a/vae.beta": [1], "b/vae.beta": [2], "vae.beta": [3],
            "my_vae.beta": [4]}
  assert len(vary.grid(gin_file, values, protocol="p").models) == 1


@pytest.mark.parametrize(("values", "bindings"), [
    ({"channel_mask.gate": ["@random_gate()"]}, ()),
    ({"random_gate.sparsity": [.5]}, ()),
    ({"vae.beta": [1.]}, ("channel_mask.gate = @random_gate()",)),
    ({"vae.beta": [1.]}, ("random_gate.seed = 0",))])
def test_each_seed_has_a_mask_of_its_own(tmp_path, values, bindings):
  path = tmp_path / "model.gin"
  path.write_text("model.random_seed = 0")
  study = vary.grid(
      str(path), values, seeds=2, protocol="p", bindings=bindings)
  assert [settings["random_gate.seed"] for settings in study.models] == [0, 1]


def test_models_without_random_masks_have_no_seed_of_them(tmp_path):
  path = tmp_path / "model.gin"
  path.write_text("model.random_seed = 0")
  study = vary.grid(str(path), {"channel_mask.gate": ["@l1_gate()"]},
                    protocol="p")
  assert "random_gate.seed" not in study.models[0]


def test_the_same_model_twice_is_one(gin_file):
  study = vary.grid(gin_file, {"vae.beta": [4., 4.]}, seeds=2, protocol="p",
                    draws=[{"a.b": 1}, {"a.b": 1}])
  assert len(study.models) == 2


def test_a_number_and_its_text_are_not_taken_for_one_model(gin_file):
  with pytest.raises(ValueError, match="share the folder 'a.b=1': leave one"):
    vary.grid(gin_file, {"a.b": [1, "1"]}, protocol="p")


def test_folders_do_not_change_when_a_grid_grows(gin_file):
  small = vary.grid(gin_file, {"vae.beta": [4]}, protocol="p")
  large = vary.grid(gin_file, {"vae.beta": [1, 4, 8]}, protocol="p")
  assert small.folder(0) == large.folder(1) == (
      "vae.beta=4,model.random_seed=0,random_gate.seed=0")


def test_folders_have_plain_names_that_differ(gin_file):
  study = vary.grid(gin_file, {
      "sparse_vae.groups": [[3, 3], [33]], "a.b": ["/x", "*x", "y" * 300]},
                    protocol="p")
  folders = [study.folder(i) for i in range(6)]
  assert len(set(folders)) == 6
  for folder in folders:
    assert len(folder) < 200
    assert not set(folder) & set("[]*/ ?'\\")


@pytest.mark.parametrize(("values", "seeds", "match"), [
    ({"vae.beta": []}, 1, "varies over no values"),
    ({"vae.beta": [1]}, 0, "--seeds must be 1 or more, but is 0")])
def test_empty_grids_are_refused(gin_file, values, seeds, match):
  with pytest.raises(ValueError, match=match):
    vary.grid(gin_file, values, seeds=seeds, protocol="p")


def test_seeds_that_go_to_no_parameter_are_refused(gin_file):
  """They would be the same models twice, in the same folders."""
  values = {"model.random_seed": [0, 1], "random_gate.seed": [0]}
  with pytest.raises(ValueError, match="^2 seeds have no parameter to go to"):
    vary.grid(gin_file, values, seeds=2, protocol="p")
  assert len(vary.grid(gin_file, values, seeds=1, protocol="p").models) == 2


def test_where(gin_file):
  study = vary.grid(gin_file, {"vae.beta": [1., 4., 8.], "a.b": ["x", "y"]},
                    protocol="p")
  assert vary.where(study, []) == list(range(6))
  assert vary.where(study, ["vae.beta=4,8"]) == [2, 3, 4, 5]
  assert vary.where(study, ["vae.beta=4,8", "a.b=y"]) == [3, 5]


@pytest.mark.parametrize(("condition", "match"), [
    ("vae.beta=3", r"leaves no model of 'gate'. vae.beta is one of 1, 4"),
    ("vae.bta=4", r"It varies vae.beta\. Did you mean 'vae.beta'\?"),
    ("zebra.x=3", "It varies vae.beta")])
def test_where_says_what_there_is(gin_file, condition, match):
  study = vary.grid(gin_file, {"vae.beta": [1, 4]}, protocol="p")
  with pytest.raises(ValueError, match=match):
    vary.where(study, [condition])


def test_resources_reach_the_study(gin_file):
  needed = definition.Resources(gpus=.5)
  assert vary.grid(gin_file, {"vae.beta": [1]}, protocol="p",
                   resources=needed).resources == needed
