"""Fits of classifiers in worker processes, which import no TensorFlow."""
import dataclasses
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


@dataclasses.dataclass(frozen=True)
class Answers:
  """All that a metric asked of boosted trees, which themselves are left out.

  The trees of a protocol would take hundreds of MiB where metrics are computed.

  Attributes:
    number: The number of the classifier.
    feature_importances_: `[num_features]`.
    predictions: List of predictions, `[number]`, of each question.
  """

  number: int
  feature_importances_: np.ndarray
  predictions: list[np.ndarray]


def fitted(estimator: Any, x: np.ndarray, y: np.ndarray,
           questions: Sequence[np.ndarray]) -> Any:
  """Fits a classifier, and predicts.

  Args:
    estimator: Classifier; with questions, boosted trees with a `number`.
    x: Features, `[num_points, num_features]`.
    y: Labels, `[num_points]`.
    questions: Further features, each `[number, num_features]`.

  Returns:
    The fitted classifier, or `Answers` if there are questions.
  """
  estimator = estimator.fit(x, y)
  if not questions:
    return estimator
  return Answers(estimator.number, estimator.feature_importances_,
                 [estimator.predict(points) for points in questions])
