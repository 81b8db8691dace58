"""Loaded models, against NumPy on their weights and against upstream's hub."""
import re

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import train
from scipy import special
from scipy import stats
from support import exported
from support import exported_runs
from support import small_training

import sparse_disent
from sparse_disent import export
from sparse_disent.trained import model as model_lib

IMAGES = exported_runs.IMAGES
GROUPED = """
  sparse_vae.groups = [2, 3]
  sparse_vae.latent = @l0_pair()
  l0_pair.test_gate = "median"
"""
LOG_ALPHA = {"encoder/l0_pair/scaled_log_alpha":
                 np.array([1.0, -2.0, 1.0, 1.0, 1.0])}
CLASSES = """
  sparse_vae.categorical = @categorical_latent()
  categorical_latent.num_classes = 3
"""


class Linear:
  """The networks of `exported_runs` in NumPy."""

  def __init__(self, weights, open_gates):
    self._weights, self._open = weights, open_gates

  def _layer(self, name, inputs):
    return (inputs @ self._weights[f"{name}/kernel"].astype(np.float64)
            + self._weights[f"{name}/bias"])

  def mean(self, images):
    return self._open * self._layer("encoder/e1", images.reshape([4, -1]))

  def logvar(self, images):
    return self._layer("encoder/e2", images.reshape([4, -1]))

  def image(self, codes):
    return stats.logistic.cdf(self._layer("decoder/d1", codes)).reshape(
        [-1, 64, 64, 1])


@pytest.fixture(scope="module", name="grouped")
def grouped_model(tmp_path_factory):
  model_dir = tmp_path_factory.mktemp("grouped") / "model"
  weights = exported_runs.export(model_dir, GROUPED, LOG_ALPHA)
  with sparse_disent.load(model_dir) as model:
    yield model, Linear(weights, np.array([1, 0, 1, 1, 1]))


def close(actual, expected):
  assert actual.dtype == np.float32
  np.testing.assert_allclose(actual, expected, atol=2e-5)


def test_codes_and_images(grouped):
  model, linear = grouped
  mean, logvar = model.posterior(IMAGES)
  close(mean, linear.mean(IMAGES))
  close(logvar[:, [0, 2, 3, 4]], linear.logvar(IMAGES)[:, [0, 2, 3, 4]])
  assert np.isfinite(logvar).all()
  close(model.encode(IMAGES), mean)
  close(model.decode(mean), linear.image(mean))
  close(model.reconstruct(IMAGES), linear.image(mean))
  extreme = model.decode(100 * mean)
  assert 0 <= extreme.min() < extreme.max() <= 1


def test_facts(grouped):
  model, _ = grouped
  assert model.observation_shape == (64, 64, 1)
  assert model.num_latent == 5 and model.num_classes == 0
  assert model.groups == [2, 3]
  assert model.gates.tolist() == [1, 0, 1, 1, 1] and model.num_active == 4
  assert model.masks == {}
  assert model.config["encoder.num_latent"] == 5
  assert model.config["sparse_vae.latent"] == "@l0_pair()"
  assert "5 latents, 4 active" in repr(model)


def test_groups_of_a_prefix_are_decoded_alone(grouped):
  model, linear = grouped
  code = linear.mean(IMAGES)
  code[:, 2:] = 0
  close(model.reconstruct(IMAGES, num_groups=1), linear.image(code))
  close(model.reconstruct(IMAGES, num_groups=2), model.reconstruct(IMAGES))
  for wrong in (0, 3, "1", True):
    with pytest.raises(ValueError, match="from 1 to 2, the number of groups"):
      model.reconstruct(IMAGES, num_groups=wrong)


def test_a_traversal_moves_one_latent(grouped):
  model, linear = grouped
  codes = np.repeat(linear.mean(IMAGES)[1:2], 3, axis=0)
  codes[:, 2] = [-1.0, 0.5, 4.0]
  close(model.traverse(IMAGES[1], 2, values=[-1.0, 0.5, 4.0]),
        linear.image(codes))
  assert model.traverse(IMAGES[1], 2).shape == (9, 64, 64, 1)
  pruned = model.traverse(IMAGES[1], 1)
  close(pruned, np.repeat(pruned[:1], 9, axis=0))
  for wrong in (5, -1, "class"):
    with pytest.raises(ValueError, match="an index from 0 to 4, but is"):
      model.traverse(IMAGES[1], wrong)
  for wrong in (3, "3", [[1.0]]):
    with pytest.raises(ValueError, match="values must be a list of numbers"):
      model.traverse(IMAGES[1], 2, values=wrong)


def test_more_images_than_a_batch(grouped):
  model, linear = grouped
  many = np.tile(IMAGES, [17, 1, 1, 1])
  close(model.encode(many), np.tile(linear.mean(IMAGES), [17, 1]))
  assert model.encode(IMAGES[:0]).shape == (0, 5)


