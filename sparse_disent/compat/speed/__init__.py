"""Quicker training steps; nothing that upstream needs to run."""
