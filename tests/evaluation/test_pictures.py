"""Sheets of images: by hand-made networks, and of an exported model."""
import json

import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import gaussian_encoder_model
from PIL import Image
from scipy import stats
from support import small_runs
from support.small_models import LOG_ALPHA
from support.small_models import NETWORKS
from support.small_models import BuiltSpec

from sparse_disent.evaluation import pictures

CODES = np.random.RandomState(3).normal(size=[20, 4]).astype(np.float32)
CODES[:, 1] = 0.0  # Pruned.


def images(channels=1):
  """Images [20, 2, 3, channels] whose pixel [0, 0] is their number / 100."""
  result = np.zeros([20, 2, 3, channels], np.float32)
  result[:, 0, 0] = np.arange(20)[:, np.newaxis] / 100
  return result


def encode(batch):
  # The logarithm of the variance 0 is that of its floor.
  return CODES[:len(batch)], np.tile([-1.0, -46.05, -1.0, -1.0],
                                     [len(batch), 1])


def decoder(channels=1):
  def decode(codes):
    """The code in the first pixels, as 0.5 + code / 10."""
    result = np.zeros([len(codes), 2, 3, channels])
    result[:, 0, :, :] = 0.5 + codes[:, :3, np.newaxis] / 10
    result[:, 1, 0, :] = 0.5 + codes[:, 3:] / 10
    return result
  return decode


def cell(sheet, row, column):
  """One image [2, 3, channels + 1] of a sheet of 2 x 3 cells, gap 2."""
  return sheet[4 * row:4 * row + 2, 5 * column:5 * column + 3]


def byte(value):
  return np.rint(255 * np.clip(value, 0, 1))


@pytest.mark.parametrize("channels", [1, 3])
def test_reconstructions_stand_below_their_originals(channels):
  sheets, description = pictures.draw(
      images(channels), encode, decoder(channels), num_columns=5)
  sheet = sheets["reconstructions"]
  assert sheet.shape == (2 * 4 - 2, 5 * 5 - 2, channels + 1)
  assert description["reconstructions"]["rows"] == [
      "original", "reconstruction"]
  assert description["cell"] == [2, 3] and description["gap"] == 2
  for i in range(5):
    assert (cell(sheet, 0, i)[0, 0, :-1] == byte(i / 100)).all()
    np.testing.assert_array_equal(
        cell(sheet, 1, i)[0, :, 0], byte(0.5 + CODES[i, :3] / 10))
  # Between the images there is nothing.
  assert (sheet[..., -1] == 255).sum() == 2 * 5 * 6
  assert (sheet[2:4, :, -1] == 0).all()


def test_each_row_moves_its_latent():
  sheets, description = pictures.draw(
      images(), encode, decoder(), num_columns=3)
  rows = description["traversals"]["rows"]
  assert [row["pruned"] for row in rows] == [False, True, False, False]
  assert rows[1]["kl"] == 0
  assert rows[0]["kl"] == pytest.approx(
      np.mean(CODES[:, 0]**2 + np.exp(-1) + 1 - 1) / 2, rel=1e-5)
  for i in (0, 2):
    for j, value in enumerate(np.linspace(*np.quantile(
        CODES[:, i], [0.025, 0.975]), 3)):
      code = CODES[0].copy()
      code[i] = value
      np.testing.assert_allclose(
          cell(sheets["traversals"], i, j)[0, :, 0],
          byte(0.5 + code[:3] / 10), atol=1)
  row = [cell(sheets["traversals"], 1, j) for j in range(3)]
  np.testing.assert_array_equal(row[0], row[2])


def test_groups_have_a_row_each():
  sheets, description = pictures.draw(
      images(), encode, decoder(), num_columns=2, groups=[1, 1, 2])
  assert description["reconstructions"]["rows"] == [
      "original", "group 1", "groups 1 to 2", "reconstruction"]
  assert description["groups"] == [1, 1, 2]
  np.testing.assert_array_equal(
      cell(sheets["reconstructions"], 1, 1)[0, :, 0],
      byte(0.5 + np.array([CODES[1, 0], 0, 0]) / 10))


def test_more_classes_than_columns_make_a_wider_sheet():
  def encode_classes(batch):
    probabilities = np.eye(3)[np.arange(len(batch)) % 3]
    return (np.concatenate([CODES[:len(batch), :1], probabilities], axis=1),
            np.zeros([len(batch), 4]))

  sheets, description = pictures.draw(
      images(), encode_classes, decoder(), num_columns=2, num_classes=3)
  rows = description["traversals"]["rows"]
  assert [row["name"] for row in rows] == ["z0", "class"]
  assert rows[1]["kl"] == pytest.approx(np.log(3), abs=0.01)
  sheet = sheets["traversals"]
  assert sheet.shape[1] == 3 * 5 - 2
  assert (cell(sheet, 0, 2) == 0).all()
  assert cell(sheet, 1, 1)[0, 2, 0] == byte(0.6)


class NoiseData:
  """Ground truth data of noise, drawn from the random state."""

  def sample_observations(self, num, random_state):
    return random_state.uniform(size=[num, 6, 6, 1]).astype(np.float32)