def test_no_images_of_a_convolutional_model(tmp_path):
  small_training.train_model(
      tmp_path / "model", 1, "encoder.encoder_fn = @conv_encoder",
      "decoder.decoder_fn = @deconv_decoder")
  with sparse_disent.load(tmp_path / "model") as model:
    none = np.zeros([0, *model.observation_shape])
    assert model.encode(none).shape == (0, model.num_latent)
    assert model.reconstruct(none).shape == none.shape


def test_classes_are_probabilities_and_traversed_as_such(tmp_path):
  weights = exported_runs.export(tmp_path / "model", CLASSES)
  linear = Linear(weights, np.ones(5))
  expected = linear.mean(IMAGES)
  expected[:, 2:] = special.softmax(expected[:, 2:], axis=1)
  with sparse_disent.load(tmp_path / "model") as model:
    assert model.num_classes == 3
    close(model.encode(IMAGES), expected)
    codes = np.concatenate(
        [np.tile(expected[:1, :2], [3, 1]), np.eye(3)], axis=1)
    close(model.traverse(IMAGES[0], "class"), linear.image(codes))
    close(model.traverse(IMAGES[0], "class", values=[2]),
          linear.image(codes[2:]))
    close(model.traverse(IMAGES[0], "class", values=np.array([2, 0])),
          linear.image(codes[[2, 0]]))
    for wrong in ([3], [-1], [1.5], [], 2, ["a"], [True]):
      with pytest.raises(ValueError, match=(
          "^values must be a list of indices of classes from 0 to 2, but is "
          f"{re.escape(repr(wrong))}. Leave it out for all classes.$")):
        model.traverse(IMAGES[0], "class", values=wrong)
    with pytest.raises(ValueError, match="0 to 1, or 'class', but is 2"):
      model.traverse(IMAGES[0], 2)


def test_a_model_of_upstreams_alone(tmp_path):
  small_training.train_model(tmp_path / "model", 1)
  with sparse_disent.load(tmp_path / "model") as model:
    images = np.random.RandomState(0).uniform(
        size=[3, *model.observation_shape]).astype(np.float32)
    codes = model.encode(images)
    decoded = exported.outputs(
        str(tmp_path / "model/tfhub"), images, codes)
    close(codes, decoded["mean"])
    close(model.decode(codes), stats.logistic.cdf(decoded["decoded"]))
    assert model.groups == [model.num_latent]
    assert model.gates.tolist() == [1] * model.num_latent
    assert model.masks == {}


def test_masks_are_those_of_the_gates(tmp_path):
  exported_runs.export(tmp_path / "model", """
      encoder.encoder_fn = @masked_fc_encoder
      channel_mask.gate = @random_gate()
      random_gate.sparsity = 0.5
      random_gate.seed = 3
      """)
  with sparse_disent.load(tmp_path / "model") as model:
    shapes = {name: mask.shape for name, mask in model.masks.items()}
    assert shapes["encoder/e2"] == (1200, 1200)
    assert model.masks["encoder/e2"].mean() == pytest.approx(0.5, abs=0.01)
    assert set(np.unique(model.masks["encoder/e2"])) == {0, 1}


def test_a_compacted_model_computes_the_same(grouped, tmp_path):
  model, _ = grouped
  export.compact(model._model_dir, tmp_path / "small")
  with sparse_disent.load(tmp_path / "small") as small:
    assert small.num_latent == 4 and small.groups == [1, 3]
    close(small.encode(IMAGES), model.encode(IMAGES)[:, [0, 2, 3, 4]])
    close(small.reconstruct(IMAGES), model.reconstruct(IMAGES))


def test_a_closed_model(tmp_path):
  exported_runs.export(tmp_path / "model")
  model = sparse_disent.load(tmp_path / "model")
  model.close()
  model.close()
  with pytest.raises(ValueError, match="model' is closed. Load it again"):
    model.encode(IMAGES)


def test_folders_without_a_model(tmp_path):
  with pytest.raises(FileNotFoundError, match="no trained model in .*'tfhub'"):
    sparse_disent.load(tmp_path)
  exported_runs.export(tmp_path / "model")
  (tmp_path / "model/results/gin/train.gin").unlink()
  with pytest.raises(FileNotFoundError, match="train.gin', which tells what"):
    sparse_disent.load(tmp_path / "model")


def test_a_representation_is_no_model(tmp_path, monkeypatch):
  exported_runs.export(tmp_path / "model")
  monkeypatch.setattr(model_lib.reading, "SIGNATURES", {"other": ([], [])})
  with pytest.raises(ValueError, match="model' is no model: its signature"):
    sparse_disent.load(tmp_path / "model")


def test_gin_and_graphs_are_left_alone(grouped):
  model, _ = grouped
  graph = tf.get_default_graph()
  model.encode(IMAGES)
  assert tf.get_default_graph() is graph
  assert train  # Upstream is imported, and its gin was not touched.
