"""Cut forests, beside scikit-learn's forests of that depth."""
import numpy as np
import pytest
from sklearn import ensemble

from sparse_disent.metrics import forests

DRAW = np.random.RandomState(0)
X = DRAW.normal(size=[300, 4])
Y = X[:, 0] + X[:, 1]**2 + 0.1 * DRAW.normal(size=300)
DEPTHS = [1, 2, 5, 40]


def fitted(depth=None):
  return ensemble.RandomForestRegressor(
      5, max_depth=depth, min_samples_leaf=10, random_state=0).fit(X, Y)


def test_whole_trees_are_scikit_learns():
  forest, points = fitted(), DRAW.normal(size=[50, 4])
  np.testing.assert_allclose(forests.predictions(forest, points, DEPTHS)[-1],
                             forest.predict(points), rtol=1e-12)
  np.testing.assert_allclose(forests.importances(forest, DEPTHS[-1]),
                             forest.feature_importances_, rtol=1e-9)


@pytest.mark.parametrize("index, depth", list(enumerate(DEPTHS[:-1])))
def test_cut_trees_are_those_of_less_depth(index, depth):
  """Leaves are so large that no two splits are equally good."""
  shallow = fitted(depth)
  np.testing.assert_allclose(forests.predictions(fitted(), X, DEPTHS)[index],
                             shallow.predict(X), rtol=1e-9)
  np.testing.assert_allclose(forests.importances(fitted(), depth),
                             shallow.feature_importances_, rtol=1e-9)


def test_trees_without_splits():
  forest = ensemble.RandomForestRegressor(3, random_state=0).fit(X, 0 * Y + 2)
  assert forests.importances(forest, 5).tolist() == [0, 0, 0, 0]
  np.testing.assert_array_equal(forests.predictions(forest, X, [1, 2]), 2)
