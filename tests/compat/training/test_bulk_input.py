"""The training input against upstream's own, image by image and bit by bit."""
import random

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import cars3d
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.data.ground_truth import mpi3d
from disentanglement_lib.data.ground_truth import norb
from disentanglement_lib.data.ground_truth import shapes3d
from disentanglement_lib.data.ground_truth import util
from disentanglement_lib.methods.unsupervised import train
from PIL import Image
from sklearn.utils import extmath
from support import small_dsprites
from support import small_mnist

from sparse_disent.compat import patching
from sparse_disent.compat.training import bulk_input
from sparse_disent.data import mnist
from sparse_disent.data import packed

upstream = util.tf_data_set_from_ground_truth_data.__wrapped__


def pixels(sizes, channels):
  """Two by two pixels for each combination of factors."""
  return np.random.RandomState(0).randint(
      256, size=[np.prod(sizes), 2, 2, *channels]).astype(np.uint8)


def make_dsprites(kind, *indices):
  def make(directory, monkeypatch):
    monkeypatch.setattr(
        dsprites, "DSPRITES_PATH", small_dsprites.write(directory)[0])
    monkeypatch.setattr(
        dsprites, "SCREAM_PATH", str(directory / "scream.jpg"))
    Image.fromarray(np.arange(3 * 90 * 99, dtype=np.uint8).reshape(
        [90, 99, 3])).save(dsprites.SCREAM_PATH)
    return kind(*indices)
  return make


def make_cars3d(unused_directory, monkeypatch):
  monkeypatch.setattr(
      cars3d.Cars3D, "_load_data",
      lambda self: pixels(self.factor_sizes, [3]) / 255)
  data = cars3d.Cars3D()
  data.data_shape = [2, 2, 3]
  return data


def make_smallnorb(unused_directory, monkeypatch):
  sizes = [5, 10, 9, 18, 6]
  features = extmath.cartesian([np.arange(size) for size in sizes])
  features = np.random.RandomState(1).permutation(features)
  monkeypatch.setattr(
      norb, "_load_small_norb_chunks",
      lambda *unused_paths: (pixels(sizes, []) / 255, features))
  monkeypatch.setattr(norb.SmallNORB, "observation_shape", [2, 2, 1])
  return norb.SmallNORB()


def make_without_file(kind, sizes, scale):
  """Makes data with the attributes that the constructor sets."""
  def make(unused_directory, monkeypatch):
    data = kind.__new__(kind)
    data.images = pixels(sizes, [3])
    if scale:
      data.images = data.images.astype(np.float32) / scale
    data.factor_sizes = sizes
    data.factor_bases = np.prod(sizes) / np.cumprod(sizes)
    data.state_space = util.SplitDiscreteStateSpace(
        sizes, list(range(len(sizes))))
    monkeypatch.setattr(kind, "observation_shape", [2, 2, 3])
    return data
  return make


def make_mnist(directory, monkeypatch):
  monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(directory))
  small_mnist.write(directory)
  return mnist.MNIST()


class ThirdParty(dsprites.DSprites):
  """What a user may derive: each observation draws noise of its own."""

  def sample_observations_from_factors(self, factors, random_state):
    images = super().sample_observations_from_factors(factors, random_state)
    return images * random_state.random_sample(images.shape)


class Coupled(util.SplitDiscreteStateSpace):
  """A state space whose second factor depends on the first."""

  def sample_latent_factors(self, num, random_state):
    factors = super().sample_latent_factors(num, random_state)
    if factors[0, 0]:
      factors[:, 1] = random_state.randint(2, size=num)
    return factors


def make_coupled(directory, monkeypatch):
  data = make_dsprites(dsprites.DSprites)(directory, monkeypatch)
  data.state_space = Coupled(data.factor_sizes, [1, 2, 3, 4, 5])
  return data


class Counting(mnist.MNIST):
  """A subclass of ours that draws once more."""

  def sample_factors(self, num, random_state):
    random_state.rand()
    return super().sample_factors(num, random_state)


def make_counting(directory, monkeypatch):
  make_mnist(directory, monkeypatch)
  return Counting()


