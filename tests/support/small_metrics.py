"""A small data set, representations of it, and upstream's metrics on them."""
import gin
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data
from disentanglement_lib.evaluation.metrics import beta_vae
from disentanglement_lib.evaluation.metrics import dci
from disentanglement_lib.evaluation.metrics import downstream_task
from disentanglement_lib.evaluation.metrics import factor_vae
from disentanglement_lib.evaluation.metrics import fairness
from disentanglement_lib.evaluation.metrics import irs
from disentanglement_lib.evaluation.metrics import mig
from disentanglement_lib.evaluation.metrics import modularity_explicitness
from disentanglement_lib.evaluation.metrics import reduced_downstream_task
from disentanglement_lib.evaluation.metrics import sap_score
from disentanglement_lib.evaluation.metrics import strong_downstream_task
from disentanglement_lib.evaluation.metrics import unified_scores
from disentanglement_lib.evaluation.metrics import unsupervised_metrics

SIZES = (3, 2, 4)


class Factors(ground_truth_data.GroundTruthData):
  """Independent, uniform factors, which are also the observations."""

  def __init__(self, sizes=SIZES):
    self.factors_num_values = list(sizes)
    self.num_factors = len(sizes)
    self.factor_names = [f"factor {index}" for index in range(len(sizes))]

  factors_num_values = num_factors = factor_names = None

  def sample_factors(self, num, random_state):
    sizes = np.broadcast_to(self.factors_num_values, [num, self.num_factors])
    return random_state.randint(0, sizes)

  def sample_observations_from_factors(self, factors, random_state):
    return factors


def latents(factors, num_latent=5):
  """Each latent is a factor with noise, a function of all factors."""
  phase = 1e4 * factors @ np.arange(1.0, factors.shape[1] + 1)
  return np.stack([
      factors[:, index % factors.shape[1]] + 0.3 * np.sin(phase * (index + 1.3))
      for index in range(num_latent)], axis=1).astype(np.float32)


def pruned(*active, num_latent=5, value=0):
  """A representation in which all latents but some are constant."""

  def represent(factors):
    codes = np.full([len(factors), num_latent], value, np.float32)
    codes[:, active] = latents(factors, num_latent)[:, active]
    return codes

  return represent


def only(*active):
  """The active latents of `pruned`, without the constants."""
  return lambda factors: latents(factors)[:, active]


def twins(factors):
  """The first latent twice: their covariance is singular."""
  return latents(factors, 4)[:, [0, 1, 2, 3, 0]]


def nearly_constant(factors):
  """Two latents vary by no more than rounding, or hardly more."""
  codes = pruned(0, 1, value=0.1)(factors)
  codes[:, 3] += 1e-8 * (factors[:, 0] > 0)
  codes[:, 4] = np.nextafter(
      np.float32(1), 1 + (factors[:, 0] > 0).astype(np.float32))
  return codes


REPRESENTATIONS = {
    "all active": latents,
    "some pruned": pruned(0, 1, 4),
    "pruned to another constant than 0": pruned(0, 1, 4, value=0.1),
    "one of many": pruned(1),
    "one": lambda factors: latents(factors)[:, 1:2],
    "one constant": pruned(num_latent=1),
    "none": lambda factors: np.zeros([len(factors), 0], np.float32),
    "all constant": pruned(),
    "all constant, not 0": pruned(value=0.1),
    "twins": twins,
    "nearly constant": nearly_constant,
}

_DISCRETIZER = {"discretizer.discretizer_fn": "@histogram_discretizer",
                "discretizer.num_bins": 20}
_TREES = {"predictor.predictor_fn": "@gradient_boosting_classifier"}
_LOGISTIC = {"predictor.predictor_fn": "@logistic_regression_cv"}
_SAMPLES = {"num_train": 100, "num_test": 50}
_SIZES = {"num_train": [10, 50], "num_test": 50}


def _bindings(name, parameters, *others):
  bindings = {f"{name}.{key}": value for key, value in parameters.items()}
  for other in others:
    bindings.update(other)
  return bindings


# From a name to a metric and its bindings.
METRICS = {
    "beta_vae": (beta_vae.compute_beta_vae_sklearn, _bindings(
        "beta_vae_sklearn",
        {"batch_size": 8, "num_train": 50, "num_eval": 20})),
    "dci": (dci.compute_dci, _bindings("dci", _SAMPLES)),
    "downstream_trees": (downstream_task.compute_downstream_task, _bindings(
        "downstream_task", _SIZES, _TREES)),
    "downstream_logistic": (downstream_task.compute_downstream_task, _bindings(
        "downstream_task", _SIZES, _LOGISTIC)),
    "factor_vae": (factor_vae.compute_factor_vae, _bindings(
        "factor_vae_score",
        {"batch_size": 8, "num_train": 50, "num_eval": 20,
         "num_variance_estimate": 100}, {"prune_dims.threshold": 0.05})),
    "factor_vae_default": (factor_vae.compute_factor_vae, _bindings(
        "factor_vae_score",
        {"batch_size": 8, "num_train": 50, "num_eval": 20,
         "num_variance_estimate": 100})),
    "fairness": (fairness.compute_fairness, _bindings(
        "fairness", {"num_train": 50, "num_test_points_per_class": 10},
        _TREES)),
    "irs": (irs.compute_irs, _bindings(
        "irs", {"num_train": 100, "batch_size": 16}, _DISCRETIZER)),
    "mig": (mig.compute_mig, _bindings(
        "mig", {"num_train": 100}, _DISCRETIZER)),
    "modularity": (
        modularity_explicitness.compute_modularity_explicitness, _bindings(
            "modularity_explicitness", _SAMPLES, _DISCRETIZER)),
    "reduced": (
        reduced_downstream_task.compute_reduced_downstream_task, _bindings(
            "reduced_downstream_task",
            {"num_train": [50], "num_test": 50, "num_factors_to_remove": 2},
            {"reduced_representation.correlation_measure": "@factorwise_dci"},
            _TREES)),
    "sap": (sap_score.compute_sap, _bindings(
        "sap_score", {**_SAMPLES, "continuous_factors": False})),
    "sap_continuous": (sap_score.compute_sap, _bindings(
        "sap_score", {**_SAMPLES, "continuous_factors": True})),
    "strong_trees": (
        strong_downstream_task.compute_strong_downstream_task, _bindings(
            "strong_downstream_task", {**_SIZES, "n_experiment": 1}, _TREES)),
    "strong_logistic": (
        strong_downstream_task.compute_strong_downstream_task, _bindings(
            "strong_downstream_task",
            {"num_train": [10], "num_test": 50, "n_experiment": 1},
            _LOGISTIC)),
    "unified": (unified_scores.compute_unified_scores, _bindings(
        "unified_scores",
        {**_SAMPLES, "matrix_fns":
         "[@importance_gbt_matrix, @mutual_information_matrix, "
         "@accuracy_svm_matrix]"}, _DISCRETIZER)),
    "unsupervised": (unsupervised_metrics.unsupervised_metrics, _bindings(
        "unsupervised_metrics", {"num_train": 100}, _DISCRETIZER)),
}


def compute(metric, representation, sizes=SIZES, seed=0, artifact_dir=None):
  """Returns the scores of a representation, a function or a name of one."""
  function, bindings = METRICS[metric]
  gin.clear_config()
  gin.parse_config([f"{key} = {value}" for key, value in bindings.items()])
  return function(
      Factors(sizes), REPRESENTATIONS.get(representation, representation),
      random_state=np.random.RandomState(seed), artifact_dir=artifact_dir)
