"""A model directory in, a smaller one out; whole or not at all."""
import json
import os
import pathlib

import gin
import numpy as np
import pytest
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.evaluation import evaluate
from disentanglement_lib.postprocessing import postprocess
from disentanglement_lib.utils import results
from support.exported import L0_PAIR
from support.exported import arrays
from support.exported import assert_same
from support.exported import export
from support.exported import outputs

from sparse_disent import cli
from sparse_disent import export as compaction
from sparse_disent.export import costs
from sparse_disent.export import equality
from sparse_disent.export import linear
from sparse_disent.export import module

pytestmark = pytest.mark.slow  # Compacts whole models.
LATENTS = [1, 3, 4]
TRAIN = """import sparse_disent
dataset.name = 'dummy_data'
encoder.num_latent = 6
model.name = 'something'
"""
POSTPROCESS = ["dataset.name = 'auto'", "postprocess.random_seed = 0",
               "postprocess.postprocess_fn = @mean_representation"]
EVALUATE = ["dataset.name = 'auto'", "evaluation.random_seed = 0",
            "evaluation.evaluation_fn = @mig", "mig.num_train = 100",
            "discretizer.discretizer_fn = @histogram_discretizer",
            "discretizer.num_bins = 20"]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
  monkeypatch.setattr(costs, "_ROUNDS", 1)
  monkeypatch.setattr(costs, "_WARM_UP", 0)


def values(name, shape):
  """Prunes three latents; closes a channel of e2 and d4, but not its bias."""
  if name.endswith("l0_pair/scaled_log_alpha"):
    return np.array([-4.0, -0.7, -3.0, 4.0, 1.1, -2.5])
  if name in ("encoder/e2/random_gate/mask", "decoder/d4/random_gate/mask"):
    return np.arange(shape[-1]) != 5
  if name in ("encoder/e2/bias", "decoder/d4/bias"):
    return np.full(shape, 0.3)
  return None


@pytest.fixture(scope="module", name="model")
def model_directory(tmp_path_factory):
  """What dlib_train writes, but for the checkpoints."""
  directory = tmp_path_factory.mktemp("model")
  export(directory, "masked_conv", L0_PAIR,
         "channel_mask.gate = @random_gate()",
         "channel_mask.layers = ['e2', 'd4']", model="sparse_vae",
         values=values)
  for name, text in (("gin/train.gin", TRAIN),
                     ("json/train_results.json", '{"loss": 1.5}')):
    path = directory / "results" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
  return directory


def test_a_model_is_compacted(model, tmp_path, capsys):
  out = tmp_path / "new" / "compacted"
  summary = compaction.compact(str(model), str(out))
  assert_same(str(model / "tfhub"), str(out / "tfhub"), LATENTS)
  assert os.listdir(tmp_path / "new") == ["compacted"]
  assert "compacting: 4/4 steps" in capsys.readouterr().err
  assert summary.difference < 1e-6
  assert summary.data == "dummy_data"
  check_results(out, summary)
  check_upstream(out, tmp_path)


def check_results(out, summary):
  written = json.loads(
      (out / "results" / "json" / "compact_results.json").read_text())
  assert written["latents"] == LATENTS
  assert written["pruned_latents"] == [0, 2, 5]
  assert written["parameters.before"] > written["parameters.after"] == (
      summary.costs["parameters"][1])
  assert written["bytes.after"] == sum(
      path.stat().st_size for path in (out / "tfhub").rglob("*")
      if path.is_file())
  # A channel of e2, and three latents of either head.
  assert written["flops.gaussian_encoder.before"] == (
      written["flops.gaussian_encoder.after"] + 2 * 16 * 16 * (4 * 4 * 32)
      + 2 * 8 * 8 * (2 * 2 * 64) + 2 * 2 * 3 * 256)
  assert json.loads((out / "results" / "json" / "train_results.json"
                     ).read_text()) == {"loss": 1.5}
  # Upstream's pictures take the width of the code from here.
  text = (out / "results" / "gin" / "train.gin").read_text()
  assert text == TRAIN.replace(
      "encoder.num_latent = 6", "# Before sparse-disent compact: "
      "encoder.num_latent = 6\nencoder.num_latent = 3")
  assert results.gin_dict(str(out / "results" / "gin" / "train.gin"))[
      "encoder.num_latent"] == "3"


def check_upstream(out, directory):
  representation, metric = (
      str(directory / name) for name in ("representation", "metric"))
  postprocess.postprocess_with_gin(
      str(out), representation, False, [], POSTPROCESS)
  evaluate.evaluate_with_gin(representation, metric, False, [], EVALUATE)
  path = pathlib.Path(metric) / "results" / "json"
  assert "discrete_mig" in json.loads(
      (path / "evaluation_results.json").read_text())
  assert (path / "compact_results.json").exists()


def test_noise_and_images_of_the_data_set_are_compared(
    model, tmp_path, monkeypatch):
  batches, differences = [], iter([1e-7, 3e-7])

  def check(before, after, images, *others):
    del before, after, others
    batches.append(images)
    return next(differences)

  monkeypatch.setattr(equality, "check", check)
  summary = compaction.compact(str(model), str(tmp_path / "out"))
  assert summary.difference == 3e-7
  noise, real = batches
  assert noise.shape == real.shape == (64, 64, 64, 1)
  np.testing.assert_array_equal(
      real, dummy_data.DummyData().sample_observations(
          64, np.random.RandomState(0)).astype(np.float32))


