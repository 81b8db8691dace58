"""Checks that run before a training.

They run before upstream deletes an older model, so that an error in a check
loses nothing.
"""

# Functions without arguments, called once gin is configured. Those of the model
# do not look at data.
MODEL_CHECKS = []
DATA_CHECKS = []


def check() -> None:
  """Runs all checks; the first one that finds something wrong raises."""
  check_model()
  for function in DATA_CHECKS:
    function()


def check_model() -> None:
  """Runs the checks of the model alone."""
  for function in MODEL_CHECKS:
    function()
