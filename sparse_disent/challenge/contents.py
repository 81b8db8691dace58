"""Finds and checks the files for the archive of a submission."""
import json
import os
import pathlib
import re
import stat

from sparse_disent.challenge import contract
from sparse_disent.challenge import submission
from sparse_disent.results import json_files

# Files of these kinds are data, models or archives, not sources.
_DATA = (".npz", ".npy", ".mat", ".h5", ".hdf5", ".tfrecord", ".pkl", ".pickle",
         ".dill", ".pt", ".ckpt", ".zip", ".tar", ".gz", ".tgz", ".xz", ".bz2")
_NOT_PACKED = (contract.SCRATCH, "__pycache__", ".git")
_FIELDS = {"authors": list, "description": str, "license": str, "gpu": bool}
# An absolute path, but not that of a URL or in the middle of another.
_ABSOLUTE = re.compile(r"""(?:^|[\s"'=:(\[,])(/[\w.-]+(?:/[\w.-]+)+)""")
# Folders that exist on every machine, or on the challenge's.
_EVERYWHERE = ("/bin/", "/usr/", "/dev/", "/tmp/", "/home/aicrowd/")


def files(root: str | os.PathLike, *, max_bytes: int) -> list[pathlib.Path]:
  """Finds the files to pack, and checks them.

  Args:
    root: Folder of the submission.
    max_bytes: Largest size of all files together.

  Returns:
    paths: Sorted list of `pathlib.Path`, relative to `root`.

  Raises:
    FileNotFoundError: If a part is missing.
    ValueError: If something breaks a rule of the challenge or its server.
  """
  root = pathlib.Path(root)
  submission.check(root)
  _check_description(root / submission.DESCRIPTION)
  if not os.access(root / "run.sh", os.X_OK):
    raise ValueError(
        f"'{root / 'run.sh'}' cannot be executed. Run: chmod +x run.sh")
  paths = sorted(_walk(root))
  for path in paths:
    _check_file(root, path)
  size = sum((root / path).stat().st_size for path in paths)
  if size > max_bytes:
    largest = max(paths, key=lambda path: (root / path).stat().st_size)
    raise ValueError(
        f"The files of '{root}' have {size:,} bytes, more than {max_bytes:,}; "
        f"the largest is '{largest}'. Remove what the server does not need, or "
        "give a higher --max_megabytes. (The limit is ours; the challenge "
        "states none.)")
  return paths


def _walk(root):
  for folder, names, found in os.walk(root):
    names[:] = [name for name in names if name not in _NOT_PACKED]
    for name in [*found, *names]:
      path = pathlib.Path(folder, name)
      if name in found or path.is_symlink():
        yield path.relative_to(root)


def _check_description(path):
  found = json_files.read(path)
  for name in ("challenge_id", "grader_id"):
    if found.get(name) != contract.CHALLENGE_ID:
      raise ValueError(
          f"'{path}' must have \"{name}\": \"{contract.CHALLENGE_ID}\", but "
          f"has {json.dumps(found.get(name))}.")
  for name, kind in _FIELDS.items():
    if not isinstance(found.get(name), kind):
      raise ValueError(
          f"'{path}' must have \"{name}\" of type {kind.__name__}, but has "
          f"{json.dumps(found.get(name))}.")
  authors = found["authors"]
  if not authors or submission.NO_AUTHOR in authors or not all(
      isinstance(author, str) and author for author in authors):
    raise ValueError(
        f"\"authors\" in '{path}' is {json.dumps(authors)}. Put in your names "
        "at AIcrowd.")


def _check_file(root, path):
  full = root / path
  if full.is_symlink():
    target = os.readlink(full)
    resolved, top = full.resolve(), root.resolve()
    packed = resolved.is_relative_to(top) and not set(_NOT_PACKED).intersection(
        resolved.relative_to(top).parts)
    if os.path.isabs(target) or not packed or not full.exists():
      raise ValueError(
          f"'{full}' is a link to '{target}', which the server does not have. "
          "Put the file itself there.")
    return
  if not stat.S_ISREG(full.stat().st_mode):
    raise ValueError(f"'{full}' is neither a file nor a folder. Remove it.")
  if path.suffix.lower() in _DATA:
    raise ValueError(
        f"'{full}' looks like data, a model or an archive, which a submission "
        f"must not hold. Move it to {contract.SCRATCH}/, which is not packed.")
  # Paths such as /proc in libraries are right; those of the user are checked.
  if path.parts[0] != "lib":
    _check_text(full)


def _check_text(path):
  try:
    lines = path.read_text(encoding="utf-8").splitlines()
  except UnicodeDecodeError:
    return
  for number, line in enumerate(lines, 1):
    for found in _ABSOLUTE.findall(line):
      if not found.startswith(_EVERYWHERE):
        raise ValueError(
            f"'{path}' names the absolute path '{found}' in line {number}, "
            "which the server does not have. Make it relative to the "
            "submission.")
