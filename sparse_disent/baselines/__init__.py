"""Compares own runs with published scores; needs no TensorFlow."""