IN_BULK = {
    "dsprites_full": make_dsprites(dsprites.DSprites, [1, 2, 3, 4, 5]),
    "dsprites_noshape": make_dsprites(dsprites.DSprites, [2, 3, 4, 5]),
    "dsprites_reordered": make_dsprites(dsprites.DSprites, [5, 1]),
    # Its first factor has one value.
    "dsprites_all_factors": make_dsprites(dsprites.DSprites),
    "cars3d": make_cars3d,
    "smallnorb": make_smallnorb,
    "shapes3d": make_without_file(
        shapes3d.Shapes3D, [10, 10, 10, 8, 4, 15], 255.),
    "mpi3d_toy": make_without_file(
        mpi3d.MPI3D, [4, 4, 2, 3, 3, 40, 40], None),
    "mpi3d_real": make_without_file(
        mpi3d.MPI3D, [6, 6, 2, 3, 3, 40, 40], None),
    "mnist": make_mnist,
}
IN_TURN = {
    "color_dsprites": make_dsprites(
        dsprites.ColorDSprites, [1, 2, 3, 4, 5]),
    "noisy_dsprites": make_dsprites(
        dsprites.NoisyDSprites, [1, 2, 3, 4, 5]),
    "scream_dsprites": make_dsprites(
        dsprites.ScreamDSprites, [1, 2, 3, 4, 5]),
    "dummy_data": lambda *unused: dummy_data.DummyData(),
    "third_party": make_dsprites(ThirdParty),
    "coupled_factors": make_coupled,
    "derived_from_mnist": make_counting,
}
ALL = {**IN_BULK, **IN_TURN}


@pytest.fixture
def data(request, tmp_path, monkeypatch):
  monkeypatch.setattr(packed, "_BLOCK", 96)
  return ALL[request.param](tmp_path, monkeypatch)


def each(names):
  return pytest.mark.parametrize("data", list(names), indirect=True)


def read(data_set, num):
  """Reads elements as upstream's training does, from a graph of TF1."""
  with tf.Graph().as_default():
    element = data_set().make_one_shot_iterator().get_next()
    with tf.Session() as session:
      return [session.run(element) for _ in range(num)]


def images_of(data, num, seed=0):
  """Returns upstream's images, float32 `[num, ...]`."""
  return np.stack(read(lambda: upstream(data, seed), num))


@each(ALL)
def test_same_images_as_upstream(data):
  batches = read(lambda: util.tf_data_set_from_ground_truth_data(
      data, 2**32 - 2).batch(30, drop_remainder=True), 8)
  assert {(batch.dtype, batch.shape[0]) for batch in batches} == {
      (np.dtype(np.float32), 30)}
  np.testing.assert_array_equal(
      np.concatenate(batches), images_of(data, 240, 2**32 - 2))


@each(ALL)
def test_what_is_skipped_is_drawn(data):
  """Of the random state only: the images after it are upstream's."""
  states = [np.random.RandomState(5) for _ in range(2)]
  bulk_input.skip(data, 77, states[0])
  for _ in range(77):
    data.sample_observations(1, states[1])
  np.testing.assert_array_equal(
      states[0].get_state()[1], states[1].get_state()[1])
  assert states[0].get_state()[2:] == states[1].get_state()[2:]


@each(["dsprites_full", "color_dsprites"])
@pytest.mark.parametrize("arguments", [(), (2, True)])
def test_a_data_set_can_begin_at_a_later_batch(data, arguments):
  """With and without bulk: further arguments of `batch` switch it off."""
  def batches():
    with bulk_input.starting_at(3):
      return util.tf_data_set_from_ground_truth_data(data, 5).batch(
          8, True, *arguments)

  np.testing.assert_array_equal(
      np.concatenate(read(batches, 2)), images_of(data, 40, 5)[24:])
  assert bulk_input._start == 0


@each(["dsprites_full", "mnist", "color_dsprites"])
@pytest.mark.parametrize("block", [1, 3 * 4096, 40 * 4096])
@pytest.mark.parametrize("batch_size", [1, 7])
def test_any_batch_and_block(data, monkeypatch, batch_size, block):
  monkeypatch.setattr(bulk_input, "_BLOCK", block)
  batches = read(lambda: util.tf_data_set_from_ground_truth_data(
      data, 5).batch(batch_size), 10)
  np.testing.assert_array_equal(
      np.concatenate(batches), images_of(data, 10 * batch_size, 5))


