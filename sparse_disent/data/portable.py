"""Pickles that NumPy 1 and NumPy 2 can read."""
import pickle
from typing import Any


def portable_pickle(value: Any) -> bytes:
  """Pickles arrays so that NumPy 1 and NumPy 2 can read them.

  NumPy 2 writes its new module names; both versions know the old ones. In
  protocol 2 a name is a line of text, so that it can simply be replaced.

  Args:
    value: Any object that can be pickled.
  """
  new, old = b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"
  return pickle.dumps(value, protocol=2).replace(new, old)
