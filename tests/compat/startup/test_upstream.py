import ast
import json
import os
import pathlib

import imageio
import numpy as np
import pytest
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.evaluation import evaluate
from disentanglement_lib.methods.unsupervised import train
from disentanglement_lib.postprocessing import postprocess
from disentanglement_lib.utils import resources
from disentanglement_lib.utils import results
from disentanglement_lib.visualize import visualize_irs
from disentanglement_lib.visualize import visualize_util
from PIL import Image

from sparse_disent.compat.startup import upstream

TRAIN = "config/tests/methods/unsupervised/train_test.gin"


def train_config():
  return resources.get_file(TRAIN)


def test_every_patch_names_a_module_of_upstream():
  root = pathlib.Path(resources.get_file("."))
  for name in upstream.PATCHES:
    if not name.startswith(upstream.NOT_IN_WHEEL):
      assert (root / (name.replace(".", "/") + ".py")).is_file()


def test_all_waits_that_a_module_imports_of_a_package():
  root = pathlib.Path(resources.get_file("."))
  for name, waiting in upstream.IMPORTED_WHEN_USED.items():
    imported = set()
    for node in ast.parse(
        (root / (name.replace(".", "/") + ".py")).read_text()).body:
      if isinstance(node, ast.Import):
        imported |= {alias.name for alias in node.names}
      elif isinstance(node, ast.ImportFrom):
        imported |= {f"{node.module}.{alias.name}" for alias in node.names}
    of_packages = {module for module in imported if module.partition(".")[0]
                   in {each.partition(".")[0] for each in waiting}}
    assert of_packages
    assert of_packages <= set(waiting)


def test_resources_name_files_of_upstream():
  assert os.path.isfile(train_config())
  files = list(resources.get_files_in_folder("config/tests/methods"))
  assert all(os.path.isfile(file) for file in files)
  assert resources.get_file("disentanglement_lib.png").endswith(".png")


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_missing_data_set_loses_no_model(tmp_path, monkeypatch, overwrite):
  from disentanglement_lib.data.ground_truth import dsprites
  monkeypatch.setattr(dsprites, "DSPRITES_PATH", str(tmp_path / "none.npz"))
  model = tmp_path / "model"
  if overwrite:
    model.mkdir()
    (model / "precious").touch()
  with pytest.raises(FileNotFoundError, match="sparse-disent data dsprites"):
    train.train_with_gin(
        str(model), overwrite, [train_config()],
        ["dataset.name = 'dsprites_full'"])
  assert model.exists() == overwrite
  assert (model / "precious").exists() == overwrite


def test_a_misspelt_data_set_loses_no_model(tmp_path):
  (tmp_path / "precious").touch()
  with pytest.raises(ValueError, match="dataset.name is 'dspritess'"):
    train.train_with_gin(str(tmp_path), True, [train_config()],
                         ["dataset.name = 'dspritess'"])
  assert (tmp_path / "precious").exists()


def test_a_users_function_for_data_sets_gets_its_names(tmp_path, monkeypatch):
  monkeypatch.setattr(named_data, "get_named_ground_truth_data",
                      dummy_data.DummyData)
  train.train_with_gin(
      str(tmp_path / "model"), gin_config_files=[train_config()],
      gin_bindings=["dataset.name = 'own'"])
  assert (tmp_path / "model/tfhub").is_dir()


@pytest.mark.parametrize("step", [
    postprocess.postprocess_with_gin, evaluate.evaluate_with_gin])
def test_a_missing_module_loses_no_results(tmp_path, step):
  (tmp_path / "precious").touch()
  with pytest.raises(FileNotFoundError, match="none' does not exist"):
    step(str(tmp_path / "none"), str(tmp_path), True)
  with pytest.raises(FileNotFoundError, match="none' does not exist"):
    step(overwrite=True, output_dir=str(tmp_path),
         model_dir=str(tmp_path / "none"))
  assert (tmp_path / "precious").exists()