@each(ALL)
def test_random_state_ends_as_after_single_samples(data):
  ours, theirs = np.random.RandomState(7), np.random.RandomState(7)
  for num in (1, 50, 3):
    images = bulk_input.sample_one_by_one(data, num, ours)
    for image in images:
      np.testing.assert_array_equal(
          image, data.sample_observations(1, theirs)[0])
    assert len(images) == num
    for a, b in zip(ours.get_state(), theirs.get_state(), strict=True):
      np.testing.assert_array_equal(a, b)


class Images:
  """Images that write down how many are asked for."""

  def __init__(self, images):
    self._images, self.asked = images, []

  def __getitem__(self, indices):
    self.asked.append(len(indices))
    return self._images[indices]


@each(IN_BULK)
def test_in_bulk(data, capsys):
  attribute = "_images" if isinstance(data, mnist.MNIST) else "images"
  images = Images(getattr(data, attribute))
  setattr(data, attribute, images)
  assert len(bulk_input.sample_one_by_one(
      data, 100, np.random.RandomState(0))) == 100
  assert images.asked == [100]
  assert not capsys.readouterr().err


def first_twice(original):
  """A changed method that draws again and keeps both."""
  def changed(self, num, random_state):
    factors = original(self, num, random_state)
    factors[:, 0] = original(self, num, random_state)[:, 0]
    return factors
  return changed


def darker(original):
  def changed(self, factors, random_state):
    images = original(self, factors, random_state)
    return images * random_state.random_sample()
  return changed


@pytest.mark.parametrize("data", [
    "dsprites_full", "cars3d", "shapes3d", "mnist"], indirect=True)
@pytest.mark.parametrize("name, change", [
    ("sample_factors", first_twice),
    ("sample_observations_from_factors", darker)])
@pytest.mark.parametrize("on_the_object", [True, False])
def test_changed_classes_and_objects_draw_their_own(
    data, monkeypatch, capsys, name, change, on_the_object):
  monkeypatch.setattr(patching, "_reported", set())
  changed = change(getattr(type(data), name))
  if on_the_object:
    setattr(data, name, changed.__get__(data))
  else:
    monkeypatch.setattr(type(data), name, changed)
  ours, theirs = np.random.RandomState(7), np.random.RandomState(7)
  for _ in range(2):
    np.testing.assert_array_equal(
        bulk_input.sample_one_by_one(data, 20, ours),
        [data.sample_observations(1, theirs)[0] for _ in range(20)])
  assert ours.rand() == theirs.rand()
  told = capsys.readouterr().err.splitlines()
  if not isinstance(data, mnist.MNIST):  # Ours, and no fork's.
    line, = told
    assert f".{name} alone" in line and "several times slower" in line


@each(["dsprites_full", "smallnorb"])
@pytest.mark.parametrize("name", ["sample_latent_factors", "_sample_factor"])
def test_a_changed_state_space_draws_its_own(data, monkeypatch, capsys, name):
  monkeypatch.setattr(patching, "_reported", set())
  original = getattr(util.SplitDiscreteStateSpace, name)

  def changed(self, *args):
    args[-1].rand()
    return original(self, *args)

  monkeypatch.setattr(util.SplitDiscreteStateSpace, name, changed)
  ours, theirs = np.random.RandomState(7), np.random.RandomState(7)
  np.testing.assert_array_equal(
      bulk_input.sample_one_by_one(data, 20, ours),
      [data.sample_observations(1, theirs)[0] for _ in range(20)])
  assert f"SplitDiscreteStateSpace.{name} alone" in capsys.readouterr().err


