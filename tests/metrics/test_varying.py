"""Constant columns of a sample."""
import numpy as np
import pytest

from sparse_disent.metrics import varying

CODES = np.array([[1.0, 5, 0, 2], [2.0, 5, 0, 1], [3.0, 5, 0, 1]])
FACTORS = np.array([[0, 1, 2], [0, 2, 2], [0, 1, 2]])


def test_constants_are_left_out():
  sample = varying.Varying.of(CODES, FACTORS)
  np.testing.assert_array_equal(sample.codes, CODES[:, [0, 3]])
  np.testing.assert_array_equal(sample.factors, FACTORS[:, [1]])
  assert sample.latents.tolist() == [0, 3]
  assert sample.constant_factors() == [0, 2]
  assert sample.expand(np.array([[0.5], [0.25]])) == [
      [0, 0.5, 0], [0, 0, 0], [0, 0, 0], [0, 0.25, 0]]


def test_latents_may_be_chosen():
  sample = varying.Varying.of(CODES, FACTORS, np.arange(4) == 3)
  assert sample.latents.tolist() == [3] and sample.codes.shape == (3, 1)


@pytest.mark.parametrize("num_latents, num_factors, reason", [
    (2, 1, None), (0, 1, None),
    (3, 1, "it takes 3 or more latents that vary, and there are 2"),
    (2, 2, "it takes 2 or more factors that vary, and there are 1")])
def test_reasons(num_latents, num_factors, reason):
  sample = varying.Varying.of(CODES, FACTORS)
  assert sample.lacks(num_latents, num_factors) == reason
