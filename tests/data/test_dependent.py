"""Dependent factors: frequencies, streams, gin, and who sees them."""
import inspect

import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.data.ground_truth import util
from disentanglement_lib.methods.unsupervised import train
from scipy import stats
from support import small_data
from support import small_dsprites
from support import small_mnist

from sparse_disent.compat.training import bulk_input
from sparse_disent.data import dependent
from sparse_disent.data import mnist
from sparse_disent.data import registry
from sparse_disent.evaluation import trained_data

upstream = inspect.unwrap(util.tf_data_set_from_ground_truth_data)
INFINITE = 1e999  # As gin files can write it.
BOX = {"shape": 2, "orientation": "2:"}


@pytest.fixture
def sprites(tmp_path, monkeypatch):
  """Upstream's dSprites, from 96 images."""
  path, _ = small_dsprites.write(tmp_path)
  monkeypatch.setattr(dsprites, "DSPRITES_PATH", path)
  monkeypatch.setattr(dsprites.DSprites, "factors_num_values", list(
      small_dsprites.SIZES[1:]))
  return dsprites.DSprites([1, 2, 3, 4, 5])


def check_frequencies(counts, probabilities):
  """Checks that no count is among the least likely, 1 in 100,000 each side."""
  num = counts.sum()
  assert stats.binom.cdf(counts, num, probabilities).min() > 1e-5
  assert stats.binom.sf(counts - 1, num, probabilities).min() > 1e-5


def histogram(columns, sizes):
  flat = np.ravel_multi_index(columns.T, sizes)
  return np.bincount(flat, minlength=np.prod(sizes)).reshape(sizes)


def scaled(size):
  return np.linspace(0, 1, size)


@pytest.mark.parametrize("sigma", [.1, .4, .7])
def test_frequencies_and_independence_of_the_others(sigma):
  sizes = [4, 3, 6, 5]
  data = dependent.correlated(
      small_data.Factors(sizes), pairs=[(2, 0)], sigma=sigma, slope=.8)
  factors = data.sample_factors(100000, np.random.RandomState(0))
  expected = np.exp(-(scaled(6) - .8 * scaled(4)[:, None])**2 / (2 * sigma**2))
  expected /= expected.sum()
  check_frequencies(histogram(factors[:, [0, 2]], [4, 6]), expected)
  # The others are uniform, whatever those of the pair are.
  check_frequencies(
      histogram(factors, sizes),
      np.broadcast_to(expected[:, None, :, None] / 15, sizes))
  assert data.num_factors == 4 and data.factors_num_values == sizes


def test_paper_correlation_of_two_factors():
  """sigma 0.2 correlates factors of 32 values by about 0.78."""
  data = dependent.correlated(
      small_data.Factors([32, 32]), pairs=[(0, 1)], sigma=.2)
  factors = data.sample_factors(50000, np.random.RandomState(0))
  # The moments of the density exp(-(x - y)^2 / 0.08) on the grid.
  x, y = np.meshgrid(scaled(32), scaled(32))
  p = np.exp(-(x - y)**2 / .08)
  p /= p.sum()
  variance = (p * x**2).sum() - (p * x).sum()**2
  covariance = (p * x * y).sum() - (p * x).sum()**2
  assert .77 < covariance / variance < .79
  np.testing.assert_allclose(
      np.corrcoef(factors.T)[0, 1], covariance / variance, atol=.01)


def test_several_pairs_and_constraints_multiply():
  sizes = [4, 3, 6]
  data = dependent.constrained(dependent.correlated(
      small_data.Factors(sizes), pairs=[(0, 1), (1, 2)], sigma=[.3, .5],
      slope=[1, 2]), left_out=[{0: 0, 2: "3:"}, {1: [0, 2], 2: 5}])
  a, b, c = np.ix_(scaled(4), scaled(3), scaled(6))
  expected = np.exp(-(a - b)**2 / .18) * np.exp(-(b - 2 * c)**2 / .5)
  expected[0, :, 3:] = 0
  expected[:, [0, 2], 5] = 0
  counts = histogram(
      data.sample_factors(100000, np.random.RandomState(1)), sizes)
  check_frequencies(counts, expected / expected.sum())
  assert not counts[expected == 0].any()


def test_left_out_and_only_are_complements():
  data, boxes = small_data.Factors([3, 4]), [{0: 2, 1: "2:"}, {1: 0}]
  counts = [histogram(
      dependent.constrained(data, **{name: boxes}).sample_factors(
          2000, np.random.RandomState(0)), [3, 4])
            for name in ("left_out", "only")]
  assert np.array_equal(counts[0] == 0, counts[1] > 0)
  assert np.count_nonzero(counts[1]) == 2 + 3


