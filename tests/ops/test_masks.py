"""Channel masks against NumPy, entry by entry."""
import hashlib
import itertools
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import sparse_disent  # noqa: F401
from sparse_disent.ops import masks

SIZE_IN, SIZE_OUT = 3, 4
KERNELS = {
    "dense": ([SIZE_IN, SIZE_OUT], False),
    "conv2d": ([2, 5, SIZE_IN, SIZE_OUT], False),
    "conv2d_transpose": ([2, 5, SIZE_OUT, SIZE_IN], True),
}
kernels = pytest.mark.parametrize("kind", sorted(KERNELS))


def make_kernel(kind):
  shape, transposed = KERNELS[kind]
  return np.random.RandomState(0).normal(size=shape), transposed


def weights_of(kernel, transposed, i, o):
  """The slice of a kernel between one input and one output channel."""
  return kernel[..., o, i] if transposed else kernel[..., i, o]


@kernels
def test_shapes(kind):
  shape, transposed = KERNELS[kind]
  assert masks.shape(shape, "connection", transposed=transposed) == [3, 4]
  assert masks.shape(shape, "channel", transposed=transposed) == [4]


@kernels
@pytest.mark.parametrize("granularity", ["connection", "channel"])
def test_apply_multiplies_each_slice_by_its_entry(kind, granularity):
  kernel, transposed = make_kernel(kind)
  mask = np.random.RandomState(1).normal(
      size=[3, 4] if granularity == "connection" else [4])
  masked = masks.apply(tf.constant(kernel), tf.constant(mask),
                       transposed=transposed).numpy()
  assert masked.shape == kernel.shape
  for i, o in itertools.product(range(3), range(4)):
    entry = mask[i, o] if granularity == "connection" else mask[o]
    np.testing.assert_allclose(
        weights_of(masked, transposed, i, o),
        entry * weights_of(kernel, transposed, i, o), rtol=1e-12)


def convolve(kind, inputs, kernel):
  """What TensorFlow's own layers compute with a kernel."""
  if kind == "dense":
    return (inputs[:, 0, 0] @ kernel)[:, None, None]
  if kind == "conv2d":
    return tf.nn.conv2d(inputs, kernel, 1, "SAME").numpy()
  return tf.nn.conv2d_transpose(
      inputs, kernel, [len(inputs), 12, 12, SIZE_OUT], 2, "SAME").numpy()


@kernels
def test_a_masked_pair_is_the_only_connection_that_vanishes(kind):
  kernel, transposed = make_kernel(kind)
  mask = np.ones([3, 4])
  mask[2, 1] = 0.0
  masked = masks.apply(tf.constant(kernel), tf.constant(mask),
                       transposed=transposed).numpy()
  for i in range(SIZE_IN):
    inputs = np.zeros([2, 6, 6, SIZE_IN])
    inputs[..., i] = np.random.RandomState(i).normal(size=[2, 6, 6])
    open_, closed = (convolve(kind, inputs, k) for k in (kernel, masked))
    for o in range(SIZE_OUT):
      assert np.abs(open_[..., o]).max() > 0.01
      if (i, o) == (2, 1):
        np.testing.assert_array_equal(closed[..., o], 0.0)
      else:
        np.testing.assert_array_equal(closed[..., o], open_[..., o])


@kernels
@pytest.mark.parametrize("granularity", ["connection", "channel"])
def test_gradient_of_a_mask_entry_is_its_slice_times_what_arrives(
    kind, granularity):
  kernel, transposed = make_kernel(kind)
  arriving = np.random.RandomState(2).normal(size=kernel.shape)
  mask = tf.ones([3, 4] if granularity == "connection" else [4], tf.float64)
  with tf.GradientTape() as tape:
    tape.watch(mask)
    total = tf.reduce_sum(arriving * masks.apply(
        tf.constant(kernel), mask, transposed=transposed))
  expected = np.array([[
      (weights_of(arriving, transposed, i, o) *
       weights_of(kernel, transposed, i, o)).sum()
      for o in range(4)] for i in range(3)])
  if granularity == "channel":
    expected = expected.sum(0)
  np.testing.assert_allclose(tape.gradient(total, mask), expected, rtol=1e-9)


