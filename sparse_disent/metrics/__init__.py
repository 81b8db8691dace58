"""Metrics for gin files: `evaluation.evaluation_fn = @mic`."""
from sparse_disent.metrics.active_latents import compute_active_latents
from sparse_disent.metrics.codes import codes_alone
from sparse_disent.metrics.connectivity import compute_connectivity
from sparse_disent.metrics.dci_lasso import compute_dci_lasso
from sparse_disent.metrics.dci_random_forest import compute_dci_random_forest
from sparse_disent.metrics.factor_sparsity import compute_factor_sparsity
from sparse_disent.metrics.infomec import compute_infomec
from sparse_disent.metrics.information_scores import compute_information_scores
from sparse_disent.metrics.mic import compute_mic
from sparse_disent.metrics.reconstruction import compute_reconstruction
from sparse_disent.metrics.total_correlation import compute_total_correlation

__all__ = ["codes_alone", "compute_active_latents", "compute_connectivity",
           "compute_dci_lasso", "compute_dci_random_forest",
           "compute_factor_sparsity", "compute_infomec",
           "compute_information_scores", "compute_mic",
           "compute_reconstruction", "compute_total_correlation"]