def test_infinite_sigma_leaves_the_data_as_they_are(sprites):
  for sigma in ("inf", INFINITE):
    assert dependent.correlated(
        sprites, pairs=[("x", "y"), ("shape", "scale")], sigma=sigma) is sprites
  one = dependent.correlated(
      sprites, pairs=[("x", "y"), ("shape", "scale")], sigma=["inf", .3])
  assert [group.factors for group in one.groups] == [(0, 1)]


@pytest.mark.parametrize("arguments, message", [
    ({"sigma": 0}, "correlated.sigma must be a positive number or 'inf', but "
     "is 0. Give one, or a list with one for each of the 1 pairs."),
    ({"sigma": -.1}, "correlated.sigma must be a positive number or 'inf', but "
     "is -0.1. Give one, or a list with one for each of the 1 pairs."),
    ({"sigma": True}, "correlated.sigma must be a positive number or 'inf', "
     "but is True. Give one, or a list with one for each of the 1 pairs."),
    ({"slope": False}, "correlated.slope must be a finite number, but is "
     "False. Give one, or a list with one for each of the 1 pairs."),
    ({"sigma": "big"}, "correlated.sigma must be a positive number or 'inf', "
     "but is 'big'. Give one, or a list with one for each of the 1 pairs."),
    ({"sigma": float("nan")}, "correlated.sigma must be a positive number or "
     "'inf', but is nan. Give one, or a list with one for each of the 1 "
     "pairs."),
    ({"sigma": [.1, .2]}, "correlated.sigma must be a positive number or "
     "'inf', but is [0.1, 0.2]. Give one, or a list with one for each of the "
     "1 pairs."),
    ({"slope": INFINITE}, "correlated.slope must be a finite number, but is "
     "inf. Give one, or a list with one for each of the 1 pairs."),
    ({"pairs": [("x", "why")]}, "correlated.pairs must name factors of the "
     "data set, which are shape, scale, orientation, x, y, or have indices "
     "from 0 to 4, but is 'why'. The nearest name is 'y'."),
])
def test_wrong_correlations(sprites, arguments, message):
  arguments = {"pairs": [("x", "y")], "sigma": .1, **arguments}
  with pytest.raises(ValueError) as error:
    dependent.correlated(sprites, **arguments)
  assert str(error.value) == message


@pytest.mark.parametrize("arguments, message", [
    ({"left_out": [{"x": [0, 1]}]}, "constrained.left_out must leave some "
     "combination of factors, but is [{'x': [0, 1]}]. Leave out fewer."),
    ({"left_out": [{"x": 0}, {"x": 1}]}, "constrained.left_out must leave some "
     "combination of factors, but is [{'x': 0}, {'x': 1}]. Leave out fewer."),
    ({"only": []}, "constrained.only must be a list of dictionaries from "
     "factors to values, but is []. Write [{'shape': 2, 'x': '16:'}]."),
    ({}, "constrained.left_out must be given, or constrained.only in its "
     "place, but is None. Give a list of dictionaries to one of them."),
    ({"left_out": [BOX], "only": [BOX]}, "constrained.left_out must be given, "
     "or constrained.only in its place, but is [{'shape': 2, 'orientation': "
     "'2:'}]. Give a list of dictionaries to one of them."),
])
def test_wrong_constraints(sprites, arguments, message):
  with pytest.raises(ValueError) as error:
    dependent.constrained(sprites, **arguments)
  assert str(error.value) == message


# Streams.


def make(kind, sprites, tmp_path, monkeypatch):
  """Returns dependent data, drawn in bulk or one by one."""
  if kind == "sprites":
    return dependent.constrained(dependent.correlated(
        sprites, pairs=[("orientation", "x")], sigma=.4),
        left_out=[{"shape": 0, "scale": 1}])
  if kind == "reordered":
    data = dsprites.DSprites([5, 0, 1])
    monkeypatch.setattr(dsprites.DSprites, "factors_num_values", [2, 1, 3])
    return dependent.correlated(data, pairs=[("y", "shape")], sigma=.2)
  if kind == "noisy":
    return dependent.correlated(
        dsprites.NoisyDSprites([1, 2, 3, 4, 5]), pairs=[(0, 2)], sigma=.4)
  monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path))
  small_mnist.write(tmp_path)
  return dependent.constrained(mnist.MNIST(), left_out=[{"digit": "5:"}])


@pytest.fixture(params=["sprites", "reordered", "noisy", "mnist"])
def data(request, sprites, tmp_path, monkeypatch):
  return make(request.param, sprites, tmp_path, monkeypatch)


def test_bulk_equals_single_samples(data):
  ours, theirs = np.random.RandomState(7), np.random.RandomState(7)
  for num in (1, 50, 3):
    np.testing.assert_array_equal(
        bulk_input.sample_one_by_one(data, num, ours),
        [data.sample_observations(1, theirs)[0] for _ in range(num)])
    for a, b in zip(ours.get_state(), theirs.get_state(), strict=True):
      np.testing.assert_array_equal(a, b)


