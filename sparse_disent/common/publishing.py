"""Sets of files that belong together and replace what a former run wrote."""
import contextlib
import os
import secrets


def replace_files(files):
  """Writes files so that the last one is there only when all are.

  The last file is what readers open first: a former one goes before any other
  file changes, and a new one comes after all others.

  Args:
    files: Dictionary from paths to contents, bytes; missing folders are made.

  Raises:
    OSError: A file cannot be written. Then none was replaced, unless it was the
      renaming that failed: in that case the last file is missing.
  """
  token = secrets.token_hex(4)
  temporary = {path: f"{path}.{token}.tmp" for path in files}
  *others, last = files
  try:
    for path, content in files.items():
      os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
      with open(temporary[path], "xb") as handle:
        handle.write(content)
    if others:
      with contextlib.suppress(FileNotFoundError):
        os.remove(last)
    for path in files:
      os.replace(temporary[path], path)
  finally:
    for path in temporary.values():
      with contextlib.suppress(FileNotFoundError):
        os.remove(path)
