"""Fits of scikit-learn that are part of a metric's definition."""
import contextlib
import warnings
from collections.abc import Iterator

import threadpoolctl
from sklearn import exceptions


@contextlib.contextmanager
def as_defined() -> Iterator[None]:
  """Fits on one thread, without warnings that a fit has not converged.

  A metric that limits iterations means the fit at this limit; its results say
  how many fits reached it. The number of threads changes the order of sums, and
  so the last digits of a fit.
  """
  with threadpoolctl.threadpool_limits(1), warnings.catch_warnings():
    warnings.simplefilter("ignore", exceptions.ConvergenceWarning)
    yield
