"""The flag `--resume` of upstream's scripts: what is done is skipped."""
import functools
import os
import sys
from collections.abc import Callable
from collections.abc import Sequence

from absl import flags

from sparse_disent.compat.startup import lazy_modules

_SCRIPTS = ("dlib_train", "dlib_reproduce")
# Each step and the one before it, as results name them.
_STEPS = {"postprocess": ("postprocess", "train"),
          "evaluate": ("evaluation", "postprocess")}

# Function of (folder, step, source, step of the source, gin file, bindings)
# that tells whether a step has its results. Registration sets it.
has_results: Callable[..., bool] | None = None


@functools.cache
def _flag():
  return flags.DEFINE_boolean(
      "resume", False, "Whether to go on with what is there: an unfinished "
      "training continues, and steps that are done are skipped.",
      module_name=sys.argv[0])


def define() -> None:
  """Adds the flag, if this process runs a script that has it."""
  if any(map(lazy_modules.is_upstreams_script, _SCRIPTS)):
    _flag()


def is_set() -> bool:
  """Tells whether the user has given the flag.

  A program that parses no flags, and calls upstream's functions, has not.
  """
  if not _flag.cache_info().currsize:
    return False
  try:
    return bool(_flag().value)
  except flags.UnparsedFlagAccessError:
    return False


def is_done(step: str, source: str, directory: str,
            gin_files: Sequence[str] | None, gin_bindings: Sequence[str] | None
            ) -> bool:
  """Tells whether a step is to be skipped, and says so.

  Args:
    step: "postprocess", "evaluate" or "visualize".
    source: Folder that the step reads.
    directory: Folder that the step writes.
    gin_files: Gin files of the step.
    gin_bindings: Gin bindings of the step.

  Raises:
    ValueError: There are results of other settings or of another model.
  """
  if not is_set() or not os.path.isdir(directory):
    return False
  if step in _STEPS:
    if not gin_files or has_results is None:
      return False
    this, before = _STEPS[step]
    if not has_results(directory, this, source, before, gin_files[0],
                       gin_bindings or ()):
      return False
  print(f"'{directory}' is complete already.", file=sys.stderr)
  return True
