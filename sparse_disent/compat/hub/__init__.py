"""TF1 hub modules on TensorFlow 2."""
