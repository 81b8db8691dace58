"""Helpers that tests share: small data, models, runs and expected values."""
