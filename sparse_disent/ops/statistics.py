"""Statistics of codes, of NumPy arrays: what counts as pruned, and the KL."""
import numpy as np

from sparse_disent.ops import gaussian

# Far above what rounding makes of the floor, far below what a model learns.
_PRUNED_VARIANCE = 10.0 * gaussian.VARIANCE_FLOOR


def pruned(means, logvars):
  """Tells which latents a closed gate has pruned.

    latent i is pruned if E[z_i | x] = 0 and Var[z_i | x] = 0 for all x

  It then is the constant 0, and nothing reads it. A latent of mean 0 that still
  has a variance is not pruned: the decoder sees its noise. That is so for a
  collapsed latent, and for one whose channel a mask has closed in the layer
  "means".

  Args:
    means: E[z | x], [num_points, num_latent].
    logvars: log(Var[z | x]), [num_points, num_latent]; of variance 0 it is
      log(gaussian.VARIANCE_FLOOR).

  Returns:
    pruned: Booleans, [num_latent].
  """
  return (np.all(np.asarray(means) == 0.0, axis=0)
          & np.all(np.asarray(logvars) < np.log(_PRUNED_VARIANCE), axis=0))


def kl_per_latent(means, logvars):
  """KL divergence of each latent from the standard normal prior.

    KL_i = mean over x of (mu^2 + sigma^2 - log(sigma^2) - 1) / 2

  and 0 for a pruned latent, as in eq. 1 of Shi, Glocker and Castro, "PVAE",
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
