"""Files that appear whole or not at all, and pickles that NumPy 1 reads."""
import contextlib
import os
import pickle
import secrets


@contextlib.contextmanager
def new_file(path, *, replace=False):
  """Opens a file for writing that appears at `path` once it is complete.

  Bytes go to a sibling, which takes the name at the end and is removed, with
  the folder if that was new, when anything goes wrong or Ctrl-C is pressed.

  Args:
    path: String, where the file is to appear; missing folders are made.
    replace: Whether it takes the place of an existing file.

  Yields:
    A binary file to write to.

  Raises:
    FileExistsError: `path` exists and is not to be replaced, before anything
      is written or because another process was faster; what it holds is left
      alone.
  """
  if not replace:
    refuse_existing(path)
  folder = os.path.dirname(os.path.abspath(path))
  new_folder = not os.path.isdir(folder)
  os.makedirs(folder, exist_ok=True)
  temporary = f"{path}.{secrets.token_hex(4)}.tmp"
  try:
    with open(temporary, "xb") as handle:
      yield handle
    (os.replace if replace else _publish)(temporary, path)
  finally:
    with contextlib.suppress(FileNotFoundError):
      os.remove(temporary)
    if new_folder:
      # Upstream's download script skips a data set whose folder exists.
      with contextlib.suppress(OSError):
        os.rmdir(folder)


def refuse_existing(path):
  """Raises FileExistsError if there is anything at `path`."""
  if os.path.lexists(path):
    raise FileExistsError(
        f"File {os.path.abspath(path)!r} exists and is never overwritten. Use "
        "it as it is, or move it away, or choose another directory.")


def _publish(temporary, path):
  """Gives a complete file its name; a file that has that name keeps it."""
  try:
    os.link(temporary, path)  # Unlike a rename, it never replaces a file.
  except FileExistsError:
    refuse_existing(path)
  except (AttributeError, OSError):  # No hard links on this file system.
    refuse_existing(path)
    os.rename(temporary, path)


def portable_pickle(value):
  """Pickles arrays so that NumPy 1 and NumPy 2 can read them.

  NumPy 2 writes its new module names; both versions know the old ones. In
  protocol 2 a name is a line of text, so that it can simply be replaced.

  Args:
    value: Any object that can be pickled.

  Returns:
    The pickle, bytes.
  """
  new, old = b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"
  return pickle.dumps(value, protocol=2).replace(new, old)
