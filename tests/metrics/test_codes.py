"""Codes of sampled observations."""
import numpy as np
import pytest
from disentanglement_lib.evaluation.metrics import utils
from support import small_data

from sparse_disent.metrics import codes


def test_sample_draws_what_upstreams_metrics_draw():
  data, function = small_data.Factors(), small_data.reader(lambda x: x[:, ::-1])
  expected = utils.generate_batch_factor_code(
      data, function, 50, np.random.RandomState(3), 16)
  actual = codes.sample(data, function, 50, np.random.RandomState(3), 16)
  for one, two in zip(actual, expected, strict=True):
    np.testing.assert_array_equal(one, two.T)
  assert actual[0].dtype == np.float64
  np.testing.assert_array_equal(actual[0], actual[1][:, ::-1])


@pytest.mark.parametrize("batch_size", [1, 7, 10, 100])
def test_of_factors(batch_size):
  sizes = []

  def function(factors):
    sizes.append(len(factors))
    return np.float32(factors)

  factors = np.arange(30).reshape([10, 3])
  actual = codes.of_factors(
      small_data.Factors(num_noise=1), small_data.reader(function), factors,
      np.random.RandomState(0), batch_size)
  np.testing.assert_array_equal(actual[:, :3], factors)
  assert len(np.unique(actual[:, 3])) == 10
  assert actual.dtype == np.float64
  assert max(sizes) <= batch_size and sum(sizes) == 10


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_codes_that_are_not_finite(value):
  function = small_data.reader(lambda x: np.where([0, 1, 0], value, x))
  with pytest.raises(ValueError) as error:
    codes.sample(small_data.Factors(), function, 5, np.random.RandomState(0), 2)
  assert str(error.value) == (
      "The representation is not finite: latents [1] have values that are NaN "
      "or infinite. The model has diverged, or its module is damaged; train or "
      "export it again.")


@pytest.mark.parametrize("num_train, batch_size, name, value", [
    (0, 16, "num_train", "0"), (10, 0, "batch_size", "0"),
    (1e4, 16, "num_train", "10000.0")])
def test_sampling_messages(num_train, batch_size, name, value):
  with pytest.raises(ValueError) as error:
    codes.check_sampling("mic", num_train, batch_size)
  assert str(error.value) == (
      f"mic.{name} must be a positive integer, but is {value}. Upstream's "
      "studies use num_train = 10000 and batch_size = 16.")


def test_num_test_is_checked_too():
  codes.check_sampling("dci_lasso", 10, 16, 5)
  with pytest.raises(ValueError, match=r"dci_lasso\.num_test must be a posit"):
    codes.check_sampling("dci_lasso", 10, 16, 0)


@pytest.mark.parametrize("value", [-0.1, "0.1", None, float("nan")])
def test_threshold_messages(value):
  with pytest.raises(ValueError) as error:
    codes.check_threshold("factor_sparsity.threshold", value)
  assert str(error.value) == (
      "factor_sparsity.threshold must be a number of 0 or greater, but is "
      f"{value!r}. Leave it out for the default.")
