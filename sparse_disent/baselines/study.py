"""The configurations of unsupervised_study_v1, from upstream's own sweep.

The sweep itself needs no TensorFlow, but importing upstream's package in this
process would import it. So the sweep runs in a process of its own, which reads
no `.pth` file.
"""
import functools
import importlib.util
import json
import pathlib
import subprocess
import sys

NAME = "unsupervised_study_v1"
# Further models of the sweep are those of Shapes3D, which were never published.
NUM_PUBLISHED = 10_800
_PROGRAM = """
import json, sys
sys.path[1:1] = json.loads(sys.argv[1])
from disentanglement_lib.config.unsupervised_study_v1 import sweep
json.dump(sweep.get_config(), sys.stdout)
"""


def config(number: int) -> dict[str, str]:
  """Returns the configuration of a model of upstream's sweep.

  Args:
    number: Integer from 0 to 10,799.

  Returns:
    Dictionary from gin parameters to text, as in `train_config.json`.

  Raises:
    ImportError: disentanglement_lib is not installed.
    ValueError: There is no such model.
  """
  if not 0 <= number < NUM_PUBLISHED:
    raise ValueError(
        f"There is no model {number} of {NAME}: its numbers go from 0 to "
        f"{NUM_PUBLISHED - 1:,}. Rename the file or folder.")
  return {name: _text(value) for name, value in _sweep()[number].items()}


def _text(value):
  """A value in gin's syntax."""
  if isinstance(value, str) and not value.startswith("@"):
    return repr(value)
  return str(value)


@functools.cache
def _sweep():
  places = {str(_site("disentanglement_lib")), str(_site("six"))}
  result = subprocess.run(
      [sys.executable, "-I", "-S", "-c", _PROGRAM, json.dumps(sorted(places))],
      capture_output=True, check=False, text=True)
  if result.returncode:
    lines = result.stderr.strip().splitlines() or ["no message"]
    raise ImportError(
        f"Upstream's sweep of {NAME} does not run: {lines[-1]}")
  return json.loads(result.stdout)


def _site(package):
  """The folder that a package was installed in, without importing it."""
  spec = importlib.util.find_spec(package)
  if spec is None or spec.origin is None:
    raise ImportError(
        f"The models of {NAME} are looked up in upstream's sweep, but "
        f"{package} is not installed")
  path = pathlib.Path(spec.origin)
  return path.parent.parent if path.name == "__init__.py" else path.parent
