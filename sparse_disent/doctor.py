"""`sparse-disent doctor`: checks whether this installation can train.

This module imports neither TensorFlow nor upstream; `probe` does, in a process
of its own.
"""
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import platform
import subprocess
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any
from typing import TypeAlias

import sparse_disent
from sparse_disent.common import addresses
from sparse_disent.common import text_table
from sparse_disent.compat.startup import release
from sparse_disent.data import files

# Package: module, oldest version accepted, as in pyproject.toml, and newest
# tested.
_PACKAGES = {
    "tensorflow": ("tensorflow", "2.16", "2.21"),
    "tf-keras": ("tf_keras", "2.16", "2.21"),
    "tensorflow-probability": ("tensorflow_probability", "0.24", "0.25"),
    "tensorflow-hub": ("tensorflow_hub", "0.16", "0.16"),
    "gin-config": ("gin", "0.5", "0.5"),
    "numpy": ("numpy", "1.26", "2.5"),
    "scikit-learn": ("sklearn", "1.4", "1.9"),
    "disentanglement-lib": ("disentanglement_lib", release.OLDEST, "1.5"),
}
_PYTHON = ("3.10", "3.13")
_UNKNOWN = "unknown"
# Lines of the report, and what keeps training from running.
_Section: TypeAlias = tuple[list[str], list[str]]


def main() -> int:
  """Prints the report.

  Returns:
    The exit code: 0 if training can run, 1 otherwise.
  """
  problems = []
  for title, section in (("Versions", _versions), ("Data sets", _data_sets),
                         ("Machine and compatibility", _process)):
    lines, found = section()
    print(f"{title}\n  " + "\n  ".join(lines))
    problems += found
  if not problems:
    print("Training can run.")
    return 0
  print(f"Training cannot run: {len(problems)} problem(s)")
  for number, problem in enumerate(problems, 1):
    print(f"  {number}. {problem}")
  return 1


def _versions() -> _Section:
  """Returns lines on each package, and the problems with them."""
  rows, problems = [["sparse_disent", sparse_disent.__version__, ""]], []
  found: dict[str, str | None] = {"Python": platform.python_version()}
  ranges = {"Python": _PYTHON}
  for package, (module, oldest, newest) in _PACKAGES.items():
    found[package] = _version(package, module)
    ranges[package] = oldest, newest
  for package, version in found.items():
    status, problem = _judge(package, version, *ranges[package])
    rows.append([package, version or "missing", status])
    problems += [problem] if problem else []
  pair: Any = found["tensorflow"], found["tf-keras"]
  if all(pair) and _UNKNOWN not in pair and (
      release.key(pair[0]) != release.key(pair[1])):
    line = ".".join(map(str, release.key(pair[0])))
    problems.append(
        f"tf-keras {pair[1]} does not belong to tensorflow {pair[0]}. Run: "
        f'pip install "tf-keras~={line}.0"')
  return text_table.lines(rows, num_left=3), problems


def _version(package: str, module: str) -> str | None:
  """Returns the version of an installed package, or None."""
  if module == "disentanglement_lib" and importlib.util.find_spec(module):
    # pip may know another version than the one that Python imports.
    return release.version() or _UNKNOWN
  try:
    return importlib.metadata.version(package)
  except importlib.metadata.PackageNotFoundError:
    pass
  if importlib.util.find_spec(module) is None:
    return None
  # Other packages, such as tensorflow-cpu, may provide the module. A checkout
  # without installation has no version.
  others = importlib.metadata.packages_distributions().get(module)
  return importlib.metadata.version(others[0]) if others else _UNKNOWN


def _judge(package: str, version: str | None, oldest: str,
           newest: str) -> tuple[str, str | None]:
  """Returns the status of a version and a problem with its cure, or None."""
  pip = f'Run: pip install "{package}>={oldest}"'
  if package == "disentanglement-lib":
    pip = f"Run: pip install --no-deps {package}=={oldest}"
  elif package == "Python":
    pip = f"Make an environment with Python {oldest} to {newest}."
  if version is None:
    return "", f"{package} is not installed. {pip}"
  if package == "disentanglement-lib" and release.problem():
    return f"older than {oldest}", release.problem()
  if version == _UNKNOWN:
    return "not installed by pip", None
  if release.key(version) < release.key(oldest):
    return f"older than {oldest}", (
        f"{package} {version} is older than {oldest}. {pip}")
  if release.key(version) > release.key(newest):
    return f"newer than the newest tested, {newest}", None
  return f"ok ({oldest} to {newest})", None


