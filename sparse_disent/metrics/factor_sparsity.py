"""Numbers of factors that move each latent, and of latents each factor moves.

Source: Rakowski, "Learning Disentangled Deep Latent Space Representations": a
representation r is disentangled if at most one factor g moves each latent,

  for all i: |{j : d r_i / d g_j != 0}| <= 1,

and fully entangled if each factor moves all of them.
"""
import functools

import gin
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data as gt

from sparse_disent.metrics import codes as codes_lib
from sparse_disent.metrics import undefined
from sparse_disent.ops import statistics

# By how many standard errors a change must exceed observation noise.
STANDARD_ERRORS = 5.0


@gin.configurable("factor_sparsity", denylist=codes_lib.GIVEN)
@codes_lib.codes_alone
def compute_factor_sparsity(
    ground_truth_data: gt.GroundTruthData,
    representation_function: codes_lib.RepresentationFunction,
    random_state: np.random.RandomState, artifact_dir: str | None = None, *,
    num_train: int = gin.REQUIRED, threshold: float = 0.1,
    variance_threshold: float = statistics.ACTIVE_VARIANCE,
    batch_size: int = 64) -> dict:
  """Counts which factors move which latents, by changing one factor at a time.

    change_ij = sqrt(mean of (r_i(x') - r_i(x))^2) / std(r_i)
    noise_i   = sqrt(mean of (r_i(x'') - r_i(x))^2) / std(r_i)
    factor j moves latent i if
    change_ij^2 > threshold^2 + noise_i^2 + 5 standard errors of noise_i^2

  r_i(x) is latent i of the code of observation x. x' differs from x in factor
  j, whose new value is drawn as the data set draws it. x'' has all factors of
  x. Whatever is not a factor is drawn anew for x' and x'', so the noise is 0 if
  observations depend on factors alone. Example: a latent that is a linear
  function of one factor with n equally likely values has the change
  sqrt(2 n / (n - 1)) for that factor.

  Args:
    ground_truth_data: GroundTruthData to be sampled from.
    representation_function: Function from observations to codes.
    random_state: NumPy random state.
    artifact_dir: Not used.
    num_train: Number of observations x; each is encoded num_factors + 2 times.
    threshold: Smallest change that counts, in standard deviations of a latent.
    variance_threshold: A latent is active if its variance is above this; an
      inactive latent counts as moved by no factor.
    batch_size: Number of points encoded at a time.

  Returns:
    results: Dictionary with
      "change": Nested list [num_latent, num_factors], standard deviations of
        the latent; 0 for inactive latents and for factors of a single value.
      "noise": List [num_latent], standard deviations of the latent; 0 for
        inactive latents.
      "factors_per_latent": List [num_latent] of numbers of factors.
      "latents_per_factor": List [num_factors] of numbers of latents.
      "mean_factors_per_latent": Mean over active latents, factors, or None.
      "mean_latents_per_factor": Mean over all factors, latents.
      "disentangled_fraction": Fraction of the active latents that at most one
        factor moves, or None. It is 1 for a disentangled representation as
        defined above.
      "..._undefined": For each entry that is None, the reason.
      "active_latents": List of the indices of the active latents.

  Raises:
    ValueError: If an argument is invalid, or a code is not finite.
  """
  del artifact_dir
  codes_lib.check_sampling("factor_sparsity", num_train, batch_size)
  codes_lib.check_threshold("factor_sparsity.threshold", threshold)
  codes_lib.check_threshold(
      "factor_sparsity.variance_threshold", variance_threshold)
  encode = functools.partial(
      codes_lib.of_factors, ground_truth_data, representation_function,
      random_state=random_state, batch_size=batch_size)
  factors, others = (ground_truth_data.sample_factors(num_train, random_state)
                     for _ in range(2))
  codes = encode(factors)
  active = np.flatnonzero(statistics.active(codes, variance_threshold))
  per_deviation = np.zeros(codes.shape[1])
  per_deviation[active] = 1.0 / np.std(codes[:, active], axis=0)
  noise = np.square((encode(factors) - codes) * per_deviation)
  differs = factors != others
  change = np.stack([
      _mean_square_change(encode, factors, others, codes, per_deviation, j)
      for j in range(differs.shape[1])], axis=1)
  moved = change > threshold**2 + _noise_limit(noise, differs.sum(axis=0))
  return {"change": np.sqrt(change).tolist(),
          "noise": np.sqrt(np.mean(noise, axis=0)).tolist(),
          **_counts(moved, active)}


def _mean_square_change(encode, factors, others, codes, per_deviation, factor):
  """Mean square change, [num_latent], over points where the factor differs."""
  rows = np.flatnonzero(factors[:, factor] != others[:, factor])
  if not rows.size:
    return np.zeros(codes.shape[1])
  changed = factors[rows]
  changed[:, factor] = others[rows, factor]
  return np.mean(np.square(
      (encode(changed) - codes[rows]) * per_deviation), axis=0)


def _noise_limit(noise, num_changed):
  """Upper limit of noise in squared changes, [num_latent, num_factors].

  Args:
    noise: Squared differences that are not due to factors, [num_points,
      num_latent].
    num_changed: Numbers of points over which changes are averaged,
      [num_factors].
  """
  errors = np.sqrt(1.0 / len(noise) + 1.0 / np.maximum(num_changed, 1))
  return np.mean(noise, axis=0)[:, np.newaxis] + STANDARD_ERRORS * np.outer(
      np.std(noise, axis=0), errors)


def _counts(moved, active):
  """Results from Booleans [num_latent, num_factors], True if j moves i."""
  factors_per_latent, latents_per_factor = moved.sum(axis=1), moved.sum(axis=0)
  results = {
      "factors_per_latent": factors_per_latent.tolist(),
      "latents_per_factor": latents_per_factor.tolist(),
      "mean_latents_per_factor": float(np.mean(latents_per_factor)),
      "active_latents": active.tolist(),
  }
  of_active = factors_per_latent[active]
  for name, values in (("mean_factors_per_latent", of_active),
                       ("disentangled_fraction", of_active <= 1)):
    results.update(
        {name: float(np.mean(values))} if active.size else
        undefined.report(name, "no latent is active"))
  return results