@kernels
@pytest.mark.parametrize("granularity", ["connection", "channel"])
def test_slice_norms(kind, granularity):
  kernel, transposed = make_kernel(kind)
  squares = np.array([[
      (weights_of(kernel, transposed, i, o)**2).sum() for o in range(4)]
                      for i in range(3)])
  expected = squares if granularity == "connection" else squares.sum(0)
  np.testing.assert_allclose(
      masks.slice_norms(tf.constant(kernel), granularity,
                        transposed=transposed), np.sqrt(expected), rtol=1e-9)


@pytest.mark.parametrize("granularity", ["connection", "channel"])
@pytest.mark.parametrize("transposed", [False, True])
def test_square_kernels(granularity, transposed):
  """Their shapes do not tell inputs from outputs; those of d3 and d5 neither.
  """
  random_state = np.random.RandomState(4)
  kernel = random_state.normal(size=[2, 5, 3, 3])
  mask = random_state.normal(size=[3, 3] if granularity == "connection" else 3)
  masked = masks.apply(tf.constant(kernel), tf.constant(mask),
                       transposed=transposed).numpy()
  norms = masks.slice_norms(
      tf.constant(kernel), granularity, transposed=transposed).numpy()
  for o in range(3):
    outputs = [weights_of(kernel, transposed, i, o) for i in range(3)]
    if granularity == "channel":
      np.testing.assert_allclose(norms[o], np.linalg.norm(outputs), rtol=1e-9)
    for i in range(3):
      entry = mask[i, o] if granularity == "connection" else mask[o]
      np.testing.assert_allclose(weights_of(masked, transposed, i, o),
                                 entry * outputs[i], rtol=1e-12)
      if granularity == "connection":
        np.testing.assert_allclose(
            norms[i, o], np.linalg.norm(outputs[i]), rtol=1e-9)


@pytest.mark.parametrize("sparsity, closed", [
    (0.0, 0), (0.1, 205), (0.55, 1126), (0.85, 1741), (0.9999, 2047)])
def test_random_mask_has_the_sparsity_asked_for(sparsity, closed):
  mask = masks.random([32, 64], sparsity=sparsity, seed=0, name="encoder/e3")
  assert (mask.shape, mask.dtype) == ((32, 64), bool)
  assert (~mask).sum() == closed


def test_random_mask_never_closes_everything():
  assert masks.random([1], sparsity=0.9, seed=0, name="d6").tolist() == [True]


# Made with NumPy 2.4; RandomState's stream is frozen, so any other gives it.
HASH = "3e4a2235f4bd561775a240a17e007f851e90bd295739b5eb36d34d324d228cd2"
PRINT_HASH = """
import hashlib
from sparse_disent.ops import masks
mask = masks.random([32, 64], sparsity=0.55, seed=3, name="encoder/e3")
print(hashlib.sha256(mask.tobytes()).hexdigest())
"""


def test_random_mask_is_the_same_in_every_process_and_version():
  mask = masks.random([32, 64], sparsity=0.55, seed=3, name="encoder/e3")
  assert hashlib.sha256(mask.tobytes()).hexdigest() == HASH
  other = subprocess.run([sys.executable, "-c", PRINT_HASH], check=True,
                         capture_output=True, text=True)
  assert other.stdout.split() == [HASH]


@pytest.mark.parametrize("other", [{"seed": 4}, {"name": "encoder/e4"}])
def test_random_masks_of_other_seeds_and_layers_are_independent(other):
  arguments = {"sparsity": 0.5, "seed": 3, "name": "encoder/e3"}
  one = masks.random([100, 100], **arguments)
  two = masks.random([100, 100], **{**arguments, **other})
  # Both have 5,000 ones; overlap is hypergeometric with deviation 25.
  assert abs((one & two).sum() - 2500) < 4.5 * 25