def _data_sets() -> _Section:
  """Returns lines on the data sets found, and problems with unreadable ones."""
  directory = files.data_directory()
  lines, rows = [f"{files.VARIABLE} is {directory!r}"], []
  problems = []
  if addresses.is_remote(directory):
    return [*lines, "not looked into, since it is remote"], problems
  found = files.found()
  for name, path in found.items():
    origin, problem = _origin(path) if name == "dsprites" else ("", None)
    rows.append([name, origin, path])
    problems += [problem] if problem else []
  if not found:
    lines.append("none: only dummy_data can be trained on. To render dSprites: "
                 "sparse-disent data dsprites")
  return lines + text_table.lines(rows, num_left=3), problems


def _origin(path: str) -> tuple[str, str | None]:
  """Returns the origin of a dSprites file, and a problem or None."""
  try:
    from sparse_disent.data import dsprites
  except ImportError:
    return "not checked", None  # A missing package is reported as such.
  try:
    return dsprites.origin(path), None
  except Exception as error:  # np.load raises many kinds of errors.
    return "unreadable", (
        f"{path!r} cannot be read ({type(error).__name__}: {error}). Delete it "
        "and run: sparse-disent data dsprites")


def _process() -> _Section:
  """Returns lines on hardware and compatibility, and problems."""
  rows: list[Sequence[str]] = [["CPUs", str(os.cpu_count())]]
  problems: list[str] = []
  gone = [name for name in ("tensorflow", "disentanglement_lib")
          if importlib.util.find_spec(name) is None]
  if not gone and release.problem():
    gone = [f"disentanglement_lib {release.OLDEST}"]
  if gone:
    reason = f"not checked: no {' and no '.join(gone)}"
    rows.append(["GPUs, compatibility", reason])
  else:
    facts, problem = _probe()
    problems = [problem] if problem else list(_diagnose(facts))
    rows += [] if problem else _facts(facts)
  return text_table.lines(rows, num_left=2), problems


def _facts(facts: dict[str, Any]) -> Sequence[Sequence[str]]:
  """Returns table rows with the facts of a probe."""
  yes = {True: "yes", False: "no"}
  first, *others = facts["supplied"] or ["nothing"]
  return [
      ("GPUs", ", ".join(facts["gpus"]) or "none"),
      ("autoload (.pth) active", yes[facts["autoload"]]),
      ("compat comes in", yes[facts["compat"]]),
      ("upstream imports", facts["error"] or "yes"),
      ("supplied by compat", first), *(("", name) for name in others)]


def _probe() -> tuple[Any, str | None]:
  """Runs `probe` in a process of its own; returns facts, or None and a problem.
  """
  source = pathlib.Path(__file__).with_name("probe.py").read_text("utf-8")
  result = subprocess.run(
      [sys.executable, "-c", source], capture_output=True, text=True,
      env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
  if result.returncode == 0:
    return json.loads(result.stdout.splitlines()[-1]), None
  last = (result.stderr.strip().splitlines() or ["no message"])[-1]
  return None, (
      "A fresh process that imports tensorflow and disentanglement_lib dies "
      f"with exit code {result.returncode} ({last}). Reinstall them in a new "
      "environment.")


def _diagnose(facts: dict[str, Any]) -> Iterator[str]:
  """Yields the problems that the facts of a probe show, each with its cure."""
  if not facts["autoload"]:
    yield ("The autoload is not active: dlib_train and upstream's other "
           "scripts run without sparse_disent. Install it with `pip install .` "
           "in its checkout; PYTHONPATH alone does not activate it.")
  if facts["missing_module"]:
    yield (f"upstream needs the module {facts['missing_module']!r}, which is "
           f"missing. Run: pip install {facts['missing_module'].split('.')[0]}")
  elif facts["error"]:
    yield (f"Importing upstream fails ({facts['error']}). To see where, run: "
           "python -c 'import disentanglement_lib.evaluation.evaluate'")
  elif not facts["compat"]:
    yield ("`import disentanglement_lib` does not bring sparse_disent in. "
           "Reinstall sparse_disent in the environment of upstream.")
