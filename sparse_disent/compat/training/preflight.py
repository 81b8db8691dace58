"""Checks that run before a training.

They come before upstream deletes an older model, so that what they raise loses
nothing.
"""

# Functions without arguments, called when gin is configured.
CHECKS = []


def check():
  """Raises what the first check raises that finds something wrong."""
  for function in CHECKS:
    function()
