"""Fits of classifiers in worker processes, which import no TensorFlow."""
from collections.abc import Sequence
from typing import Any

import numpy as np


def get_ready() -> None:
  """Imports what boosted trees need and compiles it, or reads what is compiled.

  A process does it while it would wait. Elsewhere its first fit does it.
  """
  from sparse_disent.compat.speed import boosted_trees
  boosted_trees.classifier()(n_estimators=1).fit(
      np.arange(4, dtype=np.float32)[:, None], np.arange(4) // 2)


def fitted(estimator: Any, x: np.ndarray, y: np.ndarray,
           questions: Sequence[np.ndarray]) -> tuple[Any, list[np.ndarray]]:
  """Fits a classifier, and predicts.

  Args:
    estimator: Classifier.
    x: Features, `[num_points, num_features]`.
    y: Labels, `[num_points]`.
    questions: Further features, each `[number, num_features]`.

  Returns:
    The fitted classifier, and its predictions, `[number]`, of each question.
  """
  estimator = estimator.fit(x, y)
  return estimator, [estimator.predict(points) for points in questions]
