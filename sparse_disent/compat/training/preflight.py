"""Checks that run before a training.

They run before upstream deletes an older model, so that an error in a check
loses nothing.
"""

# Functions without arguments, called once gin is configured.
CHECKS = []


def check() -> None:
  """Runs all checks; the first one that finds something wrong raises."""
  for function in CHECKS:
    function()
