"""Helpers that all packages share: files, checks, progress, text tables."""
