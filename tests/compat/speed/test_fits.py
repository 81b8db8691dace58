"""Fits in worker processes."""
import subprocess
import sys

import numpy as np
from sklearn import ensemble

from sparse_disent.compat.speed import fits


def test_answers_are_predictions_of_the_fitted_classifier():
  draw = np.random.RandomState(0)
  x, y = draw.normal(size=[30, 2]), draw.randint(3, size=30)
  questions = [x, draw.normal(size=[4, 2])]
  fitted, answers = fits.fitted(
      ensemble.GradientBoostingClassifier(n_estimators=3, random_state=0), x, y,
      questions)
  expected = ensemble.GradientBoostingClassifier(
      n_estimators=3, random_state=0).fit(x, y)
  np.testing.assert_array_equal(
      fitted.predict_proba(x), expected.predict_proba(x))
  assert len(answers) == 2
  for question, answer in zip(questions, answers, strict=True):
    np.testing.assert_array_equal(answer, expected.predict(question))


def test_a_process_gets_ready_without_tensorflow():
  code = ("import sys; from sparse_disent.compat.speed import fits; "
          "fits.get_ready(); "
          "from sparse_disent.compat.speed import tree_growing as growing; "
          "print(len(growing.grow.signatures), 'tensorflow' in sys.modules)")
  found = subprocess.run([sys.executable, "-c", code], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
  assert found.split() == ["1", "False"]
