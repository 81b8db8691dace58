"""Stores beside each result what it came from: versions, data, command.

Upstream stores the configuration, with the seeds. This adds the file
`results/provenance/STEP.json`, which upstream's aggregation does not read.
"""
import datetime
import functools
import importlib.metadata
import json
import os
import pathlib
import platform
import shlex
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import gin

from sparse_disent.common import addresses
from sparse_disent.common import writing

_PACKAGES = ("tensorflow", "tf-keras", "numpy", "scikit-learn", "scipy",
             "gin-config", "disentanglement-lib", "sparse-disent")
_ROOT = pathlib.Path(__file__).resolve().parents[3]
# Functions from the name of a data set to facts on its files, a dictionary.
DATA: list[Callable[[str], dict[str, Any]]] = []


def write(result_directory: str | os.PathLike, step: str,
          results: dict[str, Any]) -> None:
  """Writes the provenance of a step beside its results.

  Args:
    result_directory: Folder with upstream's `json`; nothing is written to an
      address such as `gs://bucket`.
    step: Name of the step, such as "train".
    results: Results of the step, with its uuid.
  """
  if addresses.is_remote(result_directory):
    return
  path = os.path.join(result_directory, "provenance", f"{step}.json")
  with writing.new_file(path, replace=True) as file:
    file.write(json.dumps(facts(step, results), indent=2).encode() + b"\n")


def facts(step: str, results: dict[str, Any]) -> dict[str, Any]:
  """Returns what a result of this process comes from.

  Args:
    step: Name of the step.
    results: Its results.

  Returns:
    Dictionary for JSON: "step", "uuid", "time" (UTC), "command", "versions",
    "commit" (None unless the package is a checkout of git), "data".
  """
  now = datetime.datetime.now(datetime.timezone.utc)
  return {
      "step": step, "uuid": results.get("uuid"),
      "time": now.isoformat(timespec="seconds"), "command": command(),
      "versions": versions(), "commit": commit(), "data": _data()}


def command() -> str:
  """Returns the command that started this process, without its folder."""
  program, *arguments = sys.argv or [""]
  return shlex.join([os.path.basename(program), *arguments])


@functools.lru_cache(maxsize=1)
def versions() -> dict[str, str]:
  """Returns the versions of Python and of the packages that count."""
  found = {"python": platform.python_version()}
  for name in _PACKAGES:
    try:
      found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
      continue  # Upstream may be a checkout.
  return found


@functools.lru_cache(maxsize=1)
def commit() -> str | None:
  """Returns git's name of this package's state; it ends with -dirty if changed.

  It is None for an installed package.
  """
  if not (_ROOT / ".git").exists():
    return None
  try:
    return subprocess.run(
        ["git", "-C", str(_ROOT), "describe", "--always", "--abbrev=40",
         "--exclude=*", "--dirty"], capture_output=True, text=True, check=True,
        timeout=10).stdout.strip()
  except (OSError, subprocess.SubprocessError):
    return None


def _data():
  try:
    name = gin.query_parameter("dataset.name")
  except ValueError:
    return {}
  found = {}
  for function in DATA:
    found.update(function(str(name)))
  return {"name": str(name), **found}
