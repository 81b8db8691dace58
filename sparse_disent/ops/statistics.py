"""Statistics of codes in NumPy: active, informative and pruned latents, KL.

These terms are defined only here. `export` does not use them: it removes the
latents that a module's graph proves to be constant and unread.
"""
import numpy as np

from sparse_disent.ops import gaussian

# Threshold for the variance of a mean: Burda, Grosse and Salakhutdinov,
# "Importance Weighted Autoencoders" (ICLR 2016), section 5.2.
ACTIVE_VARIANCE = 0.01
# Threshold for the KL divergence, nats.
INFORMATIVE_KL = 0.01
# Threshold for the variance of a pruned latent: far above the floor and its
# rounding errors, far below the variances that a model learns.
_PRUNED_VARIANCE = 10.0 * gaussian.VARIANCE_FLOOR


def variances(codes: np.ndarray) -> np.ndarray:
  """Variance of each latent over the data; exactly 0 for a constant.

  Args:
    codes: [num_points, num_latent].

  Returns:
    variances: float64, [num_latent].
  """
  codes = np.asarray(codes, np.float64)
  # Shifts constants to 0: rounding would give any other one a variance.
  return np.var(codes - codes[0], axis=0)


def active(codes: np.ndarray, threshold: float = ACTIVE_VARIANCE) -> np.ndarray:
  """Latents whose code varies over the data.

    latent i is active if Var_x(E[z_i | x]) > threshold

  Args:
    codes: E[z | x], [num_points, num_latent].
    threshold: 0 or greater; with 0 only constant latents are inactive.

  Returns:
    active: Booleans, [num_latent].
  """
  return variances(codes) > threshold


def informative(means: np.ndarray, logvars: np.ndarray,
                threshold: float = INFORMATIVE_KL) -> np.ndarray:
  """Latents whose posterior differs from the prior.

    latent i is informative if E_x[KL(q(z_i | x) || N(0, 1))] > threshold

  Args:
    means: mu, [num_points, num_latent].
    logvars: log(sigma^2), [num_points, num_latent].
    threshold: Nats, 0 or greater.

  Returns:
    informative: Booleans, [num_latent].
  """
  return kl_per_latent(means, logvars) > threshold


def pruned(means: np.ndarray, logvars: np.ndarray) -> np.ndarray:
  """Latents that a closed gate has pruned.

    latent i is pruned if E[z_i | x] = 0 and Var[z_i | x] = 0 for all x

  A pruned latent is the constant 0, and nothing reads it. A latent of mean 0
  that still has a variance is not pruned, because the decoder sees its noise.
  Two examples are a collapsed latent, and a latent whose channel a mask has
  closed in the layer "means".

  Args:
    means: E[z | x], [num_points, num_latent].
    logvars: log(Var[z | x]), [num_points, num_latent]; for a variance of 0 it
      is log(gaussian.VARIANCE_FLOOR).

  Returns:
    pruned: Booleans, [num_latent].
  """
  return np.all(np.asarray(means) == 0.0, axis=0) & without_noise(logvars)


def without_noise(logvars: np.ndarray) -> np.ndarray:
  """Latents of which no point has a variance: pruned ones, and classes.

  Args:
    logvars: log(Var[z_i | x]), [num_points, num_latent]; see `pruned`.

  Returns:
    without_noise: Booleans, [num_latent].
  """
  return np.all(np.asarray(logvars) < np.log(_PRUNED_VARIANCE), axis=0)


def kl_per_latent(means: np.ndarray, logvars: np.ndarray) -> np.ndarray:
  """KL divergence of each latent from the standard normal prior.

    KL_i = mean over x of (mu^2 + sigma^2 - log(sigma^2) - 1) / 2

  For a pruned latent KL_i is 0, as in eq. 1 of Shi, Glocker and Castro, "PVAE",
  with m_i = 0.

  Args:
    means: mu, [num_points, num_latent].
    logvars: log(sigma^2), [num_points, num_latent].

  Returns:
    kl: [num_latent], nats.
  """
  mu, logvar = (np.asarray(x, np.float64) for x in (means, logvars))
  kl = 0.5 * np.mean(np.square(mu) + np.exp(logvar) - logvar - 1.0, axis=0)
  return np.where(pruned(means, logvars), 0.0, kl)


def kl_of_classes(probabilities: np.ndarray) -> float:
  """KL divergence of a categorical latent from the uniform prior.

    KL = mean over x of sum over k of p_k log(K p_k)

  Args:
    probabilities: [num_points, num_classes].

  Returns:
    kl: Nats.
  """
  p = np.asarray(probabilities, np.float64)
  logs = np.log(np.where(p > 0, p * p.shape[1], 1.0))
  return float((p * logs).sum(axis=1).mean())
