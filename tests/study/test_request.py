"""Requests of searches; tests/study/test_command.py has those of others."""
import argparse
import pathlib

import pytest
from support import small_runs

from sparse_disent.study import definition
from sparse_disent.study import request
from sparse_disent.study import tasks

PYTHON = """
from sparse_disent.study import definition

def study():
  return definition.Study(
      "mine", "model.gin", definition.with_seeds(
          [{"vae.beta": 1.}, {"vae.beta": 4.}], (100,)), protocol="pvae",
      search=definition.Search("train/x", confirm=(0, 1)))
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
  """Function that reads a command line about a search."""
  monkeypatch.chdir(tmp_path)
  pathlib.Path("mine.py").write_text(PYTHON)
  pathlib.Path("model.gin").write_text("model.training_steps = 20")

  def read(**changes):
    return request.read(argparse.Namespace(**{
        "study": "mine.py", "gin_config": None, "vary": [], "steps": None,
        "seeds": None, "protocol": None, "gin_bindings": [], "output": None,
        "models": None, "where": [], "confirm": False, **changes}))

  return read


def test_a_request_has_its_tasks_in_its_folder(read):
  asked = read(models="1", steps=7, gin_bindings=["a.b = 1"])
  task, = asked.tasks()
  assert task.directory == "output/mine/1"
  assert task.bindings[-2:] == ("a.b = 1", "model.training_steps = 7")


def test_tasks_that_have_begun_are_those_of_the_same_settings(read):
  first, _ = read().tasks()
  assert read().begun() == []
  tasks.write(first, tasks.Record(), state=tasks.State.DONE)
  assert read(models="1").begun() == [first]
  assert read(gin_bindings=["a.b = 1"]).begun() == []


def test_rows_have_states_and_scores(read):
  first, second = read().tasks()
  tasks.write(first, tasks.Record(), state=tasks.State.DONE)
  small_runs.write_metric(pathlib.Path(first.directory), "mig",
                          discrete_mig=.25, undefined=None)
  tasks.write(second, tasks.Record(), state=tasks.State.FAILED)
  assert read().rows() == [
      {"model": 0, "state": "done", "mean/mig/discrete_mig": .25,
       "mean/mig/undefined": None}, {"model": 1, "state": "failed"}]


def test_scores_of_a_compacted_model_in_a_folder_of_its_own_do_not_count(read):
  first, _ = read().tasks()
  tasks.write(first, tasks.Record(), state=tasks.State.DONE)
  run = pathlib.Path(first.directory)
  small_runs.write_metric(run, "mig", discrete_mig=.25)
  small_runs.write_metric(run / "compact_scores", "mig", discrete_mig=.75)
  assert read().rows() == [
      {"model": 0, "state": "done", "mean/mig/discrete_mig": .25}]


def test_models_of_other_steps_are_waiting(read):
  first, second = read().tasks()
  tasks.write(first, tasks.Record(), state=tasks.State.DONE)
  small_runs.write_metric(pathlib.Path(first.directory), "mig", mig=.25)
  tasks.write(second, tasks.Record(), state=tasks.State.FAILED)
  small_runs.write_metric(pathlib.Path(second.directory), "mig", mig=.5)
  assert read(steps=30).rows() == [
      {"model": 0, "state": "waiting"}, {"model": 1, "state": "failed"}]
  with pytest.raises(ValueError, match="1 of 2 models of 'mine' are not done"):
    read(steps=30, confirm=True)


def test_files_are_part_of_a_task(read):
  task, _ = read().tasks()
  tasks.write(task, tasks.Record(), state=tasks.State.DONE)
  pathlib.Path("model.gin").write_text(
      "model.training_steps = 20\nencoder.num_latent = 32")
  with pytest.raises(ValueError, match="num_latent was not set, and is 32"):
    tasks.read(read().tasks()[0])
  names = dict(task.files)
  assert "the protocol's metric active_latents" in names
  assert "the protocol's representation mean" in names


@pytest.mark.parametrize("binding", [
    "vae.beta = 2.", "losses.vae.beta = 2.", "model.random_seed = 7"])
def test_what_models_set_is_not_bound_for_all(read, binding):
  with pytest.raises(ValueError, match="models of 'mine' set themselves"):
    read(gin_bindings=[binding])


@pytest.mark.parametrize(("option", "changes"), [
    ("--steps", {"steps": 7}),
    ("--gin_bindings", {"gin_bindings": ["model.training_steps = 7"]})])
def test_steps_that_vary_are_not_set_for_all(read, option, changes):
  asked = {"study": None, "gin_config": "model.gin", "protocol": "pvae",
           "seeds": 1, **changes}
  with pytest.raises(ValueError, match=(
      f"^{option} sets model.training_steps, which the models of 'model' set")):
    read(vary=["model.training_steps=20,40"], **asked)
  task, = read(vary=["model.training_steps=20"], **asked).tasks()
  assert task.bindings[-1] == "model.training_steps = 7"


@pytest.mark.parametrize("bindings", [
    ["channel_mask.gate = @random_gate()"],
    ["channel_mask.gate = @l1_gate()", "a/random_gate.sparsity = .5"]])
def test_masks_that_bindings_choose_are_those_of_the_models_seed(
    read, bindings):
  asked = read(study=None, gin_config="model.gin", protocol="pvae", seeds=2,
               gin_bindings=bindings)
  assert [settings["random_gate.seed"] for settings in asked.study.models] == [
      0, 1]
  searched = read(gin_bindings=bindings).study
  assert searched.models[0] == {
      "vae.beta": 1., "model.random_seed": 100, "random_gate.seed": 100}


@pytest.mark.parametrize("bindings", [
    ["channel_mask.gate = @l1_gate()"],
    ["channel_mask.gate = @random_gate()", "layers.random_gate.seed = 7"]])
def test_no_seed_is_set_of_masks_that_are_not_there_or_have_theirs(
    read, bindings):
  assert "random_gate.seed" not in read(gin_bindings=bindings).study.models[0]


def test_a_seed_of_masks_in_the_configuration_of_a_study_stays(read):
  pathlib.Path("model.gin").write_text("random_gate.seed = 5")
  asked = read(gin_bindings=["random_gate.sparsity = .5"])
  assert "random_gate.seed" not in asked.study.models[0]


def test_no_models_are_not_all_models(read):
  with pytest.raises(ValueError, match="--models must be numbers"):
    read(models="")


def test_a_parameter_varies_once(read):
  with pytest.raises(ValueError, match="--vary gives vae.beta twice"):
    read(study=None, gin_config="model.gin", protocol="pvae",
         vary=["vae.beta=1", "a.b=2", "vae.beta=4"])


def test_a_confirmation_asks_for_the_best_settings(read, monkeypatch):
  rows = [{"model": number, "state": "done", "train/x": score}
          for number, score in enumerate((.1, .2))]
  monkeypatch.setattr(request.Request, "rows", lambda self: rows)
  asked = read(confirm=True, models="1:")
  assert (asked.study.name, asked.output) == (
      "mine_confirmed", "output/mine/confirmed")
  assert asked.study.models == definition.with_seeds([{"vae.beta": 4.}], (0, 1))
  assert asked.numbers == [1]
  assert asked.confirms.output == "output/mine"


def test_a_url_is_a_second_place_of_the_results(read):
  pytest.importorskip("fsspec", reason="needs fsspec")
  asked = read(output="memory://far/")
  assert (asked.output, asked.url) == ("output/mine", "memory://far")
  assert asked.tasks()[1].url == "memory://far/1"
  assert asked.tasks()[1].directory == "output/mine/1"
  with pytest.raises(ValueError, match="--output=ftq://x"):
    read(output="ftq://x")


@pytest.mark.parametrize("confirm", [False, True])
def test_an_output_that_cannot_be_made_is_named(read, confirm):
  with pytest.raises(NotADirectoryError, match="^--output is 'model.gin/x', "
                     "but '.*model.gin' is a file. Give another directory.$"):
    read(output="model.gin/x", confirm=confirm)
