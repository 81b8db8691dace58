"""The version of upstream that Python would import, known before it is.

The package itself does not say. A clone has it in `setup.py`, a wheel in the
metadata that lies beside it; a fork may have none.
"""
import importlib.metadata
import importlib.util
import pathlib
import re

from sparse_disent.common import explained

OLDEST = "1.5"


def folder():
  """Returns the path of the package `disentanglement_lib`, or None."""
  spec = importlib.util.find_spec("disentanglement_lib")
  if spec is None or not spec.origin:
    return None
  return pathlib.Path(spec.origin).parent


def version():
  """Returns the version of the package in `folder()`, or None if unknown."""
  package = folder()
  return package and (_of_clone(package.parent) or _of_wheel(package.parent))


def _of_clone(root):
  try:
    text = (root / "setup.py").read_text(encoding="utf-8", errors="replace")
  except OSError:
    return None
  # Not the setup.py of a project into which upstream's package was copied.
  if not re.search(r"name\s*=\s*['\"]disentanglement[-_]lib['\"]", text):
    return None
  found = re.search(r"version\s*=\s*['\"]([^'\"]+)['\"]", text)
  return found and found.group(1)


def _of_wheel(root):
  found = importlib.metadata.distributions(
      name="disentanglement-lib", path=[str(root)])
  return next((distribution.version for distribution in found), None)


def problem():
  """Returns why this version cannot be used, with the cure, or None."""
  found = version()
  if found is None or key(found) >= key(OLDEST):
    return None
  return (
      f"This is disentanglement_lib {found}, in '{folder()}'; {OLDEST} is "
      f"needed. Run: pip install --no-deps disentanglement-lib=={OLDEST} (and "
      "if that folder is on PYTHONPATH, take it off).")


def check():
  """Raises an ImportError for a version that cannot be used."""
  found = problem()
  if found:
    raise explained.ExplainedImportError(found, name="disentanglement_lib")


def key(text):
  """Returns the first two numbers of a version."""
  return tuple(map(int, re.findall(r"\d+", text)[:2]))
