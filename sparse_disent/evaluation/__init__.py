"""Scores of trained models, arrays and functions, with upstream's metrics."""
from sparse_disent.evaluation.arrays import evaluate_arrays
from sparse_disent.evaluation.arrays import evaluate_function
from sparse_disent.evaluation.runner import evaluate

__all__ = ["evaluate", "evaluate_arrays", "evaluate_function"]
