"""How many latents of a trained model are active, and which.

Source of the criterion: Burda, Grosse and Salakhutdinov, "Importance Weighted
Autoencoders" (ICLR 2016), section 5.2.
"""
import os

import gin
import numpy as np
import tensorflow_hub as hub

from sparse_disent.metrics import codes as codes_lib
from sparse_disent.metrics import trained_model
from sparse_disent.ops import statistics
from sparse_disent.results import gin_files


@gin.configurable("active_latents", denylist=codes_lib.GIVEN)
def compute_active_latents(
    ground_truth_data, representation_function, random_state,
    artifact_dir=None, *, num_train=gin.REQUIRED,
    variance_threshold=statistics.ACTIVE_VARIANCE,
    kl_threshold=statistics.INFORMATIVE_KL, model_dir=None, batch_size=64):
  """Counts the active latents of the model behind a representation.

    latent i is active        if Var_x(E[z_i | x]) > variance_threshold
    latent i is informative   if E_x[KL(q(z_i | x) || N(0, 1))] > kl_threshold
    latent i is pruned        if E[z_i | x] and Var[z_i | x] are 0 for all x

  The first is the field's criterion, and the one to quote. The last is what a
  closed gate on a latent leaves. `sparse-disent compact` removes these, and
  others that it proves constant and unread. q is the posterior that the model
  exports, with gates m that of eq. 5 of Shi, Glocker and Castro.
  Its KL is 0 here if m is 0, as in their eq. 1 and in training, but not
  m * KL in between.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    representation_function: Not used: the model's own encoder is.
    random_state: NumPy random state.
    artifact_dir: Where the model is looked for if there is no `model_dir`.
    num_train: Number of observations.
    variance_threshold: Burda et al. use 0.01; 0 leaves out constant latents
      alone.
    kl_threshold: Nats.
    model_dir: Directory of the trained model; None for the nearest folder
      "model" beside or above the representation.
    batch_size: Number of observations to be sampled and encoded at a time.

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
      "num_classes": Only if there is a categorical latent, the last entries of
        the model's code.
      "categorical_kl": Likewise, its mean KL from the uniform prior, nats.

  Raises:
    ValueError: If an argument is not what it should be, or a code not finite.
  """
  del representation_function
  codes_lib.check_sampling("active_latents", num_train, batch_size)
  codes_lib.check_threshold(
      "active_latents.variance_threshold", variance_threshold)
  codes_lib.check_threshold("active_latents.kl_threshold", kl_threshold)
  model_dir = trained_model.find("active_latents", model_dir, artifact_dir)
  with hub.eval_function_for_module(os.path.join(model_dir, "tfhub")) as f:

    def encode(images):
      outputs = f({"images": images}, signature="gaussian_encoder",
                  as_dict=True)
      return np.concatenate([outputs["mean"], outputs["logvar"]], axis=1)

    codes, _ = codes_lib.sample(
        ground_truth_data, encode, num_train, random_state, batch_size)
  means, logvars = np.split(codes, 2, axis=1)
  num_latents = means.shape[1] - _num_classes(model_dir)
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


def _num_classes(model_dir):
  config = gin_files.read(model_dir)
  if config.get("sparse_vae", {}).get("categorical") is None:
    return 0
  return config["categorical_latent"]["num_classes"]


def _report_classes(probabilities):
  """Entries on class probabilities, [num_points, num_classes]."""
  num_classes = probabilities.shape[1]
  if not num_classes:
    return {}
  return {"num_classes": num_classes,
          "categorical_kl": statistics.kl_of_classes(probabilities)}
