"""Disentanglement and completeness of a matrix of importances.

Entry (i, j) says how much latent i matters for factor j: a weight, the gain of
splits, or mutual information.

Source: Eastwood and Williams, "A Framework for the Quantitative Evaluation of
Disentangled Representations" (ICLR 2018), section 2.
"""
import numpy as np
from scipy import special


def disentanglement(importance: np.ndarray) -> float:
  """Degree to which each latent matters for one factor alone.

    P_ij = R_ij / sum_k R_ik
    D_i  = 1 - H_K(P_i),  D = sum_i rho_i D_i,  rho_i = sum_j R_ij / sum_ij R_ij

  H_K is the entropy to the base K, the number of factors.

  Args:
    importance: R, [num_latent, num_factors], 0 or greater; at least two
      factors.

  Returns:
    disentanglement: From 0 to 1; 0 if no latent matters.
  """
  weights = importance.sum(axis=1)
  if not weights.any():
    return 0.0
  return float(np.average(_concentration(importance), weights=weights))


def completeness(importance: np.ndarray) -> float:
  """Degree to which one latent alone matters for each factor.

    P_ij = R_ij / sum_k R_kj
    C_j  = 1 - H_L(P_j),  C = mean_j C_j

  H_L is the entropy to the base L, the number of latents.

  Args:
    importance: R, [num_latent, num_factors], 0 or greater; at least two
      latents.

  Returns:
    completeness: From 0 to 1; a factor for which no latent matters adds 0.
  """
  return float(np.mean(_concentration(importance.T)))


def _concentration(importance):
  """1 - entropy of each row, to the base of its length; 0 for a row of 0."""
  sums = importance.sum(axis=1, keepdims=True)
  p = np.divide(importance, sums, where=sums > 0,
                out=np.zeros(importance.shape))
  entropy = special.entr(p).sum(axis=1) / np.log(importance.shape[1])
  return np.where(sums[:, 0] > 0, 1.0 - entropy, 0.0)
