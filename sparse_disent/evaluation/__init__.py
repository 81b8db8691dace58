"""Runs a whole protocol on a trained model."""
