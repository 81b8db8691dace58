"""Finds the version of upstream without importing it.

The package itself does not state its version. A clone has it in `setup.py`. A
wheel has it in the metadata beside the package. A copy of the package folder
alone has neither, so its files are examined.
"""
import importlib.metadata
import importlib.util
import pathlib
import re
from typing import Any

from sparse_disent.common import explained

OLDEST = "1.5"

# Modules that came with 1.5.
_NEW = ("evaluation/metrics/strong_downstream_task.py",
        "evaluation/metrics/unified_scores.py", "visualize/dendrogram.py",
        "visualize/visualize_scores.py")
# Since 1.5 the file _TRAIN imports _TENSORFLOW and not `tensorflow`.
_TRAIN, _TENSORFLOW = "methods/unsupervised/train.py", "tensorflow.compat.v1"


def folder() -> pathlib.Path | None:
  """Returns the path of the package `disentanglement_lib`, or None."""
  spec = importlib.util.find_spec("disentanglement_lib")
  if spec is None or not spec.origin:
    return None
  return pathlib.Path(spec.origin).parent


def version() -> str | None:
  """Returns the version of the package in `folder()`, or None if unknown."""
  package: Any = folder()
  return package and (_of_clone(package.parent) or _of_wheel(package.parent))


def _read(path):
  try:
    return path.read_text(encoding="utf-8", errors="replace")
  except OSError:
    return None


def _of_clone(root):
  text = _read(root / "setup.py")
  # A project into which upstream's package was copied has another setup.py.
  if text is None or not re.search(
      r"name\s*=\s*['\"]disentanglement[-_]lib['\"]", text):
    return None
  found = re.search(r"version\s*=\s*['\"]([^'\"]+)['\"]", text)
  return found and found.group(1)


def _of_wheel(root):
  found = importlib.metadata.distributions(
      name="disentanglement-lib", path=[str(root)])
  return next((distribution.version for distribution in found), None)


def _looks_older(package):
  """Tells whether a copy of upstream has none of the changes of 1.5.

  A fork of 1.5 may lack some of them, but not all.
  """
  return (not any((package / name).is_file() for name in _NEW)
          and _TENSORFLOW not in (_read(package / _TRAIN) or _TENSORFLOW))


def problem() -> str | None:
  """Returns why this version cannot be used, and the cure; None if it can."""
  found, package = version(), folder()
  if found is not None:
    found = found if key(found) < key(OLDEST) else None
  elif package is not None and _looks_older(package):
    found = f"older than {OLDEST}"
  return found and (
      f"This is disentanglement_lib {found}, in '{package}'; {OLDEST} is "
      f"needed. Run: pip install --no-deps disentanglement-lib=={OLDEST} (and "
      "if that folder is on PYTHONPATH, take it off).")


def check() -> None:
  """Raises an ImportError for a version that cannot be used."""
  found = problem()
  if found:
    raise explained.ExplainedImportError(found, name="disentanglement_lib")


def key(text: str) -> tuple[int, ...]:
  """Returns the first two numbers of a version, to compare versions."""
  return tuple(map(int, re.findall(r"\d+", text)[:2]))
