"""The check before `--overwrite`: only a result of its kind is replaced."""
import dataclasses
import os
import pathlib
from collections.abc import Collection

from sparse_disent.common import debris


@dataclasses.dataclass(frozen=True)
class Kind:
  """A kind of result.

  Attributes:
    description: Words for people, such as "one representation".
    names: Names of all files and folders that such a result holds.
    step: Name of the step that writes it, as in `STEP_results.json`; None for
      results without such a file.
  """

  description: str
  names: Collection[str]
  step: str | None = None


def check(argument: str, directory: str | os.PathLike, kind: Kind) -> None:
  """Checks that a folder holds a result of a kind, and nothing else.

  An empty or missing folder passes.

  Args:
    argument: Name of the directory for people.
    directory: Its path.
    kind: The result that is to replace it.

  Raises:
    ValueError: It holds something else, or more.
  """
  reason = reason_to_keep(directory, kind)
  if reason:
    raise ValueError(
        f"Nothing is overwritten: {argument} is '{os.fspath(directory)}', which"
        f" {reason}. Give --overwrite with the folder of {kind.description}, "
        "or another directory.")


def reason_to_keep(directory: str | os.PathLike, kind: Kind) -> str | None:
  """Returns why `check` refuses a folder, after its name; None if it passes."""
  path = pathlib.Path(os.path.abspath(directory))
  if path.is_symlink():
    return f"is a link to '{os.path.realpath(path)}'"
  if not path.exists():
    return None
  if not path.is_dir():
    return "is a file"
  here = pathlib.Path.cwd().resolve()
  if path.resolve() in (here, *here.parents):
    return "holds the working directory"
  entries = sorted(entry for entry in path.iterdir()
                   if not debris.is_ours(entry.name))
  own = path / "results" / "json" / f"{kind.step}_results.json"
  others = [entry.name for entry in entries
            if entry.name not in kind.names and _is_later(entry, own)]
  if others:
    return f"holds '{others[0]}', which is no part of {kind.description}"
  if kind.step and entries and not own.is_file():
    return f"holds no results of {kind.description}"
  return None


def _is_later(entry, own):
  """Tells whether an entry came into a folder after a step's results.

  What was there before, the step itself has written: it starts with no folder.
  """
  return not own.is_file() or _changed(entry) > _changed(own) + 2


def _changed(path):
  return path.lstat().st_ctime
