"""Tables of codes: what is encoded, when, and how often."""
import numpy as np
import pytest

from sparse_disent.evaluation import table as table_lib


class Encoder:
  """Writes down what it is asked to encode; the code of image i is [i, -i].

  Batches have one size; what fills them is left out of the notes.
  """

  def __init__(self):
    self.calls = []

  def __call__(self, numbers):
    assert len(numbers) == table_lib.BATCH_SIZE
    self.calls.append(list(dict.fromkeys(numbers.tolist())))
    numbers = numbers.astype(np.float32)
    return {"code": np.stack([numbers, -numbers], 1)}


def test_few_images_are_encoded_when_they_are_asked_for():
  encoder = Encoder()
  table = table_lib.Table(encoder, 10_000, "encoding")
  for _ in range(2):
    found = table.rows(np.array([7, 3, 7]))["code"]
    np.testing.assert_array_equal(found, [[7, -7], [3, -3], [7, -7]])
  table.rows(np.array([9, 3]))
  assert encoder.calls == [[3, 7], [9]]
  assert list(np.flatnonzero(table.known)) == [3, 7, 9]


@pytest.mark.parametrize("size", [1, 65, 4000])
def test_many_images_bring_the_others_and_each_is_encoded_once(size, capsys):
  encoder = Encoder()
  table = table_lib.Table(encoder, size, "encoding for 'mean'")
  for start in range(0, size, 16):
    numbers = np.arange(start, min(start + 16, size))
    np.testing.assert_array_equal(table.rows(numbers)["code"][:, 0], numbers)
  assert table.rows(np.array([0]))["code"].dtype == np.float32
  assert sorted(sum(encoder.calls, [])) == list(range(size))
  assert table.known.all()
  # 64 or 1/16 of them 16 at a time, all others in full batches.
  assert [len(call) for call in encoder.calls] == {
      1: [1], 65: [16] * 4 + [1], 4000: [16] * 15 + [64] * 58 + [48]}[size]
  assert ("encoding for 'mean': " in capsys.readouterr().err) == (size > 64)


def test_a_table_without_a_description_never_encodes_more_than_it_must():
  encoder = Encoder()
  table = table_lib.Table(encoder, 1000)
  table.rows(np.arange(999))
  assert sorted(sum(encoder.calls, [])) == list(range(999))


def test_codes_that_are_no_function_of_the_image_are_found():
  assert table_lib.Table(Encoder(), 300).is_repeatable()
  draw = np.random.RandomState(0)
  assert not table_lib.Table(
      lambda numbers: {"code": draw.normal(size=[len(numbers), 2])},
      300).is_repeatable()
