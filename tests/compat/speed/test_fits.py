"""Fits in worker processes."""
import subprocess
import sys

import numpy as np
from sklearn import ensemble

from sparse_disent.compat.speed import fits


def classifier():
  made = ensemble.GradientBoostingClassifier(n_estimators=3, random_state=0)
  made.number = 7
  return made


def test_answers_are_those_of_the_fitted_classifier():
  draw = np.random.RandomState(0)
  x, y = draw.normal(size=[30, 2]), draw.randint(3, size=30)
  questions = [x, draw.normal(size=[4, 2])]
  found = fits.fitted(classifier(), x, y, questions)
  expected = classifier().fit(x, y)
  assert found.number == 7
  np.testing.assert_array_equal(
      found.feature_importances_, expected.feature_importances_)
  for question, answer in zip(questions, found.predictions, strict=True):
    np.testing.assert_array_equal(answer, expected.predict(question))


def test_without_questions_the_classifier_comes_back():
  x, y = np.arange(6.0)[:, None], np.arange(6) // 3
  np.testing.assert_array_equal(
      fits.fitted(classifier(), x, y, []).predict_proba(x),
      classifier().fit(x, y).predict_proba(x))


def test_a_process_gets_ready_without_tensorflow():
  code = ("import sys; from sparse_disent.compat.speed import fits; "
          "fits.get_ready(); "
          "from sparse_disent.compat.speed import tree_growing as growing; "
          "print(len(growing.grow.signatures), 'tensorflow' in sys.modules)")
  found = subprocess.run([sys.executable, "-c", code], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
  assert found.split() == ["1", "False"]
