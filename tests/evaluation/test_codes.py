"""Codes: looked up, sampled, or remembered."""
import numpy as np
import pytest
import scipy.stats

from sparse_disent.evaluation import codes


class Images:
  """Stands in for `indexed.Indexed`: an observation is its number."""

  def numbers(self, observations):
    return np.asarray(observations)


def test_codes_are_looked_up():
  table = np.arange(12.0).reshape(6, 2)
  represent = codes.representation_function(Images(), {"code": table})
  np.testing.assert_array_equal(represent([4, 0]), [[8, 9], [0, 1]])


def test_sampled_codes_have_the_posterior_distribution():
  table = {"mean": np.array([[1.0, -2.0]]),
           "logvar": np.log([[0.25, 4.0]])}
  represent = codes.representation_function(Images(), table)
  samples = represent(np.zeros(20000, int))
  for column, mean, std in zip(samples.T, (1, -2), (0.5, 2), strict=True):
    assert scipy.stats.kstest(column, "norm", (mean, std)).pvalue > 1e-3
  # A second run of a metric gets the same.
  again = codes.representation_function(Images(), table)
  np.testing.assert_array_equal(again(np.zeros(20000, int)), samples)


@pytest.mark.parametrize("size", [1, 256, 600])
def test_all_images_are_encoded_once(size):
  asked = []

  def encode(start, stop):
    asked.extend(range(start, stop))
    numbers = np.arange(start, stop, dtype=np.float32)
    return {"code": np.stack([numbers, -numbers], 1)}

  table = codes.encode_all(encode, size, "encoding")
  assert asked == list(range(size))
  assert table["code"].dtype == np.float32
  np.testing.assert_array_equal(table["code"][:, 0], range(size))
  np.testing.assert_array_equal(table["code"][:, 1], -np.arange(size))


def test_remembered_codes_are_repeated():
  draw = np.random.RandomState(0)
  remembered = codes.Remembered(lambda x: draw.normal(size=len(x)))
  represent = remembered.start()
  first = [represent([0, 1]), represent([2])]
  for _ in range(2):
    represent = remembered.start()
    np.testing.assert_array_equal(represent([0, 1]), first[0])
    np.testing.assert_array_equal(represent([2]), first[1])
