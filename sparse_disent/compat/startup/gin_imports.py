"""Lets a gin file import modules from the working directory; names bad files.

`python -m` and an interactive Python look there first. A script does not: it
looks first in its own folder, which is `bin` for an installed script.
"""
import functools
import importlib.machinery
import os
import sys
import sysconfig
import tokenize
import traceback

import gin

from sparse_disent.common import explained


def install() -> None:
  """Makes gin's `import` look there; errors say where it has looked.

  Errors of gin files that cannot be read say which file it is.
  """
  original = gin.config.ParseContext.process_import
  if hasattr(original, "sparse_disent"):
    return

  @functools.wraps(original)
  def process_import(self, statement):
    _look_in_working_directory(statement.module.partition(".")[0])
    try:
      original(self, statement)
    except ImportError as error:
      raise explained.ExplainedImportError(
          _explanation(error, statement), name=error.name).with_traceback(
              error.__traceback__) from None

  process_import.sparse_disent = True  # type: ignore[attr-defined]
  gin.config.ParseContext.process_import = process_import
  gin.parse_config_file = gin.config.parse_config_file = _with_names(
      gin.config.parse_config_file)


def _with_names(original):
  open_files: list[str] = []

  @functools.wraps(original)
  def parse_config_file(config_file, *args, **kwargs):
    name = os.fspath(config_file)
    if name in open_files:
      raise ValueError(f"The gin file '{name}' includes itself. Take the line "
                       "out that includes it.")
    if os.path.isdir(name) or not os.path.basename(name):
      raise IsADirectoryError(
          f"'{name}' is a folder and no gin file. Give a file in it.")
    open_files.append(name)
    try:
      return original(config_file, *args, **kwargs)
    except (UnicodeDecodeError, tokenize.TokenError) as error:
      raise ValueError(
          f"'{name}' is not gin: {error}. Save it as text in UTF-8, and close "
          "all brackets and quotes.") from error
    finally:
      open_files.pop()

  return parse_config_file


def _looks_in_working_directory():
  """Tells whether the program is a script in the folder of installed ones."""
  folder = os.path.dirname(sys.argv[0]) if sys.argv else ""
  return not getattr(sys.flags, "safe_path", False) and (
      os.path.realpath(folder or os.curdir)
      == os.path.realpath(sysconfig.get_path("scripts")))


def _look_in_working_directory(package):
  """Puts the working directory first on the path if the package is there.

  It stays on the path, because the package may import its neighbors at any
  time. If the package is not in the directory, the path is not changed:
  unrelated files in a directory must not hide installed modules.
  """
  here = os.getcwd()
  if (_looks_in_working_directory() and package not in sys.modules
      and here not in sys.path and _is_in(here, package)):
    sys.path.insert(0, here)


def _is_in(folder, package):
  return importlib.machinery.PathFinder.find_spec(
      package, [folder]) is not None


def _explanation(error, statement):
  """Returns a message with the cause, the place and the cure."""
  frame = [frame for frame in traceback.extract_tb(error.__traceback__)
           if not frame.filename.startswith("<frozen ")][-1]
  if frame.filename != gin.config.__file__:
    return (f"{statement.format()} fails in '{frame.filename}', line "
            f"{frame.lineno}: {error}")
  cure = "Run the command in the folder that holds it"
  gin_file = statement.location.filename  # None for a binding.
  folder = gin_file and os.path.dirname(os.path.abspath(gin_file))
  if folder and _is_in(folder, statement.module.partition(".")[0]):
    cure = f"It is beside the gin file: run the command in '{folder}'"
  return (f"{error}. Looked in {', '.join(map(repr, _places(error)))}. {cure}, "
          "or put that folder on PYTHONPATH.")


def _places(error):
  """Returns the folders in which Python has looked for a module."""
  parent = sys.modules.get((error.name or "").rpartition(".")[0])
  if parent is not None:
    return list(getattr(parent, "__path__", [parent.__name__]))
  places = [path or os.getcwd() for path in sys.path]
  if _looks_in_working_directory():
    places.insert(0, os.getcwd())
  return list(dict.fromkeys(places))
