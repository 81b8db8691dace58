"""Checks gin files for a submission and makes them self-contained."""
import contextlib
import os
from collections.abc import Sequence

import gin
from disentanglement_lib.methods.unsupervised import train  # noqa: F401

import sparse_disent
from sparse_disent.compat.startup import gin_errors
from sparse_disent.data import registry

# Parameters that training needs. The server chooses the data set.
_REQUIRED = ("model.model", "model.training_steps", "model.random_seed",
             "model.batch_size")


def flatten(gin_file: str | os.PathLike, bindings: Sequence[str] = ()) -> str:
  """Reads a gin file with all that it includes, and checks that it can train.

  Args:
    gin_file: Path, or the name of one of our files.
    bindings: Strings that are bound after the file.

  Returns:
    text: String, a gin file that binds the same and includes nothing.

  Raises:
    FileNotFoundError: If the file, or one that it includes, does not exist.
    ValueError: If the file is not gin, or binds no model that upstream can
      train.
  """
  with _parsed(gin_file, bindings):
    for name in _REQUIRED:
      _require(name, gin_file)
    return gin.config_str()


def check_data(gin_file: str | os.PathLike, bindings: Sequence[str]) -> None:
  """Checks that the data set can be loaded; arguments as for `flatten`."""
  with _parsed(gin_file, bindings):
    registry.check_before_training()


@contextlib.contextmanager
def _parsed(gin_file, bindings):
  sparse_disent.register()
  gin.clear_config()
  try:
    _parse(gin_file, bindings)
    yield
  finally:
    gin.clear_config()


def _parse(gin_file, bindings):
  cure = "Give a gin file that dlib_train can train with."
  try:
    gin.parse_config_files_and_bindings([os.fspath(gin_file)], bindings)
  except OSError as error:
    reason = gin_errors.explain(error)
    if f"'{os.fspath(gin_file)}'" not in reason:  # An included one is missing.
      reason = f"Cannot read the gin file '{gin_file}': {reason}"
    raise FileNotFoundError(f"{reason} {cure}") from error
  # Imports in a gin file can raise any error; gin adds the line to it.
  except Exception as error:
    raise ValueError(
        f"The gin file '{gin_file}' cannot be used: {_first_line(error)} "
        f"{cure}") from error


def _require(name, gin_file):
  try:
    gin.query_parameter(name)
  except ValueError as error:
    raise ValueError(
        f"The gin file '{gin_file}' does not bind {name}, so that nothing can "
        f"be trained: add '{name} = ...', or give a gin file for dlib_train."
    ) from error


def _first_line(error):
  return str(error).strip().split("\n", 1)[0].rstrip(".") + "."
