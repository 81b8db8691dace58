"""Upstream's training in parts, over older results, and after damage."""
import json
import os
import pathlib
import shlex
import subprocess
import sys
import types

import gin
import numpy as np
import pytest
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.data.ground_truth import util
from disentanglement_lib.methods.unsupervised import gaussian_encoder_model
from disentanglement_lib.methods.unsupervised import train
from disentanglement_lib.utils import resources
from disentanglement_lib.utils import results as upstream_results
from support import small_training

from sparse_disent.common import absent
from sparse_disent.common import training_files
from sparse_disent.compat.training import bulk_input
from sparse_disent.compat.training import checkpoints
from sparse_disent.compat.training import hooks
from sparse_disent.compat.training import parts
from sparse_disent.compat.training import preflight
from sparse_disent.compat.training import upstream_train

STEPS = 6


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
  """An uninterrupted training of each model, made when it is asked for."""
  folder = tmp_path_factory.mktemp("whole")
  made = {}

  def get(model):
    if model not in made:
      made[model] = folder / model
      # Where there is no training, --resume starts one.
      small_training.train_model(made[model], STEPS, model=model, resume=True)
    return made[model]

  return get


@pytest.fixture
def stopped(tmp_path, monkeypatch):
  """Trains until Ctrl-C comes in a step; returns the folder."""
  def stop(step, *bindings, model_dir=tmp_path / "model", **arguments):
    after_run = hooks.TrainingMonitor.after_run

    def interrupt(self, run_context, run_values):
      after_run(self, run_context, run_values)
      if run_values.results[1] == step:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
      patched.setattr(hooks.TrainingMonitor, "after_run", interrupt)
      with pytest.raises(KeyboardInterrupt):
        small_training.train_model(model_dir, STEPS, *bindings, **arguments)
    return model_dir

  return stop


@pytest.mark.parametrize("model", small_training.MODELS)
def test_parts_end_bit_equal_to_the_whole(model, whole, stopped):
  """Weights, slots of optimizers and steps: position of data and noise."""
  model_dir = stopped(2, model=model)
  assert checkpoints.latest(model_dir / "tf_checkpoint").endswith("-2")
  small_training.train_model(model_dir, STEPS, model=model, resume=True)
  assert small_training.weights(model_dir) == small_training.weights(
      whole(model))
  ours, theirs = map(small_training.results, (model_dir, whole(model)))
  for name in ("uuid", "elapsed_time"):
    del ours[name], theirs[name]
  assert ours == theirs


def inverted(ground_truth_data, seed, num_batches=None):
  """A fork's `_make_input_fn`, which changes images before they are batched."""
  def load(params):
    data_set = util.tf_data_set_from_ground_truth_data(ground_truth_data, seed)
    data_set = data_set.map(lambda image: 1. - image).batch(
        params["batch_size"], drop_remainder=True)
    if num_batches is not None:
      data_set = data_set.take(num_batches)
    return data_set.make_one_shot_iterator().get_next()

  return load


def test_parts_of_a_forks_input_end_bit_equal_to_the_whole(
    tmp_path, monkeypatch, whole, stopped):
  monkeypatch.setattr(train, "_make_input_fn", inverted)
  small_training.train_model(tmp_path / "whole", STEPS)
  model_dir = stopped(2)
  small_training.train_model(model_dir, STEPS, resume=True)
  assert small_training.weights(model_dir) == small_training.weights(
      tmp_path / "whole") != small_training.weights(whole("vae"))


def test_the_command_on_a_stopped_training_goes_on_with_it(whole, stopped):
  """It gives the record of the training as its configuration."""
  model_dir = stopped(2, model="sparse_vae")
  text = absent.explain(model_dir, "", "")
  assert text.startswith(f"The training in '{model_dir}' was stopped at step 2")
  program, gin_config, place, resume = shlex.split(text.partition(": ")[2])
  assert (program, place, resume) == (
      "dlib_train", f"--model_dir={model_dir}", "--resume")
  train.train_with_gin(str(model_dir), gin_config_files=[
      gin_config.removeprefix("--gin_config=")], resume=True)
  assert small_training.weights(model_dir) == small_training.weights(
      whole("sparse_vae"))


