"""Lets TensorFlow read checkpoints whose path holds `*`, `?`, `[` or `\\`.

TensorFlow takes the path of a checkpoint for a pattern, so that a model in
`beta4 [seed 0]` is saved and never found again. Python's part of it gets the
path with these characters escaped. The part in C++ uses one path as a pattern
and as a name; it gets the path of a link without such characters.
"""
import atexit
import functools
import os
import re
import tempfile
from typing import Any

from tensorflow.python.checkpoint import checkpoint_management
from tensorflow.python.lib.io import file_io
from tensorflow.python.training import py_checkpoint_reader
from tensorflow.python.training import saver

from sparse_disent.compat import patching

_SPECIAL = re.compile(r"([*?\[\\])")


def escape(path: str) -> str:
  """Returns a pattern of TensorFlow's that matches one path and no other."""
  return _SPECIAL.sub(r"\\\1", path)


def literal(path: str) -> str:
  """Returns a path to the same file, without special characters.

  Args:
    path: Path of a checkpoint, without the endings of its files.

  Returns:
    The path itself if it has none in its folder's name. Otherwise one by way of
    a link, which exists until the process ends.
  """
  folder, name = os.path.split(os.fspath(path))
  return os.path.join(_link(os.path.abspath(folder)), name) if (
      _SPECIAL.search(folder)) else path


@functools.cache
def _link(folder):
  link = os.path.join(_links(), str(_link.cache_info().currsize))
  os.symlink(folder, link)
  return link


@functools.cache
def _links():
  folder = tempfile.TemporaryDirectory(prefix="sparse_disent_")
  atexit.register(folder.cleanup)
  return folder.name


def _get_matching_files(pattern):
  folder, name = os.path.split(pattern)
  return file_io.get_matching_files(os.path.join(escape(folder), name))


def install() -> None:
  """Changes the functions of TensorFlow that read checkpoints, once."""
  if hasattr(saver.Saver.restore, "sparse_disent"):
    return
  restore, read = saver.Saver.restore, py_checkpoint_reader.NewCheckpointReader

  @functools.wraps(restore)
  def restore_literally(self: Any, sess: Any, save_path: Any) -> None:
    restore(self, sess, save_path and literal(save_path))

  @functools.wraps(read)
  def read_literally(filepattern: Any) -> Any:
    return read(literal(filepattern))

  restore_literally.sparse_disent = True  # type: ignore[attr-defined]
  saver.Saver.restore = restore_literally
  py_checkpoint_reader.NewCheckpointReader = read_literally
  checkpoint_management.file_io = patching.StandIn(
      file_io, {"get_matching_files": _get_matching_files})
