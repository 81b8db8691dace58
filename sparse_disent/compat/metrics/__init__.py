"""Upstream's metrics, seeded and corrected."""
