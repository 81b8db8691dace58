"""Counts of the active, informative and pruned latents of a trained model.

Source of the criterion: Burda, Grosse and Salakhutdinov, "Importance Weighted
Autoencoders" (ICLR 2016), section 5.2.
"""
import os

import gin
import numpy as np
import tensorflow_hub as hub
from disentanglement_lib.data.ground_truth import ground_truth_data as gt

from sparse_disent.metrics import codes as codes_lib
from sparse_disent.metrics import trained_model
from sparse_disent.ops import statistics
from sparse_disent.results import gin_files


@gin.configurable("active_latents", denylist=codes_lib.GIVEN)
def compute_active_latents(
    ground_truth_data: gt.GroundTruthData,
    representation_function: codes_lib.RepresentationFunction,
    random_state: np.random.RandomState, artifact_dir: str | None = None, *,
    num_train: int = gin.REQUIRED,
    variance_threshold: float = statistics.ACTIVE_VARIANCE,
    kl_threshold: float = statistics.INFORMATIVE_KL,
    model_dir: str | os.PathLike | None = None, batch_size: int = 64) -> dict:
  """Counts the active latents of the model behind a representation.

    latent i is active        if Var_x(E[z_i | x]) > variance_threshold
    latent i is informative   if E_x[KL(q(z_i | x) || N(0, 1))] > kl_threshold
    latent i is pruned        if E[z_i | x] and Var[z_i | x] are 0 for all x

  "Active" is the field's criterion, and the one to quote. "Pruned" latents are
  those whose gate is closed; `sparse-disent compact` removes them, and others
  that it proves constant and unread. q is the posterior that the model exports:
  for a model with gates m it is eq. 5 of Shi, Glocker and Castro. Where m is 0
  its KL is 0, as in their eq. 1 and in training. Where m is between 0 and 1 its
  KL is not m * KL.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    representation_function: Not used; the model's own encoder is used instead.
    random_state: NumPy random state.
    artifact_dir: Path from which the search for the model starts if `model_dir`
      is None.
    num_train: Number of observations.
    variance_threshold: Burda et al. use 0.01; with 0 only constant latents are
      inactive.
    kl_threshold: A latent is informative if its KL is above this, nats.
    model_dir: Directory of the trained model; None for the nearest folder
      "model" beside or above the representation.
    batch_size: Number of observations sampled and encoded at a time.

  Returns:
    results: Dictionary with
      "num_active_latents", "num_informative_latents", "num_pruned_latents",
      "num_latents": Integers; classes of a categorical latent do not count.
      "active_latents", "informative_latents", "pruned_latents": Lists of
        indices, ascending.
      "kl": List [num_latents], nats, means over the observations.
      "total_kl": Sum of `kl`, nats.
      "variance_of_mean": List [num_latents], of E[z_i | x].
      "mean_variance": List [num_latents], means of Var[z_i | x].
      "num_classes": Number of classes of the categorical latent, which are the
        last entries of the model's code; only if there is such a latent.
      "categorical_kl": Mean KL of its classes from the uniform prior, nats;
        only if there is such a latent.

  Raises:
    ValueError: If an argument is invalid, or a code is not finite.
  """
  del representation_function
  codes_lib.check_sampling("active_latents", num_train, batch_size)
  codes_lib.check_threshold(
      "active_latents.variance_threshold", variance_threshold)
  codes_lib.check_threshold("active_latents.kl_threshold", kl_threshold)
  model_dir = trained_model.find("active_latents", model_dir, artifact_dir)
  with hub.eval_function_for_module(os.path.join(model_dir, "tfhub")) as f:
    means, logvars = codes_lib.sample_posteriors(
        ground_truth_data, lambda images: f(
            {"images": images}, signature="gaussian_encoder", as_dict=True),
        num_train, random_state, batch_size)
  num_latents = means.shape[1] - trained_model.num_classes(
      gin_files.read(model_dir))
  return {
      **_report(means[:, :num_latents], logvars[:, :num_latents],
                variance_threshold, kl_threshold),
      **_report_classes(means[:, num_latents:])}


def _report(means, logvars, variance_threshold, kl_threshold):
  kl = statistics.kl_per_latent(means, logvars)
  latents = {
      "active_latents": statistics.active(means, variance_threshold),
      "informative_latents":
          statistics.informative(means, logvars, kl_threshold),
      "pruned_latents": statistics.pruned(means, logvars),
  }
  latents = {name: np.flatnonzero(is_one) for name, is_one in latents.items()}
  return {
      **{f"num_{name}": len(indices) for name, indices in latents.items()},
      "num_latents": means.shape[1],
      **{name: indices.tolist() for name, indices in latents.items()},
      "kl": kl.tolist(),
      "total_kl": float(np.sum(kl)),
      "variance_of_mean": statistics.variances(means).tolist(),
      "mean_variance": np.mean(np.exp(logvars), axis=0).tolist(),
  }


def _report_classes(probabilities):
  """Entries on class probabilities, [num_points, num_classes]."""
  num_classes = probabilities.shape[1]
  if not num_classes:
    return {}
  return {"num_classes": num_classes,
          "categorical_kl": statistics.kl_of_classes(probabilities)}
