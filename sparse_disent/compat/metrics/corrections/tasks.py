"""Metrics that predict factors.

Each public function corrects upstream's module of the same name.
"""
import copy
import itertools
from typing import Any

import numpy as np

from sparse_disent.compat import patching
from sparse_disent.compat.metrics import undefined
from sparse_disent.compat.metrics.corrections import tools


def reduced_downstream_task(module: Any) -> None:
  """Supports a representation of which all latents have been removed."""

  @patching.wrap(module, "compute_reduced_representation")
  def compute_reduced_representation(original, codes, factors, codes_test):
    """Removes no latent if none is left."""
    if len(codes) == 0:
      return codes, codes_test
    return original(codes, factors, codes_test)

  @patching.wrap(module, "compute_predictive_accuracy")
  def compute_predictive_accuracy(original, x_train, y_train):
    tools.note_single_factor(y_train, "non_reduced_factor|other_factors")
    return original(x_train, y_train)


def strong_downstream_task(module: Any) -> None:
  """Draws interventions from the metric's seed.

  Notes a reason where no intervention is possible.
  """

  @patching.wrap(module, "_compute_loss")
  def compute_loss(original):
    train, test = original()
    if not np.any(test):
      undefined.note("generalization_gap", "the test accuracy without "
                     "interventions, by which it is divided, is 0")
    return train, test

  @patching.wrap(module, "_compute_loss_intervene")
  def compute_loss_intervene(original, *call):
    """Draws from a seed; upstream draws from NumPy's global generator."""
    *_, ground_truth_data, _, random_state = call
    sizes = ground_truth_data.factors_num_values
    if len(sizes) < 2 or min(sizes) < 2:
      undefined.note("strong", "the task sets one factor to another value than "
                     "in training, to predict another factor: it needs two "
                     f"factors, and two values of each, not {list(sizes)}")
      return np.nan, np.nan
    # The metric goes on to draw from `random_state` as upstream's does.
    seed = copy.deepcopy(random_state).randint(2 ** 31)
    drawing = _Generator(np.random.RandomState(seed))
    with patching.temporarily(module, "np", random=drawing):
      return original(*call)


class _Generator:
  """Stand-in for `np.random` that draws from a given generator."""

  def __init__(self, generator):
    self._generator = generator

  def __getattr__(self, name):
    return getattr(self._generator, name, None) or getattr(np.random, name)


def fairness(module: Any) -> None:
  """Notes a reason where there is one factor, and no sensitive other."""

  @patching.wrap(module, "compute_scores_dict")
  def compute_scores_dict(original, metric, prefix):
    if len(metric) > 1:
      return original(metric, prefix)
    tools.note_single_factor(metric, prefix)
    return {f"{prefix}:{over}_{one}:{within}_{other}": np.nan
            for over, within in itertools.product(("mean", "max"), repeat=2)
            for one, other in (("sens", "pred"), ("pred", "sens"))}
