"""Arithmetic of gates, masks and groups, for values that hypothesis chooses."""
import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies
from hypothesis.extra import numpy as arrays

from sparse_disent.ops import hard_concrete
from sparse_disent.ops import masks
from sparse_disent.ops import prefixes
from sparse_disent.ops import statistics

SETTINGS = hypothesis.settings(
    max_examples=30, derandomize=True, deadline=None, database=None)
SIZES = strategies.lists(strategies.integers(0, 5), min_size=1, max_size=5)
FLOATS = strategies.floats(-1e3, 1e3, width=32)


@SETTINGS
@hypothesis.given(SIZES)
def test_groups_are_a_partition(sizes):
  covered = [i for start, end in prefixes.bounds(sizes)
             for i in range(start, end)]
  assert covered == list(range(sum(sizes)))
  prefixes.check(sizes, sum(sizes))
  with pytest.raises(ValueError, match="must sum to the width"):
    prefixes.check(sizes, sum(sizes) + 1)


@SETTINGS
@hypothesis.given(SIZES, strategies.data())
def test_prefixes_keep_the_first_groups_and_zero_the_others(sizes, data):
  hypothesis.assume(sum(sizes))
  code = data.draw(arrays.arrays(np.float32, (2, sum(sizes)), elements=FLOATS))
  stacked = prefixes.stack(tf.constant(code), sizes).numpy().reshape(
      len(sizes), 2, sum(sizes))
  for i, prefix in enumerate(stacked):
    end = sum(sizes[:i + 1])
    np.testing.assert_array_equal(prefix[:, :end], code[:, :end])
    assert not prefix[:, end:].any()


@SETTINGS
@hypothesis.given(strategies.lists(strategies.integers(1, 4), min_size=4,
                                   max_size=4), strategies.booleans(),
                  strategies.sampled_from(masks.GRANULARITIES),
                  strategies.data())
def test_a_mask_multiplies_its_connections(shape, transposed, granularity,
                                           data):
  kernel = data.draw(arrays.arrays(np.float32, shape, elements=FLOATS))
  mask = data.draw(arrays.arrays(
      np.float32, masks.shape(shape, granularity, transposed=transposed),
      elements=strategies.floats(0, 1, width=32)))
  found = masks.apply(tf.constant(kernel), tf.constant(mask),
                      transposed=transposed).numpy()
  channels = "hwoi" if transposed else "hwio"
  entries = "io" if granularity == "connection" else "o"
  np.testing.assert_allclose(
      found, np.einsum(f"{channels},{entries}->{channels}", kernel, mask),
      rtol=1e-5, atol=1e-5)


@SETTINGS
@hypothesis.given(
    arrays.arrays(np.float32, 5, elements=strategies.floats(-10, 10, width=32)),
    strategies.floats(0.05, 2), strategies.sampled_from(
        ["louizos_gate", "median_gate", "mean", "probability_positive"]))
def test_gates_and_probabilities_lie_in_0_to_1_and_grow(
    log_alpha, temperature, kind):
  gate = hard_concrete.HardConcrete(temperature=temperature)
  log_alpha = np.sort(log_alpha)
  values = getattr(gate, kind)(tf.constant(log_alpha)).numpy()
  assert np.all((values >= 0) & (values <= 1))
  assert np.all(np.diff(values) >= -1e-5)


@SETTINGS
@hypothesis.given(arrays.arrays(np.float64, (4, 3), elements=FLOATS),
                  arrays.arrays(np.float64, 3, elements=FLOATS))
def test_variances_are_shift_invariant_and_0_for_constants(codes, shift):
  found = statistics.variances(codes)
  assert np.all(found >= 0)
  np.testing.assert_allclose(
      statistics.variances(codes + shift), found, rtol=1e-6, atol=1e-6)
  assert not statistics.variances(np.repeat(codes[:1], 4, axis=0)).any()
