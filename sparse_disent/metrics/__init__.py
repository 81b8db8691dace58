"""Metrics for gin files: `evaluation.evaluation_fn = @mic`."""
from sparse_disent.metrics.factor_sparsity import compute_factor_sparsity
from sparse_disent.metrics.mic import compute_mic
from sparse_disent.metrics.total_correlation import compute_total_correlation

__all__ = ["compute_factor_sparsity", "compute_mic",
           "compute_total_correlation"]