@pytest.mark.parametrize("seed", range(10))
def test_any_state_space(seed):
  """Sizes of all kinds: one value, powers of two, those that reject draws."""
  choose = np.random.RandomState(seed)
  sizes = choose.choice([1, 2, 3, 4, 5, 31, 32, 33, 2**31 + 1, 2**40], 6)
  latents = choose.permutation(6)[:choose.randint(1, 7)].tolist()
  data = dsprites.DSprites.__new__(dsprites.DSprites)
  data.state_space = util.SplitDiscreteStateSpace(sizes, latents)
  # Observations are the factors themselves.
  data.sample_observations_from_factors = data.state_space.sample_all_factors
  ours, theirs = np.random.RandomState(seed), np.random.RandomState(seed)
  np.testing.assert_array_equal(
      bulk_input._from_factors(data, 200, ours),
      [data.sample_observations(1, theirs)[0] for _ in range(200)])
  assert ours.rand() == theirs.rand()


@each(["dsprites_full", "noisy_dsprites"])
def test_each_iterator_starts_anew(data):
  expected = images_of(data, 8).reshape([2, 4, *data.observation_shape])
  data_set = util.tf_data_set_from_ground_truth_data(data, 0).batch(4)
  iterators = [iter(data_set) for _ in range(3)]
  for batch in expected:
    for iterator in iterators:
      np.testing.assert_array_equal(next(iterator), batch)
  np.testing.assert_array_equal(next(iter(data_set)), expected[0])


@each(["dsprites_full", "dummy_data"])
def test_all_else_is_upstreams(data):
  ours = util.tf_data_set_from_ground_truth_data(data, 0)
  theirs = upstream(data, 0)
  assert ours.element_spec == theirs.element_spec
  for transform in (
      lambda images: images.take(5),
      lambda images: images.take(3).repeat(2),
      lambda images: images.shuffle(8, seed=1).take(3),
      lambda images: images.map(lambda image: 2 * image).batch(3).take(2),
      lambda images: images.batch(4).take(2),
      lambda images: images.batch(4).map(tf.reduce_sum).take(2),
      lambda images: images.batch(4, drop_remainder=True).take(2),
      lambda images: images.batch(np.int64(4), True).take(2),
      lambda images: images.batch(4, True, num_parallel_calls=2).take(2),
      lambda images: images.batch(tf.constant(4, tf.int64)).take(2)):
    mine, upstreams = transform(ours), transform(theirs)
    assert mine.element_spec == upstreams.element_spec
    for a, b in zip(mine, upstreams, strict=True):
      np.testing.assert_array_equal(a, b)


@each(["dsprites_full"])
def test_wrong_batch_size_is_an_error(data):
  images = util.tf_data_set_from_ground_truth_data(data, 0)
  with pytest.raises(tf.errors.InvalidArgumentError, match="greater than zero"):
    next(iter(images.batch(0)))


@each(["dsprites_full"])
def test_wrong_observation_shape_is_an_error(data):
  data.data_shape = [64, 64]
  with pytest.raises(tf.errors.InvalidArgumentError, match="shape"):
    next(iter(util.tf_data_set_from_ground_truth_data(data, 0).batch(4)))


@each(["dsprites_full", "mnist", "color_dsprites"])
def test_global_generators_are_not_touched(data):
  before = random.getstate(), np.random.get_state()[1].tolist()
  read(lambda: util.tf_data_set_from_ground_truth_data(data, 0).batch(8), 3)
  assert before == (random.getstate(), np.random.get_state()[1].tolist())


@each(["dsprites_full"])
def test_upstreams_input_function_uses_it(data, monkeypatch):
  def fail(*unused):
    raise AssertionError("single images")
  expected = images_of(data, 12, 9)
  monkeypatch.setattr(bulk_input, "_in_turn", fail)
  with tf.Graph().as_default(), tf.Session() as session:
    batch = train._make_input_fn(data, 9, num_batches=3)({"batch_size": 4})
    assert batch.shape == [4, 64, 64, 1]
    np.testing.assert_array_equal(
        np.concatenate([session.run(batch) for _ in range(3)]), expected)
    with pytest.raises(tf.errors.OutOfRangeError):
      session.run(batch)


@each(["dsprites_full", "dummy_data"])
def test_sessions_end_while_batches_are_made(data):
  for _ in range(8):
    read(lambda: util.tf_data_set_from_ground_truth_data(data, 0).batch(64), 1)