SCHEDULE = {"initial_sparsity": 0.1, "sparsity": 0.9, "begin_step": 100,
            "end_step": 1000, "frequency": 50}


@pytest.mark.parametrize("step, time", [
    (100, 100), (101, 100), (149, 100), (150, 150), (575, 550), (999, 950),
    (1000, 1000), (5000, 1000)])
def test_polynomial_sparsity_is_equation_1(step, time):
  expected = 0.9 + (0.1 - 0.9) * (1 - (time - 100) / (18 * 50))**3
  np.testing.assert_allclose(
      masks.polynomial_sparsity(step, **SCHEDULE), expected, rtol=1e-12)


@pytest.mark.parametrize("step, time", [
    (130, 130), (149, 130), (150, 130), (179, 130), (180, 180), (229, 180),
    (230, 230), (999, 980), (1000, 1000)])
def test_the_schedule_is_counted_from_the_step_that_it_begins_at(step, time):
  """Steps that are no multiple of the frequency count, too."""
  expected = 0.9 + (0.1 - 0.9) * (1 - (time - 130) / (1000 - 130))**3
  np.testing.assert_allclose(
      masks.polynomial_sparsity(step, **{**SCHEDULE, "begin_step": 130}),
      expected, rtol=1e-12)


@pytest.mark.parametrize("step", [0, 99])
def test_nothing_is_pruned_before_the_schedule_begins(step):
  assert masks.polynomial_sparsity(step, **SCHEDULE) == 0.0


def test_the_end_is_reached_whatever_the_frequency():
  schedule = {**SCHEDULE, "frequency": 7}
  assert masks.polynomial_sparsity(1000, **schedule) == 0.9


@pytest.mark.parametrize("sparsity, size, closed", [
    (0.0, 10, 0), (0.34, 10, 3), (0.36, 10, 4), (0.99, 10, 9)])
def test_num_closed_leaves_one_open(sparsity, size, closed):
  assert masks.num_closed(tf.constant(sparsity, tf.float64), size) == closed


def test_keep_largest_closes_the_smallest_and_of_equals_the_first():
  norms = tf.constant([[3.0, 1.0, 2.0], [1.0, 5.0, 1.0]])
  for closed, expected in [
      (0, [[1, 1, 1], [1, 1, 1]]), (2, [[1, 0, 1], [0, 1, 1]]),
      (4, [[1, 0, 0], [0, 1, 0]])]:
    np.testing.assert_array_equal(masks.keep_largest(norms, closed), expected)


@pytest.mark.parametrize("closed", [0, 1, 399, 400, 750, 999])
def test_keep_largest_is_a_stable_sort(closed):
  # Ten different norms, so that most cuts are among equals.
  norms = np.random.RandomState(0).randint(10, size=[20, 50]).astype("float32")
  expected = np.ones(norms.size)
  expected[np.argsort(norms.ravel(), kind="stable")[:closed]] = 0.0
  np.testing.assert_array_equal(
      masks.keep_largest(tf.constant(norms), tf.constant(closed)),
      expected.reshape(norms.shape))


@pytest.mark.parametrize("shape", [[1000], [30, 40]])
def test_count_closed(shape):
  mask = masks.random(shape, sparsity=0.3, seed=0, name="layer")
  closed = masks.count_closed(tf.constant(mask, tf.float32))
  assert closed == np.sum(~mask) > 0


def test_count_closed_of_more_entries_than_float32_counts():
  assert masks.count_closed(tf.ones([2**8 + 1, 2**16])) == 0


def test_density_counts_what_is_not_zero():
  assert masks.density(tf.constant([[0.0, -0.5], [1e-9, 0.0]])) == 0.5
