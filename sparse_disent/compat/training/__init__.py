"""Training as TensorFlow 1 did it: estimator, hooks, bulk input."""