def test_latents_keep_their_places(model, tmp_path):
  before, out = str(model / "tfhub"), tmp_path / "out"
  compaction.compact(str(model), str(out), keep_latents=True)
  assert_same(before, str(out / "tfhub"))
  mean = outputs(str(out / "tfhub"), *arrays(before))["mean"]
  assert np.all(mean[:, [0, 2, 5]] == 0.0)
  assert np.all(mean[:, LATENTS] != 0.0)
  assert (out / "results" / "gin" / "train.gin").read_text() == TRAIN


def test_a_module_without_results(model, tmp_path):
  os.symlink(model / "tfhub", tmp_path / "module")
  gin.bind_parameter("vae.beta", 3.0)
  summary = compaction.compact(
      str(tmp_path / "module"), str(tmp_path / "out"))
  assert gin.config_str() == ""
  assert not summary.has_real_images
  assert summary.data == (
      "there is no results/gin/train.gin that names a data set")
  assert sorted(os.listdir(tmp_path / "out")) == ["results", "tfhub"]
  assert not (tmp_path / "out" / "results" / "gin" / "train.gin").exists()


def test_the_folder_tfhub_stands_for_its_model(model, tmp_path):
  out = tmp_path / "out"
  compaction.compact(str(model / "tfhub"), str(out))
  assert (out / "results" / "gin" / "train.gin").exists()


def without_effect(monkeypatch):
  """A closed channel's bias is forgotten."""
  monkeypatch.setattr(linear.Linear, "_uneven_effect", lambda *_: 0.0)


def bias_everywhere(monkeypatch):
  """A closed channel's bias is added at the borders like elsewhere."""
  def effect(layer, constants, absent, needed, variable):
    del variable
    return np.einsum(
        "i,hwio->o", constants.values[0, 0, absent],
        layer._kernel[..., absent, :][..., needed]).astype(np.float32)

  monkeypatch.setattr(linear.Linear, "_uneven_effect", effect)


def another_latent(monkeypatch):
  """A latent is taken for pruned that is not."""
  original = module.plan

  def plan(model, keep_latents):
    compacted = original(model, keep_latents=keep_latents)
    compacted.latents[4] = False
    return compacted

  monkeypatch.setattr(module, "plan", plan)


@pytest.mark.parametrize(
    "fault", [without_effect, bias_everywhere, another_latent])
def test_a_wrong_compaction_is_not_saved(model, tmp_path, monkeypatch, fault):
  fault(monkeypatch)
  with pytest.raises(ValueError, match="The compacted module is not the model"):
    compaction.compact(str(model), str(tmp_path / "out"))
  assert os.listdir(tmp_path) == []


def test_the_command(model, tmp_path, capsys):
  out = str(tmp_path / "out")
  assert cli.main(["compact", str(model), out, "--keep_latents"]) == 0
  lines = capsys.readouterr().out.splitlines()
  assert lines[0].split() == ["before", "after", "ratio"]
  assert "encoder/e2       32 -> 31 outputs" in lines
  assert "encoder/e3       32 -> 31 inputs" in lines
  assert "Kept in their places: 3 pruned latents." in lines
  assert lines[-1] == f"Wrote {out}."
  assert cli.main(["compact", str(model), out]) == 1
  assert capsys.readouterr().err.startswith(
      f"sparse-disent: error: '{out}' exists and is never overwritten.")


def test_an_existing_directory_is_refused(model, tmp_path):
  with pytest.raises(FileExistsError) as error:
    compaction.compact(str(model), str(tmp_path))
  assert str(error.value) == (
      f"'{tmp_path}' exists and is never overwritten. Move it away, or choose "
      "another directory.")


@pytest.mark.parametrize("part", ["tfhub", "results"])
def test_nothing_is_written_into_the_model(model, part):
  """Results would be copied into themselves."""
  place = pathlib.Path(model, part)
  before = sorted(place.rglob("*"))
  with pytest.raises(ValueError, match=f"is inside '.*{part}', which is a "):
    compaction.compact(str(model), str(place / "new" / "small"))
  assert sorted(place.rglob("*")) == before


def test_a_stopped_training(tmp_path):
  (tmp_path / "model/tf_checkpoint").mkdir(parents=True)
  (tmp_path / "model/tf_checkpoint/started.gin").touch()
  (tmp_path / "model/tf_checkpoint/model.ckpt-68.index").touch()
  with pytest.raises(ValueError, match="was stopped at step 68. To go on: "):
    compaction.compact(str(tmp_path / "model"), str(tmp_path / "out"))


def test_no_model(tmp_path):
  (tmp_path / "notes").touch()
  with pytest.raises(ValueError) as error:
    compaction.compact(str(tmp_path), str(tmp_path / "out"))
  assert str(error.value) == (
      f"There is no module in '{tmp_path}': neither it nor its folder 'tfhub' "
      "holds a tfhub_module.pb. Give the directory that dlib_train wrote.")
