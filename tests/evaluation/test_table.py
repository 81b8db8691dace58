"""Tables of codes: what is encoded, when, and how often."""
import tracemalloc

import numpy as np
import pytest

from sparse_disent.evaluation import table as table_lib


class Encoder:
  """Writes down what it is asked to encode.

  The code of image i in a batch of n is [i, n].
  """

  def __init__(self):
    self.calls = []

  def __call__(self, numbers):
    self.calls.append(numbers.tolist())
    codes = np.stack([numbers, np.full_like(numbers, len(numbers))], 1)
    return {"code": codes.astype(np.float32)}


def test_few_images_are_encoded_when_they_are_asked_for():
  encoder = Encoder()
  table = table_lib.Table(encoder, 10_000, "encoding")
  for _ in range(2):
    found = table.rows(np.array([7, 3, 7]))["code"]
    np.testing.assert_array_equal(found, [[7, 3], [3, 3], [7, 3]])
  # A request is encoded as it is, or not at all.
  table.rows(np.array([9, 3, 7]))
  table.rows(np.array([9, 9, 7]))
  assert encoder.calls == [[7, 3, 7], [9, 3, 7]]
  assert table.num_known() == 3


def test_the_codes_of_few_images_take_little_memory():
  table = table_lib.Table(
      lambda numbers: {"code": np.ones([len(numbers), 10], np.float32)}, 10**6)
  random_state = np.random.RandomState(0)
  tracemalloc.start()
  try:
    for size in (8, 16, 64):
      for _ in range(10_000 // size):
        table.rows(random_state.randint(10**6, size=size))
    # 400 kB of codes each, beside 4 MB of their places. All have 40 MB.
    assert tracemalloc.get_traced_memory()[0] < 25e6
  finally:
    tracemalloc.stop()


def test_each_size_of_requests_has_codes_of_its_own():
  table = table_lib.Table(Encoder(), 100, "encoding")
  for size in (1, 2, 3, 2):
    found = table.rows(np.arange(size))["code"]
    np.testing.assert_array_equal(found[0], [0, size])


def ask(table, size, number):
  """Asks for images in batches of 16, all before any for the second time."""
  for start in range(0, number, 16):
    batch = np.arange(start, start + 16) % size
    np.testing.assert_array_equal(table.rows(batch)["code"][:, 0], batch)


def test_more_images_than_there_are_bring_all_at_once(capsys):
  encoder = Encoder()
  table = table_lib.Table(encoder, 80, "encoding for 'mean'")
  table.expect(16, 96)
  ask(table, 80, 16)
  assert table.num_known() == 80
  assert all(len(call) == 16 for call in encoder.calls)
  assert sorted(sum(encoder.calls, [])) == list(range(80))
  assert "encoding for 'mean': " in capsys.readouterr().err


def test_fewer_images_than_there_are_bring_no_others(capsys):
  encoder = Encoder()
  table = table_lib.Table(encoder, 80, "encoding for 'mean'")
  table.expect(16, 40)
  table.expect(16, 40)  # Of another metric.
  table.expect(32, 1000)
  ask(table, 80, 48)
  assert table.num_known() == 48
  assert capsys.readouterr().err == ""


def test_requests_nobody_expected_bring_all_once_they_cost_as_much():
  encoder = Encoder()
  table = table_lib.Table(encoder, 88, "encoding for 'mean'")
  ask(table, 88, 80)
  assert table.num_known() == 80
  ask(table, 88, 96)
  assert table.num_known() == 88
  assert len(sum(encoder.calls, [])) == 80 + 16


def test_a_table_without_a_description_never_encodes_more_than_it_must():
  encoder = Encoder()
  table_lib.Table(encoder, 1000).rows(np.arange(999))
  assert encoder.calls == [list(range(999))]


def test_contents_make_an_equal_table():
  first = table_lib.Table(Encoder(), 100)
  first.rows(np.array([5, 6])), first.rows(np.array([7]))
  second = table_lib.Table(None, 100)
  second.add(first.contents())
  assert second.num_known() == 3
  np.testing.assert_array_equal(
      second.rows(np.array([6, 5]))["code"], [[6, 2], [5, 2]])
  np.testing.assert_array_equal(second.rows(np.array([7]))["code"], [[7, 1]])


def test_codes_that_are_no_function_of_the_image_are_found():
  assert table_lib.Table(Encoder(), 300).is_repeatable()
  draw = np.random.RandomState(0)
  assert not table_lib.Table(
      lambda numbers: {"code": draw.normal(size=[len(numbers), 2])},
      300).is_repeatable()


def test_codes_that_depend_on_the_batch_are_found():
  points = np.random.RandomState(0).normal(size=[300, 2])

  def encode(numbers, share=0.0):
    batch = points[numbers]
    return {"code": batch - share * batch.mean(axis=0)}

  assert table_lib.Table(encode, 300).is_repeatable()
  # float32 rounds in places that depend on the batch.
  assert table_lib.Table(lambda n: encode(n, 1e-7), 300).is_repeatable()
  assert not table_lib.Table(lambda n: encode(n, 0.01), 300).is_repeatable()
  assert not table_lib.Table(lambda n: encode(n, 1.0), 300).is_repeatable()


class SizeBlindEncoder(Encoder):
  """The code of image i is [i], in batches of all sizes but `exception`."""

  def __init__(self, exception=None):
    super().__init__()
    self.exception = exception

  def __call__(self, numbers):
    codes = super().__call__(numbers)["code"]
    if len(numbers) != self.exception:
      codes[:, 1] = 0
    return {"code": codes}


def test_all_are_encoded_by_large_batches_where_codes_stay_equal():
  encoder = SizeBlindEncoder()
  table = table_lib.Table(encoder, 3000, "encoding")
  table.expect(16, 3001)
  ask(table, 3000, 16)
  # The codes that are compared are made in both sizes; the others in one.
  sizes = {size: sum(len(call) == size for call in encoder.calls)
           for size in (16, 256)}
  assert sizes == {16: 1024 // 16, 256: 1024 // 256 + 8}
  ask(table, 3000, 3000)
  assert len(encoder.calls) == sum(sizes.values())


@pytest.mark.parametrize("exception", [16, 256])
def test_all_are_encoded_as_they_are_asked_for_where_codes_differ(exception):
  table = table_lib.Table(SizeBlindEncoder(exception), 3000, "encoding")
  table.expect(16, 3001)
  found = np.concatenate([table.rows(np.arange(start, start + 16))["code"]
                          for start in range(0, 2992, 16)])
  np.testing.assert_array_equal(found[:, 0], np.arange(2992))
  assert (found[:, 1] == (16 if exception == 16 else 0)).all()


@pytest.mark.parametrize("exception, is_served", [(None, True), (8, False)])
def test_another_size_is_served_once_its_codes_are_found_equal(
    exception, is_served):
  encoder = SizeBlindEncoder(exception)
  table = table_lib.Table(encoder, 3000, "encoding")
  table.expect(16, 3001)
  ask(table, 3000, 16)
  for start in range(0, 3000, 8):
    found = table.rows(np.arange(start, start + 8))["code"]
    assert (found[:, 1] == (0 if is_served else 8)).all()
  assert sum(len(call) == 8 for call in encoder.calls) == (
      1024 // 8 if is_served else 3000 // 8)


def test_threads_encode_all_images_once():
  encoder = SizeBlindEncoder()
  table = table_lib.Table(encoder, 3000, "encoding", num_threads=3)
  table.expect(16, 3001)
  ask(table, 3000, 3000)
  with_one = SizeBlindEncoder()
  other = table_lib.Table(with_one, 3000, "encoding")
  other.expect(16, 3001)
  ask(other, 3000, 3000)
  assert sorted(encoder.calls) == sorted(with_one.calls)


def test_an_error_in_a_thread_ends_the_encoding():
  calls = []

  def encode(numbers):
    calls.append(numbers)
    raise ValueError("no such image")

  table = table_lib.Table(encode, 10**6, "encoding", num_threads=2)
  table.expect(16, 10**7)
  with pytest.raises(ValueError, match="no such image"):
    table.rows(np.arange(16))
  assert len(calls) < 100
