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
  np.testing.assert_array_equal(FACTORS[rows] == [2, 7], factors == 1)
  assert set(rows) == set(range(5))


def test_rows_are_drawn_uniformly():
  data = array_data.ArrayData(FACTORS)
  rows = data.sample_observations(20000, np.random.RandomState(0))
  assert scipy.stats.chisquare(np.bincount(rows)).pvalue > 1e-3


def test_strings_are_factors_too():
  data = array_data.ArrayData(np.array([["red", "a"], ["blue", "a"]]))
  assert data.factors_num_values == [2, 1]


def test_a_combination_that_is_not_there():
  data = array_data.ArrayData(FACTORS[:4])
  with pytest.raises(LookupError, match="a row for every combination of their "
                     "values: there are 3 of 4. Add the others, or leave"):
    data.sample_observations_from_factors([[0, 0]], np.random.RandomState(0))
