"""Warnings and threads of fits."""
import warnings

import numpy as np
import pytest
import threadpoolctl
from sklearn import exceptions
from sklearn import linear_model

from sparse_disent.metrics import fitting


def fit():
  x = np.random.RandomState(0).normal(size=[50, 3])
  linear_model.LogisticRegression(max_iter=1).fit(x, x[:, 0] > 0)


def test_no_warning_of_convergence():
  with pytest.warns(exceptions.ConvergenceWarning):
    fit()
  with fitting.as_defined():
    fit()  # Warnings are errors in tests.


def test_other_warnings_remain():
  with pytest.warns(UserWarning, match="other"), fitting.as_defined():
    warnings.warn("other", stacklevel=1)


def test_one_thread():
  with fitting.as_defined():
    libraries = threadpoolctl.threadpool_info()
  assert {library["num_threads"] for library in libraries
          if library["user_api"] == "blas"} == {1}
