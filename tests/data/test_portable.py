import pickle

import numpy as np

from sparse_disent.data import portable


def test_portable_pickle():
  value = {"sizes": np.arange(3), "names": ("a", "b"), "scalar": np.int64(5)}
  pickled = portable.portable_pickle(np.array(value, dtype=object))
  assert b"numpy.core.multiarray\n" in pickled
  assert b"_core" not in pickled
  restored = pickle.loads(pickled)
  assert restored.shape == () and restored.dtype == object
  restored = restored[()]
  np.testing.assert_array_equal(restored.pop("sizes"), [0, 1, 2])
  assert restored == {"names": ("a", "b"), "scalar": 5}
