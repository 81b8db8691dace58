"""Errors that a user can cure, and their messages in one line.

A command prints such an error as `NAME: error: MESSAGE` and exits with 1. Any
other error is a fault of the program, and keeps its traceback.
"""
import errno
import os
import sys
import tokenize
import traceback
import zipfile
import zlib
from collections.abc import Iterable

# Shows tracebacks, as `--traceback` does.
VARIABLE = "SPARSE_DISENT_TRACEBACK"

# What an input, a file, the disk or the installation can cause. Pickle and
# protocol buffers have classes of their own; they are told by name, so that
# nothing is imported for them.
_CURABLE = (EOFError, ImportError, MemoryError, OSError, SyntaxError,
            ValueError, tokenize.TokenError, zipfile.BadZipFile, zlib.error)
_CURABLE_NAMES = ("DecodeError", "UnpicklingError")
# TensorFlow's errors of files and memory.
_OF_FILES = (
    "AbortedError", "AlreadyExistsError", "DataLossError",
    "FailedPreconditionError", "NotFoundError", "OutOfRangeError",
    "PermissionDeniedError", "ResourceExhaustedError", "UnavailableError")
_CURES = {
    errno.EACCES: "Choose a place that you may use, or change its permissions",
    errno.EDQUOT: "Free some of your quota, or choose another disk",
    errno.EFBIG: "Raise the limit of a file's size (ulimit -f), or choose "
                 "another disk",
    errno.EISDIR: "It is a folder: give a file",
    errno.ENAMETOOLONG: "Choose a shorter name",
    errno.ENOENT: "Check the path",
    errno.ENOSPC: "Free space there, or choose another disk",
    errno.ENOTDIR: "A part of that path is a file: choose another folder",
    errno.EPERM: "Choose a place that you may use, or change its permissions",
    errno.EROFS: "Choose a folder on a disk that can be written",
}


def is_wanted(arguments: Iterable[str]) -> bool:
  """Tells whether the user asks for tracebacks.

  Args:
    arguments: Those of the command line.
  """
  return "--traceback" in arguments or bool(os.environ.get(VARIABLE))


def is_curable(error: BaseException) -> bool:
  """Tells whether a user can have caused an error.

  Classes of ours are raised for nothing else. What gin raises is about the
  user's settings, of whatever class it is.
  """
  kind = type(error)
  return (isinstance(error, _CURABLE)
          or kind.__module__.partition(".")[0] == "sparse_disent"
          or kind.__name__ in _CURABLE_NAMES
          or is_of_tensorflow(error) and kind.__name__ in _OF_FILES
          or is_of_gin(error))


def is_of_tensorflow(error: BaseException) -> bool:
  """Tells whether it is one of TensorFlow's own errors."""
  return type(error).__module__.startswith("tensorflow.python.framework.errors")


def is_of_gin(error: BaseException) -> bool:
  """Tells whether gin itself raised an error."""
  gin = getattr(sys.modules.get("gin"), "__file__", None)
  frames = traceback.extract_tb(error.__traceback__)
  return bool(gin and frames) and frames[-1].filename.startswith(
      os.path.dirname(gin or "") + os.sep)


def text(error: BaseException) -> str:
  """Returns the message of an error in one line, with a cure if one is known.

  Lines that gin adds, on the functions that were called, are left out. So are
  TensorFlow's lines on the graph.
  """
  message = str(error).split("\n  In call to configurable", 1)[0].strip()
  if is_of_tensorflow(error):
    message = _of_session(message)
  if isinstance(error, MemoryError) and not message:
    message = "There is not enough memory"
  message = " ".join(message.split()) or type(error).__name__
  cure = _CURES.get(_number(error, message))
  return f"{message.rstrip('.')}. {cure}." if cure else message


def _of_session(message):
  """Returns the cause in a message that a session has set in its graph."""
  lines = [line for line in message.splitlines() if line.strip()]
  if not lines or not lines[0].startswith("Graph execution error"):
    return lines[0] if lines else ""
  # Lines on nodes are indented or have a known beginning.
  causes = [line for line in lines[1:] if not line.startswith(
      (" ", "Detected at", "Node:", "Original stack", "Errors may have"))]
  return causes[0] if causes else lines[-1]


def _number(error, message):
  """Returns the number of a system error, which TensorFlow gives as text.

  An error that this package raised has none, as its message is complete.
  """
  if isinstance(error, OSError):
    return error.errno
  if is_of_tensorflow(error):
    for number in _CURES:
      if message.endswith(f"; {os.strerror(number)}"):
        return number
  return None