def test_two_trainings_with_one_seed_are_bit_equal(whole, tmp_path):
  small_training.train_model(tmp_path / "again", STEPS)
  assert small_training.weights(tmp_path / "again") == small_training.weights(
      whole("vae"))


def test_more_steps_continue_a_complete_training(whole, tmp_path):
  model_dir = tmp_path / "model"
  small_training.train_model(model_dir, 2)
  before = small_training.results(model_dir)
  small_training.train_model(model_dir, STEPS, "training.resume = True")
  assert small_training.weights(model_dir) == small_training.weights(
      whole("vae"))
  after = small_training.results(model_dir)
  assert (before["global_step"], after["global_step"]) == (2, STEPS)
  assert after["elapsed_time"] > checkpoints.progress(
      model_dir / "tf_checkpoint", 2).seconds > 0
  gin_file = (model_dir / "results/gin/train.gin").read_text()
  assert "resume" not in gin_file  # A model does not depend on its parts.


def test_a_complete_training_is_left_alone(whole, capfd):
  model_dir = whole("vae")
  before = {path: path.stat().st_mtime_ns for path in model_dir.rglob("*")}
  small_training.train_model(model_dir, STEPS, resume=True)
  assert {path: path.stat().st_mtime_ns
          for path in model_dir.rglob("*")} == before
  assert "is complete already." in capfd.readouterr().err


@pytest.mark.parametrize("failing, name", [
    (gaussian_encoder_model, "export_as_tf_hub"),
    (upstream_results, "update_result_directory")])
def test_what_is_missing_at_the_end_is_made_without_training(
    failing, name, whole, tmp_path, monkeypatch, capfd):

  def fail(*unused_args, **unused_kwargs):
    raise OSError("the disk is full")

  with monkeypatch.context() as patched:
    patched.setattr(failing, name, fail)
    with pytest.raises(OSError, match="the disk is full"):
      small_training.train_model(tmp_path / "model", STEPS)
  assert not (tmp_path / "model/results").exists()
  capfd.readouterr()
  small_training.train_model(tmp_path / "model", STEPS, resume=True)
  assert "training:" not in capfd.readouterr().err
  assert (tmp_path / "model/tfhub/tfhub_module.pb").is_file()
  assert small_training.results(tmp_path / "model")["loss"] == (
      small_training.results(whole("vae"))["loss"])
  recorded, expected = ((folder / "results/gin/train.gin").read_text()
                        for folder in (tmp_path / "model", whole("vae")))
  assert recorded == expected  # Settings of the optimizer, too.
  assert not list((tmp_path / "model").glob(".*"))


def test_a_changed_setting_is_an_error_that_names_it(whole):
  with pytest.raises(ValueError) as error:
    small_training.train_model(
        whole("vae"), STEPS, "vae.beta = 6.", "model.eval_steps = 3",
        resume=True)
  assert "vae.beta was 1.0 and is 6.0 now." in str(error.value)
  assert "eval_steps" not in str(error.value)


def test_an_existing_training_is_an_error_that_names_both_flags(whole):
  with pytest.raises(ValueError, match="Give --resume to go on .*, --overwrite "
                     "to replace"):
    small_training.train_model(whole("vae"), STEPS)