def test_results_are_copied_again_after_a_deletion(tmp_path):
  """distutils' copy_tree copied nothing the second time."""
  (tmp_path / "old" / "sub").mkdir(parents=True)
  (tmp_path / "old" / "sub" / "file").touch()
  for _ in range(2):
    results.copydir(str(tmp_path / "old"), str(tmp_path / "new"))
    copied = tmp_path / "new" / "sub" / "file"
    assert copied.exists()
    copied.unlink()
    copied.parent.rmdir()


def test_what_is_not_finite_is_null_in_the_results(tmp_path):
  with pytest.warns(UserWarning) as caught:
    results.update_result_directory(
        str(tmp_path), "evaluation", {"score": np.float32("nan"), "other": 0.5})
  assert [str(warning.message) for warning in caught] == [
      "No value for score: the computation gave nan."]
  saved = json.loads(
      (tmp_path / "json" / "evaluation_results.json").read_text())
  del saved["uuid"]
  assert saved == {"score": None, "other": 0.5,
                   "score_undefined": "the computation gave nan"}


def test_animations_keep_brightness_and_speed_and_loop(tmp_path):
  ramp = np.linspace(0, 1, 11)
  frames = [np.full((40, 40, 3), value) for value in ramp]
  path = str(tmp_path / "animation.gif")
  visualize_util.imageio.mimwrite(path, frames, fps=20)
  with Image.open(path) as animation:
    assert animation.n_frames == 11
    assert animation.info["loop"] == 0  # Without end.
    for index, value in enumerate(ramp):
      animation.seek(index)
      assert animation.info["duration"] == 50
      pixel = np.asarray(animation.convert("RGB"))[20, 20]
      np.testing.assert_allclose(pixel, 255 * value, atol=1)


def test_animations_of_a_fork_are_written_as_it_says(tmp_path, monkeypatch):
  path = str(tmp_path / "animation.gif")
  ramp = [np.full((8, 8), value, np.uint8) for value in (0, 100, 200)]
  visualize_util.imageio.mimwrite(path, ramp, "GIF", duration=200, loop=3)
  with Image.open(path) as animation:
    assert animation.info["duration"] == 200 and animation.info["loop"] == 3
    animation.seek(1)
    assert np.asarray(animation.convert("L"))[0, 0] == 100
  assert visualize_util.imageio.imwrite is imageio.imwrite
  calls = []
  monkeypatch.setattr(
      imageio, "mimwrite", lambda *args, **kwargs: calls.append((args, kwargs)))
  visualize_util.imageio.mimwrite("a.mp4", ramp, fps=5)
  assert calls == [(("a.mp4", ramp), {"fps": 5})]


@pytest.mark.filterwarnings("error")
def test_a_latent_that_is_constant_stands_still():
  np.testing.assert_array_equal(
      visualize_util.cycle_interval(0.5, 4, 0.5, 0.5), [0.5] * 4)
  np.testing.assert_allclose(
      visualize_util.cycle_interval(0.0, 4, -1.0, 1.0), [0, 1, 0, -1])


def test_an_animation_of_one_still_grid_is_written(tmp_path):
  path = tmp_path / "animation.gif"
  images = np.ones((4, 8, 8, 1))
  visualize_util.save_animation([images, images], str(path), fps=10)
  assert path.stat().st_size > 0


@pytest.mark.parametrize("num_factors, num_latents", [(1, 3), (2, 1), (2, 3)])
def test_interventional_effects_of_a_single_factor_or_latent(
    tmp_path, num_factors, num_latents):
  random_state = np.random.RandomState(0)
  factors = random_state.randint(3, size=[200, num_factors])
  latents = random_state.normal(size=[200, num_latents])
  visualize_irs.vis_all_interventional_effects(factors, latents, str(tmp_path))
  with Image.open(tmp_path / "interventional_effect.png") as image:
    # 3 inches for each cell of the grid.
    width, height = image.size
  assert width / num_factors == height / num_latents
