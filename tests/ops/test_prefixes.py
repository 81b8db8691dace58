"""Prefixes of grouped codes: values, and which entries they train."""
import numpy as np
import pytest
import tensorflow as tf

import sparse_disent  # noqa: F401
from sparse_disent.ops import prefixes

CODE = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])


def test_bounds():
  assert prefixes.bounds([2, 1, 3]) == [(0, 2), (2, 3), (3, 6)]


def test_stack_is_equation_8():
  np.testing.assert_array_equal(prefixes.stack(tf.constant(CODE), [1, 2, 1]), [
      [1, 0, 0, 0], [5, 0, 0, 0],
      [1, 2, 3, 0], [5, 6, 7, 0],
      [1, 2, 3, 4], [5, 6, 7, 8]])


def test_a_group_that_compaction_has_removed_is_a_prefix_of_its_own():
  np.testing.assert_array_equal(
      prefixes.stack(tf.constant(CODE[:1]), [0, 3, 0, 1]),
      [[0, 0, 0, 0], [1, 2, 3, 0], [1, 2, 3, 0], [1, 2, 3, 4]])


@pytest.mark.parametrize("groups", [[3, 2], [1, 2], [5]])
def test_groups_of_another_width(groups):
  with pytest.raises(ValueError) as error:
    prefixes.stack(tf.constant(CODE), groups)
  assert str(error.value).startswith(
      "sparse_vae.groups must sum to the width of the code, 4, but is "
      f"{groups}. ")


@pytest.mark.parametrize("groups", [
    [4], [2, 2], [1, 2, 1], [3, 1], [1, 1, 1, 1]])
def test_prefix_i_trains_its_own_entries_alone(groups):
  code = tf.constant(CODE)
  with tf.GradientTape() as tape:
    tape.watch(code)
    stacked = prefixes.stack(code, groups)
  jacobian = tape.jacobian(stacked, code).numpy()
  ends = np.cumsum(groups)
  expected = np.zeros([len(groups), 2, 4, 2, 4])
  for i, (size, end) in enumerate(zip(groups, ends, strict=True)):
    for row in range(2):
      for entry in range(end - size, end):
        expected[i, row, entry, row, entry] = 1
  np.testing.assert_array_equal(
      jacobian, expected.reshape([2 * len(groups), 4, 2, 4]))


def test_mean_per_prefix():
  losses = tf.constant([1.0, 3.0, 10.0, 30.0, 100.0, 300.0])
  np.testing.assert_allclose(
      prefixes.mean_per_prefix(losses, 3), [2.0, 20.0, 200.0])
