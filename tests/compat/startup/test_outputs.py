"""Results of upstream's steps appear whole, and replace only their like."""
import json
import os
import pathlib
import shutil
import types

import gin
import pytest
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.evaluation import evaluate
from disentanglement_lib.methods.unsupervised import train
from disentanglement_lib.postprocessing import postprocess
from disentanglement_lib.utils import resources
from disentanglement_lib.visualize import visualize_dataset
from disentanglement_lib.visualize import visualize_model

from sparse_disent.common import locks
from sparse_disent.compat.startup import outputs

KIND = outputs.STEPS["evaluate"]
POSTPROCESS = ["postprocess.postprocess_fn = @mean_representation",
               "postprocess.random_seed = 0", "dataset.name = 'auto'"]
EVALUATE = ["evaluation.evaluation_fn = @mig", "evaluation.random_seed = 0",
            "dataset.name = 'auto'", "mig.num_train = 50",
            "discretizer.discretizer_fn = @histogram_discretizer",
            "discretizer.num_bins = 5"]


def write(folder, content="new"):
  """Writes a result of `evaluate`."""
  path = pathlib.Path(folder, "results/json/evaluation_results.json")
  path.parent.mkdir(parents=True)
  path.write_text(content)


def read(folder):
  return (folder / "results/json/evaluation_results.json").read_text()


def killed(function):
  """Runs a function in a forked child, which it has to end with `os._exit`."""
  child = os.fork()
  if not child:
    try:
      function()
    finally:
      os._exit(0)
  assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_a_result_appears_at_the_end(tmp_path):
  out = tmp_path / "out"

  def step(folder, overwrite):
    assert not overwrite and not os.path.exists(folder)
    write(folder)
    assert not out.exists()
    return "returned"

  assert outputs.write(KIND, str(out), False, step) == "returned"
  assert os.listdir(tmp_path) == ["out"]


def test_a_kill_leaves_nothing_with_a_final_name(tmp_path):
  out = tmp_path / "out"

  def die(folder, unused_overwrite):
    write(folder, "half")
    os._exit(9)

  killed(lambda: outputs.write(KIND, str(out), False, die))
  assert not out.exists() and len(os.listdir(tmp_path)) == 2  # And the lock.
  outputs.write(KIND, str(out), False, lambda folder, _: write(folder))
  assert os.listdir(tmp_path) == ["out"]
  killed(lambda: outputs.write(KIND, str(out), True, die))
  assert read(out) == "new"
  outputs.write(KIND, str(out), True, lambda folder, _: write(folder, "newer"))
  assert read(out) == "newer"
  assert os.listdir(tmp_path) == ["out"]


def test_overwriting_keeps_what_is_no_such_result(tmp_path):
  (tmp_path / "precious").touch()
  with pytest.raises(ValueError, match="holds 'precious', which is no part of"):
    outputs.write(KIND, str(tmp_path), True, pytest.fail)
  assert (tmp_path / "precious").exists()


def test_without_overwrite_upstream_refuses(tmp_path):
  with pytest.raises(ZeroDivisionError):
    outputs.write(KIND, str(tmp_path), False, lambda *call: 1 / (call == ()))


def test_a_second_process_is_refused(tmp_path):
  out = str(tmp_path / "out")
  child = os.fork()
  if not child:
    outputs.write(KIND, out, False, lambda *call: os.kill(os.getpid(), 19))
  os.waitpid(child, os.WUNTRACED)
  with pytest.raises(locks.OutputInUse, match=f"process {child} "):
    outputs.write(KIND, out, False, pytest.fail)
  os.kill(child, 9)
  os.waitpid(child, 0)
  outputs.write(KIND, out, False, lambda folder, _: write(folder))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
  """A trained model, its representation and a metric."""
  folder = tmp_path_factory.mktemp("run")
  train.train_with_gin(str(folder / "model"), gin_config_files=[
      resources.get_file("config/tests/methods/unsupervised/train_test.gin")],
      gin_bindings=["model.training_steps = 1", "model.eval_steps = 1"])
  postprocess.postprocess_with_gin(
      str(folder / "model"), str(folder / "mean"), gin_bindings=POSTPROCESS)
  evaluate.evaluate_with_gin(
      str(folder / "mean"), str(folder / "mig"), gin_bindings=EVALUATE)
  return folder


def test_steps_leave_nothing_beside_their_results(run):
  assert sorted(os.listdir(run)) == ["mean", "mig", "model"]


def test_an_error_while_overwriting_keeps_the_old_result(run):
  before = sorted((run / "mean").rglob("*"))
  with pytest.raises(ValueError, match="'none'"):
    postprocess.postprocess_with_gin(
        str(run / "model"), str(run / "mean"), True,
        gin_bindings=[*POSTPROCESS[:2], "dataset.name = 'none'"])
  assert sorted((run / "mean").rglob("*")) == before
  with pytest.raises(ValueError, match="num_bins|bins"):
    evaluate.evaluate_with_gin(
        str(run / "mean"), str(run / "mig"), True,
        gin_bindings=[*EVALUATE, "discretizer.num_bins = -1"])
  assert (run / "mig/results/json/evaluation_results.json").is_file()