def test_a_damaged_checkpoint_falls_back(whole, stopped, capfd):
  model_dir = stopped(4, "run_config.save_checkpoints_steps = 2")
  data, = (model_dir / "tf_checkpoint").glob("model.ckpt-4.data*")
  content = bytearray(data.read_bytes())
  content[len(content) // 2] ^= 1
  data.write_bytes(content)
  small_training.train_model(model_dir, STEPS, resume=True)
  log = capfd.readouterr().err
  assert "model.ckpt-4' is damaged and is left out" in log
  assert f"training: 2/{STEPS} steps" in log
  assert small_training.weights(model_dir) == small_training.weights(
      whole("vae"))


def test_ctrl_c_says_how_to_go_on(stopped, capfd):
  model_dir = stopped(2)
  line, = [line for line in capfd.readouterr().err.splitlines()
           if line.startswith("Interrupted")]
  assert line == (
      f"Interrupted. What was trained is in '{model_dir}/tf_checkpoint/"
      "model.ckpt-2'. To go on: train_with_gin(..., resume=True)")
  assert parts.current() is None
  with pytest.raises(ValueError, match="model.training_steps was 6 and is 1 "
                     "now, and step 2 is reached"):
    small_training.train_model(model_dir, 1, resume=True)


def test_without_its_record_a_training_is_not_continued(tmp_path):
  (tmp_path / "tf_checkpoint").mkdir()
  (tmp_path / "tf_checkpoint/model.ckpt-3.index").touch()
  with pytest.raises(ValueError, match="There is no 'started.gin' in"):
    small_training.train_model(tmp_path, STEPS, resume=True)



def test_the_old_model_stays_until_the_new_one_is_whole(tmp_path, stopped):
  model_dir = tmp_path / "model"
  small_training.train_model(model_dir, 1, "vae.beta = 2.")
  before = small_training.results(model_dir)["uuid"]
  stopped(2, overwrite=True)
  assert small_training.results(model_dir)["uuid"] == before
  assert small_training.weights(model_dir)["global_step"] == 1
  with pytest.raises(ValueError, match="vae.beta was 1.0 and is 2.0 now"):
    small_training.train_model(model_dir, 1, "vae.beta = 2.", resume=True)
  small_training.train_model(model_dir, STEPS, resume=True)
  assert small_training.results(model_dir)["global_step"] == STEPS
  assert os.listdir(tmp_path) == ["model"]


@pytest.mark.parametrize("binding", [
    "encoder.encoder_fn = 3", "model.training_steps = 'x'",
    "vae_optimizer.optimizer_fn = @vae", "dataset.name = 'nothing'"])
@pytest.mark.parametrize("how", ["new", "overwrite"])
def test_a_training_that_cannot_begin_leaves_all_as_it_was(
    binding, how, tmp_path):
  (tmp_path / "model/tfhub").mkdir(parents=True)
  model_dir = tmp_path / ("new" if how == "new" else "model")
  with pytest.raises(Exception):  # noqa: B017  (whatever it is)
    small_training.train_model(
        model_dir, 1, binding, overwrite=how == "overwrite")
  assert sorted(tmp_path.rglob("*")) == [
      tmp_path / "model", tmp_path / "model/tfhub"]


def test_data_are_loaded_once(tmp_path, monkeypatch):
  """Data that vanish in mid-training do not cost the model."""
  loaded = []

  def load():
    assert not loaded, "The data are gone."
    loaded.append(dummy_data.DummyData())
    return loaded[0]

  monkeypatch.setattr(named_data, "get_named_ground_truth_data", load)
  small_training.train_model(tmp_path / "model", 1)
  assert (tmp_path / "model/tfhub").is_dir()
  assert named_data.get_named_ground_truth_data is load


class Vanishing(dummy_data.DummyData):
  """Data that can no longer be read after some observations."""

  left = 10

  def sample_observations_from_factors(self, factors, random_state):
    type(self).left -= 1
    if self.left < 0:
      raise OSError("input/output error of a network disk")
    return super().sample_observations_from_factors(factors, random_state)


def test_data_that_cannot_be_read_any_more_cost_no_step(
    tmp_path, monkeypatch, whole):
  expected = whole("vae")  # Trained, if it is not yet, on the named data.
  monkeypatch.setattr(bulk_input, "_BLOCK", 1)  # Reads a batch at once.
  monkeypatch.setattr(
      named_data, "get_named_ground_truth_data", Vanishing)
  with pytest.raises(ValueError) as error:
    small_training.train_model(tmp_path / "model", STEPS)
  message = str(error.value)
  assert message.startswith("The training data cannot be read: ")
  assert "input/output error of a network disk" in message
  assert "To go on: train_with_gin(..., resume=True)" in message
  saved = small_training.weights(tmp_path / "model")["global_step"]
  assert saved == 5  # Two observations a batch.
  monkeypatch.setattr(
      named_data, "get_named_ground_truth_data", dummy_data.DummyData)
  small_training.train_model(tmp_path / "model", STEPS, resume=True)
  assert small_training.weights(tmp_path / "model") == small_training.weights(
      expected)


def test_checkpoints_are_kept_as_gin_says(tmp_path):
  small_training.train_model(
      tmp_path / "all", 5, "run_config.save_checkpoints_steps = 2",
      "run_config.keep_checkpoint_max = 9")
  assert list(training_files.saved(tmp_path / "all/tf_checkpoint")) == [
      0, 2, 4, 5]


def test_a_second_process_is_refused(tmp_path):
  program = ("import sys; from sparse_disent.common import locks\n"
             "with locks.owned(sys.argv[1]): print(); sys.stdin.read()")
  with subprocess.Popen(
      [sys.executable, "-c", program, str(tmp_path / "model")],
      stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
    owner.stdout.readline()
    with pytest.raises(OSError, match=f"process {owner.pid} on host"):
      small_training.train_model(tmp_path / "model", 1)
    owner.communicate()


def test_without_model_dir_training_says_where_it_writes(
    tmp_path, monkeypatch, capfd):
  monkeypatch.chdir(tmp_path)
  config = tmp_path / "my_model.gin"
  config.write_text(pathlib.Path(
      resources.get_file(small_training.CONFIG)).read_text())
  train.train_with_gin(None, gin_config_files=[str(config)])
  assert (tmp_path / "output/my_model/model/tfhub").is_dir()
  assert ("No --model_dir given: the model goes to output/my_model/model"
          in capfd.readouterr().err)


def test_without_model_dir_and_gin_file_there_is_no_name():
  with pytest.raises(ValueError, match="give --model_dir"):
    train.train_with_gin(None, gin_bindings=["dataset.name = 'dummy_data'"])


def test_a_failed_run_leaves_gin_clean(tmp_path):
  with pytest.raises(Exception):  # noqa: B017  (whatever upstream raises)
    train.train_with_gin(str(tmp_path / "a"), gin_bindings=[
        "model.batch_size = 3"])
  assert not gin.config_is_locked()
  assert gin.config_str() == ""


def test_a_forks_parameter_of_training_passes(tmp_path):
  """In a module like that of a fork whose function takes one more."""
  seen = []
  module = types.ModuleType(train.__name__)
  module.train = lambda model_dir, overwrite=False: None
  module.train_with_gin = (
      lambda model_dir, overwrite=False, gin_config_files=None,
      gin_bindings=None, note="": seen.append((model_dir, note)))
  upstream_train.patch(module)
  module.train_with_gin(str(tmp_path / "new"), note="mine")
  assert seen == [(str(tmp_path / "new"), "mine")]


@pytest.mark.parametrize("arguments", [{}, {"model_dir": "new"}])
def test_without_any_configuration_one_is_asked_for(arguments):
  with pytest.raises(ValueError, match="^No --gin_config is given, .* such as "
                     "--gin_config=gin_configs/masked_dipvae.gin"):
    train.train_with_gin(**arguments)


@pytest.mark.parametrize("arguments", [
    {"gin_bindings": ["model.model = @vae()"]}, {}])
def test_bindings_alone_are_a_configuration(arguments):
  """Those of the call, and those that a program has made before it."""
  gin.bind_parameter("model.batch_size", 2)
  with pytest.raises(ValueError, match="model_dir is None and there is no gin"):
    train.train_with_gin(**arguments)


def test_a_fork_may_do_without_upstreams_modules(tmp_path, monkeypatch):
  for name in ("MODEL_CHECKS", "DATA_CHECKS"):
    monkeypatch.setattr(preflight, name, [])
  module = types.ModuleType(train.__name__)
  module.train = lambda model_dir, overwrite=False: seen.append(model_dir)
  module.train_with_gin = lambda *unused_args: None
  seen = []
  upstream_train.patch(module)
  module.train(str(tmp_path / "new"))
  assert seen == [str(tmp_path / "new")]


def test_checks_come_before_a_direct_call_of_train(tmp_path, monkeypatch):
  """A script may call `train` itself, and nothing of an old model is lost."""
  (tmp_path / "tfhub").write_text("precious")

  def refuse():
    raise ValueError("refused")

  monkeypatch.setattr(preflight, "MODEL_CHECKS", [refuse])
  with pytest.raises(ValueError, match="refused"):
    train.train(str(tmp_path), overwrite=True)
  assert (tmp_path / "tfhub").read_text() == "precious"


def test_results_are_json(whole):
  path = whole("vae") / "results/aggregate/train.json"
  assert np.isfinite(json.loads(path.read_text())["train_results.loss"])
