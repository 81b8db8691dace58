"""Rows of a table as ground truth data."""
import numpy as np
import pytest
import scipy.stats

from sparse_disent.evaluation import array_data

FACTORS = np.array([[0, 7], [2, 5], [0, 7], [2, 7], [0, 5]])


def test_factors_become_numbers():
  data = array_data.ArrayData(FACTORS)
  assert data.num_factors == 2
  assert data.factors_num_values == [2, 2]
  drawn = data.sample_factors(200, np.random.RandomState(0))
  assert {tuple(row) for row in drawn} == {(0, 1), (1, 0), (1, 1), (0, 0)}


def test_observations_have_the_factors_that_are_asked_for():
  data = array_data.ArrayData(FACTORS)
  factors, rows = data.sample(500, np.random.RandomState(0))
  np.testing.assert_array_equal(FACTORS[rows.numbers] == [2, 7], factors == 1)
  assert set(rows.numbers) == set(range(5))


def test_rows_are_drawn_uniformly():
  data = array_data.ArrayData(FACTORS)
  rows = data.sample_observations(20000, np.random.RandomState(0))
  assert scipy.stats.chisquare(np.bincount(rows.numbers)).pvalue > 1e-3


@pytest.mark.parametrize("batch_size", [1, 3, 7])
def test_rows_of_a_block_are_distinct(batch_size):
  """Also where a combination of factors has several rows."""
  factors = np.repeat([[0, 1], [1, 0], [2, 2]], [10, 9, 2], axis=0)
  data = array_data.ArrayData(factors, [21, 14])
  random_state = np.random.RandomState(0)
  for block in (21, 14):
    assert not data.has_replaced
    drawn = []
    while len(drawn) < block:
      values, rows = data.sample(
          min(batch_size, block - len(drawn)), random_state)
      np.testing.assert_array_equal(values, factors[rows.numbers])
      drawn.extend(rows.numbers)
    assert len(set(drawn)) == len(drawn) == block
  rows = data.sample_observations(1000, random_state)
  assert data.has_replaced and set(rows.numbers) == set(range(21))


def test_factors_and_then_observations_are_the_same_distinct_rows():
  """The order in which strong_downstream_task draws."""
  data = array_data.ArrayData(np.repeat([[0], [1]], 10, axis=0), [20])
  random_state = np.random.RandomState(0)
  sets = [data.sample_factors(num, random_state) for num in (12, 8)]
  rows = [data.sample_observations_from_factors(factors, random_state)
          for factors in sets]
  assert set(np.concatenate([r.numbers for r in rows])) == set(range(20))
  assert not data.has_replaced
  # Other factors than those that were handed out are looked for.
  data.sample_observations_from_factors(1 - sets[0], random_state)
  assert data.has_replaced


def test_blocks_are_drawn_uniformly():
  random_state = np.random.RandomState(0)
  rows = np.concatenate([
      array_data.ArrayData(FACTORS, [2]).sample_observations(
          2, random_state).numbers for _ in range(2000)])
  assert scipy.stats.chisquare(np.bincount(rows)).pvalue > 1e-3


def test_a_row_is_no_image():
  rows = array_data.ArrayData(FACTORS).sample_observations(
      6, np.random.RandomState(0))
  assert len(rows) == len(rows[:]) == 6 and rows[2:4].shape == (2,)
  message = "looks into observations, but arrays of codes have none. Use evalu"
  with pytest.raises(AttributeError, match=f"{message}.*asked for 'mean'"):
    rows.mean()
  for look in (np.asarray, np.mean, lambda rows: np.ones(6) + rows):
    with pytest.raises(TypeError, match=message):
      look(rows)


def test_strings_are_factors_too():
  data = array_data.ArrayData(np.array([["red", "a"], ["blue", "a"]]))
  assert data.factors_num_values == [2, 1]


def test_a_combination_that_is_not_there():
  data = array_data.ArrayData(FACTORS[:4])
  with pytest.raises(LookupError, match="a row for every combination of their "
                     "values: there are 3 of 4. Add the others, or leave"):
    data.sample_observations_from_factors([[0, 0]], np.random.RandomState(0))