def test_overwriting_replaces_the_old_result(run):
  path = run / "mig/results/json/evaluation_results.json"
  former = json.loads(path.read_text())
  evaluate.evaluate_with_gin(
      str(run / "mean"), str(run / "mig"), True, gin_bindings=EVALUATE)
  found = json.loads(path.read_text())
  assert found["uuid"] != former["uuid"]
  assert found["discrete_mig"] == former["discrete_mig"]
  assert sorted(os.listdir(run)) == ["mean", "mig", "model"]


def test_overwriting_keeps_a_run(run):
  with pytest.raises(ValueError, match="holds 'mean', which is no part of "):
    postprocess.postprocess_with_gin(
        str(run / "model"), str(run), True, gin_bindings=POSTPROCESS)
  assert sorted(os.listdir(run)) == ["mean", "mig", "model"]


def test_pictures_of_a_model_appear_whole(run, tmp_path, monkeypatch):
  out, seen = tmp_path / "pictures", []
  save = visualize_model.visualize_util.grid_save_images

  def spy(images, path):
    seen.append(out.exists())
    save(images, path)

  monkeypatch.setattr(visualize_model.visualize_util, "grid_save_images", spy)
  monkeypatch.setattr(  # Animations take long.
      visualize_model.visualize_util, "save_animation",
      lambda images, path, fps: pathlib.Path(path).touch())
  monkeypatch.setattr(  # Plots, too.
      visualize_model, "vis_all_interventional_effects",
      lambda factors, latents, path: os.mkdir(path))
  visualize_model.visualize(
      str(run / "model"), str(out), num_animations=1, num_frames=2,
      num_points_irs=20)
  assert seen and not any(seen)
  assert set(os.listdir(out)) == set(outputs.STEPS["visualize"].names)
  (out / "mine").touch()
  with pytest.raises(ValueError, match="holds 'mine'"):
    visualize_model.visualize(str(run / "model"), str(out), True)


def test_pictures_of_a_data_set_are_added(tmp_path, monkeypatch):
  monkeypatch.setattr(named_data, "get_named_ground_truth_data",
                      lambda name: dummy_data.IdentityObservationsData())
  util = visualize_dataset.visualize_util
  folder = tmp_path / "pictures/dummy"
  folder.mkdir(parents=True)
  (folder / "mine").write_text("mine")
  (folder / "animation0.gif").write_text("old")

  def save(images, path, fps=None):
    pathlib.Path(path).write_text("new")
    assert (folder / "animation0.gif").read_text() == "old"

  monkeypatch.setattr(util, "grid_save_images", save)
  monkeypatch.setattr(util, "save_animation", save)
  visualize_dataset.visualize_dataset("dummy", str(tmp_path / "pictures"), 1, 2)
  assert (folder / "mine").read_text() == "mine"
  assert (folder / "animation0.gif").read_text() == "new"
  assert len(list(folder.glob("variations_of_factor*.png"))) == 10
  assert os.listdir(tmp_path / "pictures") == ["dummy"]


@pytest.fixture
def udr():
  """Stands in for upstream's module, which the wheel lacks.

  As upstream's, it deletes the folder first, whatever it holds.
  """
  module = types.ModuleType("disentanglement_lib.evaluation.udr.evaluate")

  def evaluate(model_dirs, output_dir, evaluation_fn=None):
    if os.path.isdir(output_dir):
      shutil.rmtree(output_dir)
    write(output_dir, f"{len(model_dirs)} models")
    if evaluation_fn:
      evaluation_fn()

  module.evaluate = evaluate
  outputs.patch_udr(module)
  gin.bind_parameter("dataset.name", "auto")
  yield module.evaluate
  gin.clear_config()


def test_udr_appears_whole_or_not_at_all(run, udr, tmp_path):
  models, out = [str(run / "model")] * 2, tmp_path / "udr"
  udr(models, str(out))
  assert read(out) == "2 models"
  killed(lambda: udr(models * 2, str(out), lambda: os._exit(9)))
  assert read(out) == "2 models"
  udr(models * 2, str(out))
  assert read(out) == "4 models" and os.listdir(tmp_path) == ["udr"]


def test_udr_deletes_nothing_that_is_no_udr(run, udr):
  before = sorted(run.rglob("*"))
  with pytest.raises(ValueError, match="holds 'mean', which is no part of one"):
    udr([str(run / "model")], str(run))
  with pytest.raises(ValueError, match="is no part of one UDR"):
    udr([str(run / "model")], str(run / "model"))
  assert sorted(run.rglob("*")) == before


def test_udr_names_what_is_missing_before_it_deletes(run, udr, tmp_path):
  out = tmp_path / "udr"
  write(out)
  for models, words in (([], "--model_dirs"), ([str(tmp_path)], "'tfhub'"),
                        ([str(run / "mig")], "'tfhub'")):
    with pytest.raises((OSError, ValueError), match=words):
      udr(models, str(out))
  with pytest.raises(ValueError, match="--output_dir"):
    udr([str(run / "model")], None)
  assert read(out) == "new"