def test_drawn_in_bulk(sprites, tmp_path, monkeypatch):
  data = make("sprites", sprites, tmp_path, monkeypatch)
  monkeypatch.setattr(bulk_input, "in_turn", None)
  assert len(bulk_input.sample_one_by_one(
      data, 100, np.random.RandomState(0))) == 100


def read(data_set, num):
  with tf.Graph().as_default(), tf.Session() as session:
    element = data_set().make_one_shot_iterator().get_next()
    return [session.run(element) for _ in range(num)]


def stream(data, batch_size, num):
  return np.concatenate(read(lambda: util.tf_data_set_from_ground_truth_data(
      data, 3).batch(batch_size), num))


def test_the_stream_does_not_depend_on_batches_and_blocks(
    sprites, monkeypatch):
  gin.parse_config("correlated.pairs = [('orientation', 'x')]\n"
                   "correlated.sigma = 0.3")
  images = stream(sprites, 60, 1)
  monkeypatch.setattr(bulk_input, "_BLOCK", 3 * 4096)
  np.testing.assert_array_equal(stream(sprites, 7, 9)[:60], images)
  single = np.stack(read(
      lambda: util.tf_data_set_from_ground_truth_data(sprites, 3), 60))
  np.testing.assert_array_equal(single, images)


@pytest.mark.parametrize("bindings", [
    "", "correlated.pairs = [('x', 'y')]\ncorrelated.sigma = 'inf'"])
def test_without_dependence_the_stream_is_upstreams(sprites, bindings):
  gin.parse_config(bindings)
  np.testing.assert_array_equal(
      stream(sprites, 20, 3), np.stack(read(lambda: upstream(sprites, 3), 60)))


def test_constrained_images_are_never_drawn(sprites):
  gin.parse_config(f"constrained.left_out = [{BOX}]")
  shown = {image.tobytes() for image in stream(sprites, 100, 30)}
  images = sprites.images[:].astype(np.float32).reshape(
      [*small_dsprites.SIZES, -1])
  left_out = {image.tobytes() for image in
              images[0, 2, :, 2:].reshape([-1, 4096])}
  assert len(left_out) == 16 and len(shown) == 96 - 16
  assert not shown & left_out


# Gin, the check before training, and evaluation.


def test_the_check_before_training(sprites, monkeypatch):
  monkeypatch.setattr(registry, "_loaded", {})
  monkeypatch.setattr(
      registry.files, "check_available", lambda name: None)
  gin.parse_config("dataset.name = 'dsprites_full'\n"
                   "correlated.pairs = [('x', 'z')]\ncorrelated.sigma = .2")
  with pytest.raises(ValueError, match="^correlated.pairs must name .*'.$"):
    registry.check_before_training()
  gin.parse_config("correlated.pairs = [('x', 'y')]")
  registry.check_before_training()
  loaded, = registry._loaded.values()
  assert named_data.get_named_ground_truth_data() is loaded
  assert type(loaded) is dsprites.DSprites


def test_sigma_alone_is_refused():
  gin.parse_config("correlated.sigma = .2")
  with pytest.raises(ValueError, match="^correlated.pairs must be a list of "
                     r"pairs of factors, but is None. .*\.$"):
    dependent.as_configured(dummy_data.DummyData())


def test_gin_says_nothing_to_calls_from_python(sprites):
  gin.parse_config(f"constrained.left_out = [{BOX}]")
  data = dependent.constrained(sprites, only=[BOX])
  assert (data.sample_factors(9, np.random.RandomState(0))[:, 0] == 2).all()


def test_training_is_dependent_and_evaluation_is_not(tmp_path, monkeypatch):
  drawn = []
  original = dependent.Dependent.sample_factors

  def sample_factors(self, num, random_state):
    drawn.append(original(self, num, random_state))
    return drawn[-1]

  monkeypatch.setattr(dependent.Dependent, "sample_factors", sample_factors)
  gin.parse_config("dataset.name = 'dummy_data'\n"
                   "correlated.pairs = [(0, 1)]\ncorrelated.sigma = 0.001\n"
                   "constrained.left_out = [{2: '1:'}]")
  read_batch = train._make_input_fn(
      named_data.get_named_ground_truth_data(), 0)
  with tf.Graph().as_default(), tf.Session() as session:
    session.run(read_batch({"batch_size": 20}))
  factors = np.concatenate(drawn)
  assert len(factors) >= 20 and len(np.unique(factors[:, 0])) > 1
  assert (factors[:, 0] == factors[:, 1]).all() and not factors[:, 2].any()
  # What training saves with the model, and evaluation reads.
  saved = tmp_path / "model/results/gin/train.gin"
  saved.parent.mkdir(parents=True)
  saved.write_text(gin.operative_config_str())
  assert "correlated.pairs = [(0, 1)]" in saved.read_text()
  assert "constrained.left_out = [{2: '1:'}]" in saved.read_text()
  data, settings = trained_data.load(str(tmp_path / "model"))
  assert type(data) is dummy_data.DummyData and not settings
