"""Scores that change when constant latents are added, and nothing else is.

    python benchmarks/constant_latents.py [METRIC ...]

A gate that prunes a latent leaves a constant in the mean representation. Here
three latents tell of three factors, and two constants are put beside them.
Every metric of upstream, and every one of ours that needs no trained model, is
computed with and without. Prints each score that the constants change, and
which metrics have none. It takes about a minute.
"""
import argparse
import sys
import warnings

import gin
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data
from disentanglement_lib.evaluation import evaluate  # noqa: F401

import sparse_disent  # noqa: F401

SIZES = (3, 2, 4)
NUM_CONSTANTS = 2
# What sums in another order may differ by.
ROUNDING = 1e-9

_BINS = {"discretizer.discretizer_fn": "@histogram_discretizer",
         "discretizer.num_bins": 20}
_TREES = {"predictor.predictor_fn": "@gradient_boosting_classifier"}
_SAMPLES = {"num_train": 1000, "num_test": 500}
# From a metric's gin name to its parameters, and to what else it needs.
METRICS = {
    "beta_vae_sklearn": (
        {"batch_size": 16, "num_train": 500, "num_eval": 500}, {}),
    "factor_vae_score": (
        {"batch_size": 16, "num_train": 500, "num_eval": 500,
         "num_variance_estimate": 1000}, {"prune_dims.threshold": 0.05}),
    "mig": ({"num_train": 1000}, _BINS),
    "dci": (_SAMPLES, {}),
    "sap_score": ({**_SAMPLES, "continuous_factors": False}, {}),
    "modularity_explicitness": (_SAMPLES, _BINS),
    "irs": ({"num_train": 1000, "batch_size": 16}, _BINS),
    "unsupervised_metrics": ({"num_train": 1000}, _BINS),
    "downstream_task": ({"num_train": [1000], "num_test": 500}, _TREES),
    "reduced_downstream_task": (
        {"num_train": [500], "num_test": 500, "num_factors_to_remove": 2},
        {**_TREES, "reduced_representation.correlation_measure":
         "@factorwise_dci"}),
    "strong_downstream_task": (
        {"num_train": [100], "num_test": 200, "n_experiment": 2}, _TREES),
    "fairness": ({"num_train": 200, "num_test_points_per_class": 20}, _TREES),
    "unified_scores": (
        {**_SAMPLES, "matrix_fns": "[@importance_gbt_matrix, "
         "@mutual_information_matrix, @accuracy_svm_matrix]"}, _BINS),
    "mic": ({"num_train": 1000}, _BINS),
    "total_correlation": ({"num_train": 1000}, {}),
    "factor_sparsity": ({"num_train": 1000}, {}),
    "infomec": ({"num_train": 1000}, {}),
    "information_scores": ({"num_train": 1000}, _BINS),
    "dci_lasso": (_SAMPLES, {}),
    "dci_random_forest": (_SAMPLES, {}),
}


def main():
  """Runs the comparison."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("metric", nargs="*", choices=[*METRICS, []])
  unchanged = []
  for name in parser.parse_args().metric or METRICS:
    found = changes(name)
    for score, (without, beside) in found.items():
      print(f"{name:26}{score:56}{without:8.3f} ->{beside:7.3f}", flush=True)
    if not found:
      unchanged.append(name)
  print("No score changes:", ", ".join(unchanged) or "none")


def changes(metric):
  """Computes a metric without and beside constants.

  Args:
    metric: Its name in gin files.

  Returns:
    Dictionary from each number that changes to both values. (Disentanglement
    of DCI does by a little: the seed of boosted trees decides between equally
    good splits, in an order that depends on the number of columns.)
  """
  without, beside = (scores(metric, constants)
                     for constants in (0, NUM_CONSTANTS))
  return {name: (value, beside[name]) for name, value in without.items()
          if isinstance(value, (int, float)) and name in beside
          and abs(value - beside[name]) > ROUNDING}


def scores(metric, num_constants):
  """Computes a metric of the same latents beside constants.

  Args:
    metric: Its name in gin files.
    num_constants: How many columns of zeros are put beside the latents.

  Returns:
    The metric's results.
  """
  parameters, others = METRICS[metric]
  bindings = {f"{metric}.{key}": value for key, value in parameters.items()}
  gin.clear_config()
  gin.parse_config([f"{key} = {value}"
                    for key, value in {**bindings, **others}.items()])

  def represent(factors):
    codes = latents(factors)
    return np.pad(codes, [(0, 0), (0, num_constants)])

  with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    return gin.get_configurable(metric)(
        _Factors(), represent, random_state=np.random.RandomState(0))


def latents(factors):
  """Each latent is a factor with a third of the next, and noise.

  The noise is a function of all factors and looks random, so that one
  observation has one code.
  """
  phase = 1e4 * factors @ np.arange(1.0, factors.shape[1] + 1)
  scaled = factors / (np.array(SIZES) - 1.0)
  noise = np.sin(phase[:, np.newaxis] * np.array([1.3, 2.3, 3.3]))
  return (scaled + np.roll(scaled, 1, axis=1) / 3 + noise / 5).astype(
      np.float32)


class _Factors(ground_truth_data.GroundTruthData):
  """Independent, uniform factors, which are also the observations."""

  num_factors = len(SIZES)
  factors_num_values = list(SIZES)
  factor_names = [f"factor {index}" for index in range(len(SIZES))]

  def sample_factors(self, num, random_state):
    return random_state.randint(0, np.broadcast_to(SIZES, [num, len(SIZES)]))

  def sample_observations_from_factors(self, factors, random_state):
    return factors


if __name__ == "__main__":
  sys.exit(main())
