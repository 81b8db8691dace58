"""Codes: looked up, sampled, or remembered."""
import numpy as np
import pytest
import scipy.stats

from sparse_disent.evaluation import codes


class Images:
  """Stands in for `indexed.Indexed`: an observation is its number."""

  def numbers(self, observations):
    return np.asarray(observations)


def table_of(**columns):
  size = len(next(iter(columns.values())))
  table = codes.Table(None, size, "encoding")
  table.add(np.arange(size), columns)
  return table


def test_codes_are_looked_up():
  table = table_of(code=np.arange(12.0).reshape(6, 2))
  represent = codes.representation_function(Images(), table)
  np.testing.assert_array_equal(represent([4, 0]), [[8, 9], [0, 1]])


def test_sampled_codes_have_the_posterior_distribution():
  table = table_of(mean=np.array([[1.0, -2.0]]), logvar=np.log([[0.25, 4.0]]))
  represent = codes.representation_function(Images(), table)
  samples = represent(np.zeros(20000, int))
  for column, mean, std in zip(samples.T, (1, -2), (0.5, 2), strict=True):
    assert scipy.stats.kstest(column, "norm", (mean, std)).pvalue > 1e-3
  # A second run of a metric gets the same.
  again = codes.representation_function(Images(), table)
  np.testing.assert_array_equal(again(np.zeros(20000, int)), samples)


class Encoder:
  """Writes down what it is asked to encode; the code of image i is [i, -i]."""

  def __init__(self):
    self.calls = []

  def __call__(self, numbers):
    self.calls.append(list(numbers))
    numbers = numbers.astype(np.float32)
    return {"code": np.stack([numbers, -numbers], 1)}


def test_few_images_are_encoded_when_they_are_asked_for():
  encoder = Encoder()
  table = codes.Table(encoder, 10_000, "encoding")
  for _ in range(2):
    found = table.rows(np.array([7, 3, 7]))["code"]
    np.testing.assert_array_equal(found, [[7, -7], [3, -3], [7, -7]])
  table.rows(np.array([9, 3]))
  assert encoder.calls == [[3, 7], [9]]
  assert list(np.flatnonzero(table.known)) == [3, 7, 9]


@pytest.mark.parametrize("size", [1, 257, 10_000])
def test_many_images_bring_the_others_and_each_is_encoded_once(size, capsys):
  encoder = Encoder()
  table = codes.Table(encoder, size, "encoding for 'mean'")
  for start in range(0, size, 64):
    numbers = np.arange(start, min(start + 64, size))
    np.testing.assert_array_equal(table.rows(numbers)["code"][:, 0], numbers)
  assert table.rows(np.array([0]))["code"].dtype == np.float32
  assert sorted(sum(encoder.calls, [])) == list(range(size))
  assert table.known.all()
  # 256 or 1/16 of them in batches of 64, all others in batches of 256.
  assert sum(len(call) > 64 for call in encoder.calls) == (
      {1: 0, 257: 0, 10_000: 37}[size])
  assert ("encoding for 'mean': " in capsys.readouterr().err) == (size > 256)


def test_remembered_codes_are_repeated():
  draw = np.random.RandomState(0)
  remembered = codes.Remembered(lambda x: draw.normal(size=len(x)))
  represent = remembered.start()
  first = [represent([0, 1]), represent([2])]
  for _ in range(2):
    represent = remembered.start()
    np.testing.assert_array_equal(represent([0, 1]), first[0])
    np.testing.assert_array_equal(represent([2]), first[1])
