"""Tables: what is encoded, when, and how often."""
import numpy as np
import pytest

from sparse_disent.evaluation import table as tables


class Encoder:
  """Makes codes of batches of numbers, and remembers which are in them."""

  def __init__(self):
    self.asked = []

  def __call__(self, numbers):
    assert len(numbers) == tables.BATCH_SIZE
    self.asked.append(list(dict.fromkeys(numbers.tolist())))
    return {"code": np.stack([numbers, -numbers], 1).astype(np.float32)}


def expected(numbers):
  return np.stack([numbers, np.negative(numbers)], 1)


def test_few_images_are_encoded_as_they_are_needed():
  encoder = Encoder()
  table = tables.Table(encoder, 1600, "encoding")
  for numbers in ([7, 3, 7], [3], [9, 7]):
    codes = table[np.array(numbers)]["code"]
    np.testing.assert_array_equal(codes, expected(numbers))
    assert codes.dtype == np.float32
  assert encoder.asked == [[3, 7], [9]]


def test_large_requests_come_in_batches():
  encoder = Encoder()
  tables.Table(encoder, 8000, "encoding")[np.arange(150)]
  assert list(map(len, encoder.asked)) == [64, 64, 22]


@pytest.mark.parametrize("size", [1, 64, 600])
def test_many_are_encoded_at_once_and_each_once(size, capfd):
  encoder, arrays = Encoder(), []
  table = tables.Table(encoder, size, "encoding")
  table.when_complete(arrays.append)
  table[np.arange(size // 100)]
  assert not arrays
  many = np.arange(size)[::-1]
  np.testing.assert_array_equal(table[many]["code"], expected(many))
  assert sorted(sum(encoder.asked, [])) == list(range(size))
  np.testing.assert_array_equal(arrays[0]["code"], expected(np.arange(size)))
  assert f"{size - size // 100} images" in capfd.readouterr().err
  table.when_complete(arrays.append)
  assert len(arrays) == 2 and arrays[1] is arrays[0]


def test_a_sixteenth_is_the_limit():
  encoder = Encoder()
  table = tables.Table(encoder, 1600, "encoding")
  table[np.arange(100)]
  assert len(sum(encoder.asked, [])) == 100
  table[np.array([100])]
  assert len(sum(encoder.asked, [])) == 1600


def test_a_complete_table_encodes_nothing():
  arrays = {"mean": np.ones([4, 2]), "logvar": np.zeros([4, 2])}
  found = tables.Table.of(arrays)[np.array([3, 0])]
  assert set(found) == {"mean", "logvar"} and found["mean"].shape == (2, 2)


@pytest.mark.parametrize("columns, selected", [
    (slice(None), [0, 1]), ([1], [1]), ([1, 0], [1, 0])])
def test_columns(columns, selected):
  table, arrays = tables.Table(Encoder(), 800, "encoding"), []
  chosen = tables.Columns(table, "code", columns)
  chosen.when_complete(arrays.append)
  np.testing.assert_array_equal(
      chosen[np.array([2, 5])]["code"], expected([2, 5])[:, selected])
  table[np.arange(200)]
  np.testing.assert_array_equal(
      arrays[0]["code"], expected(np.arange(800))[:, selected])
