"""Models of checkpoints, and their scores along a training."""
import json
import os

import numpy as np
import pytest
import tensorflow_hub as hub
from support import small_run

from sparse_disent import cli
from sparse_disent.evaluation import checkpoint_models
from sparse_disent.results import along_training
from sparse_disent.results import runs


@pytest.fixture(scope="module")
def run(tmp_path_factory):
  """A training that has kept its checkpoints, and its data."""
  folder = tmp_path_factory.mktemp("run")
  with small_run.data(folder):
    small_run.train_model(folder / "run/model", [
        "run_config.save_checkpoints_steps = 1",
        "run_config.keep_checkpoint_max = 9"])
    yield folder / "run"


def means(model_dir):
  with hub.eval_function_for_module(str(model_dir / "tfhub")) as encode:
    return encode({"images": np.ones([2, 64, 64, 1])},
                  signature="gaussian_encoder", as_dict=True)["mean"]


def test_a_module_is_that_of_its_checkpoint(run):
  last, = checkpoint_models.export([str(run / "model")], "2")
  first, = checkpoint_models.export([str(run / "model")], "1")
  assert last == str(run / "checkpoints/2/model")
  expected = means(run / "model")
  np.testing.assert_array_equal(means(run / "checkpoints/2/model"), expected)
  assert np.abs(means(run / "checkpoints/1/model") - expected).max() > 0
  with open(os.path.join(first, "results/json/train_results.json"),
            encoding="utf-8") as file:
    assert json.load(file)["global_step"] == 1
  stamp = os.stat(first).st_mtime_ns
  checkpoint_models.export([str(run / "model")], "1")
  assert os.stat(first).st_mtime_ns == stamp


@pytest.mark.parametrize("step, error, message", [
    ("9", FileNotFoundError, "no checkpoint of step 9 in .* Kept are: 0, 1, 2"),
    ("last", ValueError, "is 'last', but must be a training step or 'all'")])
def test_a_checkpoint_that_is_not_there_is_an_error(run, step, error, message):
  with pytest.raises(error, match=message):
    checkpoint_models.export([str(run / "model")], step)


def test_a_folder_that_does_not_exist(tmp_path):
  with pytest.raises(FileNotFoundError, match="none' does not exist. Give the"):
    checkpoint_models.export([str(tmp_path / "none")], "all")


def test_one_output_is_for_one_model():
  with pytest.raises(ValueError, match="is for one model, got 2"):
    checkpoint_models.export(["a", "b"], "all", output_dir="c")


def test_scores_along_a_training_are_written_and_read(run, tmp_path, capfd):
  protocol = small_run.write_protocol(tmp_path, metrics=("mig",))
  assert cli.main(["evaluate", f"--protocol={protocol}", "--checkpoint=all",
                   "--processes=1", str(run / "model")]) == 0
  found, = runs.find([run])
  curve = along_training.scores(found)["mean", "MIG"]
  assert list(curve) == [1, 2]
  capfd.readouterr()
