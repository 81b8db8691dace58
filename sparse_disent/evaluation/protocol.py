"""Protocols: folders of gin files for representations and metrics."""
import dataclasses
import os
import pathlib
from collections.abc import Sequence

import gin

from sparse_disent.common import checks
from sparse_disent.common import choices

_PACKAGE = pathlib.Path(__file__).resolve().parent.parent
_FOLDER = "evaluation_protocols"
_REPRESENTATIONS = "postprocess_configs"
_METRICS = "metric_configs"


@dataclasses.dataclass(frozen=True)
class Protocol:
  """The representations and metrics of a folder of gin files.

  Attributes:
    name: Name of the folder.
    representations: Dictionary from the name of a representation to the path
      of the gin file for `dlib_postprocess`.
    metrics: Dictionary from the name of a metric to the path of the gin file
      for `dlib_evaluate`.
  """

  name: str
  representations: dict[str, str]
  metrics: dict[str, str]

  def only(self, *, representations: Sequence[str] | None = None,
           metrics: Sequence[str] | None = None) -> "Protocol":
    """Returns the protocol with some of its parts.

    Args:
      representations: Names to keep; None for all.
      metrics: Names to keep; None for all.

    Raises:
      ValueError: If one of the names is unknown, or there are none.
    """
    return dataclasses.replace(
        self,
        representations=_choose(
            self, "representation", self.representations, representations),
        metrics=_choose(self, "metric", self.metrics, metrics))


def _choose(protocol, kind, files, names):
  if names is None:
    return files
  checks.check(not isinstance(names, str) and len(names) > 0, f"{kind}s",
               f"be a list with the name of one {kind} or more", names,
               "Leave it out for all.")
  for name in names:
    if name not in files:
      raise ValueError(
          f"The protocol '{protocol.name}' has no {kind} '{name}', only "
          f"{', '.join(files)}.{choices.nearest(name, files)}")
  return {name: path for name, path in files.items()
          if name in names}


def names() -> list[str]:
  """Returns the names of the protocols that come with this package."""
  return sorted(path.name for path in _home().iterdir() if _is_protocol(path))


def load(name: str | os.PathLike) -> Protocol:
  """Reads a protocol.

  Args:
    name: Name of a protocol that comes with this package, or path of a folder
      that holds the folders postprocess_configs and metric_configs, each with
      one gin file or more.

  Returns:
    A `Protocol`; its parts are named after the files.

  Raises:
    FileNotFoundError: If there is no such protocol.
  """
  for folder in (_home() / name, pathlib.Path(name)):
    if _is_protocol(folder):
      return Protocol(folder.resolve().name, _files(folder, _REPRESENTATIONS),
                      _files(folder, _METRICS))
  raise FileNotFoundError(
      f"There is no protocol '{name}'. Give one of {', '.join(names())}, or a "
      f"folder with gin files in {_REPRESENTATIONS}/ and {_METRICS}/."
      f"{choices.nearest(name, names())}")


def parse(gin_file: str, bindings: Sequence[str] = ()) -> None:
  """Checks a gin file: makes its imports and raises errors about its names.

  Clears gin's configuration.

  Args:
    gin_file: Path.
    bindings: Further bindings, which are checked as well.
  """
  gin.clear_config()
  try:
    gin.parse_config_file(gin_file)
    gin.parse_config(bindings)
  finally:
    gin.clear_config()


def _home():
  """The folder of our protocols: inside a wheel, or beside the sources."""
  inside = _PACKAGE / _FOLDER
  return inside if inside.is_dir() else _PACKAGE.parent / _FOLDER


def _is_protocol(folder):
  return bool(_files(folder, _REPRESENTATIONS) and _files(folder, _METRICS))


def _files(folder, kind):
  paths = sorted((folder / kind).glob("*.gin"))
  return {path.stem: str(path) for path in paths}
