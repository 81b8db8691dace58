"""Our boosted trees beside scikit-learn's, on the codes of a trained model.

    python benchmarks/boosted_trees.py MODEL_DIR [--num_train N] [--stages N]

Fits a classifier of each factor to the means of training images, as DCI does,
one after the other: scikit-learn's own, ours on one thread, ours on all cores.
Prints seconds, their ratio, how many trees were doubtful and so scikit-learn's,
and whether all trees and probabilities are equal.
"""
import argparse
import os
import time

import numpy as np
from sklearn import ensemble

import sparse_disent
from sparse_disent.compat.speed import boosted_trees


def main():
  """Draws codes, fits and prints a row for each factor."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("model_dir")
  parser.add_argument("--num_train", type=int, default=10000)
  parser.add_argument("--stages", type=int, default=20)
  arguments = parser.parse_args()
  names, factors, codes = draw(arguments.model_dir, arguments.num_train)
  compile_all(codes, factors)
  print(f"{'factor':16}{'classes':>8}{'trees':>7}{'sklearn s':>11}"
        f"{'one thread':>11}{'ratio':>7}{'all cores':>11}{'ratio':>7}"
        f"{'doubtful':>9}  equal")
  total = np.zeros(3)
  for name, classes in zip(names, factors.T, strict=True):
    seconds, doubtful, equal = compare(codes, classes, arguments.stages)
    total += seconds
    num_classes = len(np.unique(classes))
    trees = arguments.stages * (num_classes if num_classes > 2 else 1)
    row(name, num_classes, trees, seconds, doubtful, equal)
  row("all", "", "", total, "", "")


def row(name, num_classes, trees, seconds, doubtful, equal):
  """Prints one row."""
  theirs, one, many = seconds
  print(f"{name:16}{num_classes:>8}{trees:>7}{theirs:11.2f}{one:11.2f}"
        f"{theirs / one:7.1f}{many:11.2f}{theirs / many:7.1f}{doubtful:>9}"
        f"  {equal}", flush=True)


def draw(model_dir, size):
  """Returns names of factors, factors [size, num_factors] and codes."""
  from disentanglement_lib.data.ground_truth import named_data

  from sparse_disent.data import factors as factors_lib
  with sparse_disent.load(model_dir) as model:
    name = model.config["dataset.name"]
    data = named_data.get_named_ground_truth_data(name)
    factors, images = data.sample(size, np.random.RandomState(0))
    codes = model.encode(images)
  names = factors_lib.names(name, data.num_factors)
  return names, factors, np.ascontiguousarray(codes, np.float32)


def compile_all(codes, factors):
  """Compiles before anything is measured."""
  boosted_trees.classifier()(n_estimators=1).fit(codes[:100], factors[:100, 0])


def compare(codes, classes, stages):
  """Fits three times; returns seconds, number of doubtful trees, equality."""
  parameters = {"n_estimators": stages, "random_state": 0}
  expected, *found = fits = [
      fit(kind(**parameters), codes, classes, threads)
      for kind, threads in ((ensemble.GradientBoostingClassifier, None),
                            (boosted_trees.classifier(), "1"),
                            (boosted_trees.classifier(), None))]
  equal = all(are_equal(one[0], expected[0], codes) for one in found)
  return np.array([one[1] for one in fits]), found[0][2], equal


def fit(classifier, codes, classes, threads):
  """Returns the fitted classifier, seconds, and the number of doubtful trees.
  """
  doubtful = []
  original = boosted_trees._Stages._grown_by_sklearn

  def counted(*arguments):
    doubtful.append(1)
    return original(*arguments)

  before = os.environ.pop("OMP_NUM_THREADS", None)
  boosted_trees._Stages._grown_by_sklearn = counted
  try:
    if threads:
      os.environ["OMP_NUM_THREADS"] = threads
    start = time.perf_counter()
    classifier.fit(codes, classes)
    return classifier, time.perf_counter() - start, len(doubtful)
  finally:
    boosted_trees._Stages._grown_by_sklearn = original
    os.environ.pop("OMP_NUM_THREADS", None)
    if before is not None:
      os.environ["OMP_NUM_THREADS"] = before


def are_equal(one, other, codes):
  """Tells whether splits and probabilities are the same to the last bit."""
  return all(
      np.array_equal(a.tree_.feature, b.tree_.feature)
      and np.array_equal(a.tree_.threshold, b.tree_.threshold)
      for a, b in zip(one.estimators_.ravel(), other.estimators_.ravel(),
                      strict=True)
  ) and np.array_equal(one.predict_proba(codes), other.predict_proba(codes))


if __name__ == "__main__":
  main()