@pytest.fixture(scope="module", name="model_dir")
def trained_model(tmp_path_factory):
  """An exported L0Pair model with the gates 1 and 3 of 5 closed."""
  folder = tmp_path_factory.mktemp("model")
  gin.parse_config(NETWORKS)
  built = BuiltSpec(test_gate="median")
  built.assign(LOG_ALPHA, np.array([2.0, -4.0, 2.0, -1.0, 2.0]))
  checkpoint = built.save(folder / "trained")
  with tf.Graph().as_default():
    gaussian_encoder_model.export_as_tf_hub(
        built.model, [6, 6, 1], checkpoint, str(folder / "tfhub"))
  write_config(folder, "'logits'")
  reader = tf.train.load_checkpoint(checkpoint)
  weights = {name: reader.get_tensor(name)
             for name in reader.get_variable_to_shape_map()}
  return folder, weights


def write_config(folder, activation):
  path = folder / "results/gin/train.gin"
  path.parent.mkdir(parents=True, exist_ok=True)
  path.write_text(
      f"reconstruction_loss.activation = {activation}\n"
      "sparse_vae.groups = None\ndataset.name = 'dummy_data'\n")


def test_a_trained_model_by_numpy(model_dir, tmp_path):
  folder, weights = model_dir
  pictures.write(str(folder), str(tmp_path / "out"), NoiseData(),
                 num_images=10, num_columns=4, seed=7)
  assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
      "pictures.json", "reconstructions.png", "traversals.png"]
  description = json.loads((tmp_path / "out/pictures.json").read_text())
  rows = description["traversals"]["rows"]
  assert [row["pruned"] for row in rows] == [False, True, False, True, False]
  assert description["num_images"] == 10 and description["seed"] == 7
  assert description["data"] == "original"
  with Image.open(tmp_path / "out/reconstructions.png") as file:
    assert file.mode == "LA"
    sheet = np.asarray(file)
  batch = np.random.RandomState(7).uniform(size=[10, 6, 6, 1])
  np.testing.assert_array_equal(sheet[:6, :6, 0], byte(batch[0, ..., 0]))

  def dense(layer, inputs):
    return inputs @ weights[f"{layer}/kernel"] + weights[f"{layer}/bias"]

  mean = dense("encoder/e1", batch.reshape([10, -1]))
  mean[:, [1, 3]] = 0
  expected = stats.logistic.cdf(dense("decoder/d1", mean[:4]))
  for i in range(4):
    np.testing.assert_allclose(
        sheet[8:14, 8 * i:8 * i + 6, 0], byte(expected[i].reshape([6, 6])),
        atol=1)


def test_the_same_seed_draws_the_same_pictures(model_dir, tmp_path):
  folder, _ = model_dir
  for name in ("a", "b"):
    pictures.write(str(folder), str(tmp_path / name), NoiseData(),
                   num_images=10, num_columns=4)
  for path in (tmp_path / "a").iterdir():
    assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_older_pictures_stand_until_the_new_ones_are_whole(
    model_dir, tmp_path, monkeypatch):
  folder, out = model_dir[0], tmp_path / "out"
  out.mkdir()
  for name in ("pictures.json", "traversals.png", "mine.txt"):
    (out / name).write_text(name)
  with monkeypatch.context() as broken:
    broken.setattr(pictures.pathlib.Path, "write_bytes",
                   lambda self, data: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
      pictures.write(str(folder), str(out), NoiseData(), num_images=4)
  assert {path.name: path.read_text() for path in out.iterdir()} == {
      name: name for name in ("pictures.json", "traversals.png", "mine.txt")}
  pictures.write(str(folder), str(out), NoiseData(), num_images=4)
  assert json.loads((out / "pictures.json").read_text())["num_images"] == 4
  assert (out / "mine.txt").read_text() == "mine.txt"
  assert len(list(out.iterdir())) == 4


def test_other_activations(model_dir, tmp_path):
  folder, _ = model_dir
  write_config(folder, "'tanh'")
  pictures.write(str(folder), str(tmp_path / "out"), NoiseData(),
                 num_images=4, num_columns=2)
  write_config(folder, "'relu'")
  with pytest.raises(ValueError, match="activation must be one of logits, tanh"
                     ".*but is 'relu'"):
    pictures.write(str(folder), str(tmp_path / "none"), NoiseData(),
                   num_images=4, num_columns=2)
  assert not (tmp_path / "none").exists()
  write_config(folder, "'logits'")


def test_re_rendered_data_are_told(model_dir, tmp_path, monkeypatch):
  folder, _ = model_dir
  monkeypatch.setattr(pictures.origin, "at_hand",
                      {"dummy_data": "re-rendered"}.get)
  pictures.write(str(folder), str(tmp_path), NoiseData(), num_images=4)
  description = json.loads((tmp_path / "pictures.json").read_text())
  assert description["data"] == "re-rendered"


def test_pictures_of_an_earlier_training_are_not_those_of_the_model(
    model_dir, tmp_path):
  model, out = str(model_dir[0]), str(tmp_path / "out")
  small_runs.write_step(model_dir[0], "train", uuid="of before")
  assert not pictures.are_drawn(out, model)
  pictures.write(model, out, NoiseData(), num_images=4)
  assert pictures.are_drawn(out, model)
  small_runs.write_step(model_dir[0], "train", uuid="of now")
  assert not pictures.are_drawn(out, model)
  (tmp_path / "out/pictures.json").write_text("{}")  # Of an earlier version.
  assert pictures.are_drawn(out, model)
  (tmp_path / "out/pictures.json").write_text("{")
  assert not pictures.are_drawn(out, model)


def test_no_model(tmp_path):
  with pytest.raises(FileNotFoundError, match="no trained model .*dlib_train"):
    pictures.write(str(tmp_path), str(tmp_path / "out"), NoiseData())
