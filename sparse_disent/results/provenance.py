"""Tells where results come from: command, versions, data, settings."""
import dataclasses
import os
import pathlib
from collections.abc import Iterator
from typing import Any

from sparse_disent.common import text_table
from sparse_disent.results import damage
from sparse_disent.results import json_files
from sparse_disent.results import runs

_STEPS = ("train", "postprocess", "evaluation", "compact")


@dataclasses.dataclass(frozen=True)
class Origin:
  """Provenance of one step's result.

  Attributes:
    step: Name of the step.
    place: Folder that the step wrote.
    facts: Dictionary as `compat.training.provenance` stores it; empty for
      results that were made without it.
    config: Dictionary from gin parameters to text.
  """

  step: str
  place: pathlib.Path
  facts: dict[str, Any]
  config: dict[str, str]


def text(directory: str | os.PathLike) -> str:
  """Returns the provenance of all results below a folder, as lines.

  Steps of one command stand together.

  Args:
    directory: Path of a run.

  Raises:
    FileNotFoundError: There is no result.
  """
  left_out: list[str] = []
  groups: dict[str, list[Origin]] = {}
  for origin in find(directory, left_out):
    shared = {name: value for name, value in origin.facts.items()
              if name not in ("step", "uuid", "time")}
    groups.setdefault(repr(shared), []).append(origin)
  if not groups and not left_out:
    raise runs.no_results(directory)
  blocks = [_block(origins, directory) for origins in groups.values()]
  return "\n\n".join(["\n".join(block) for block in blocks] + [
      f"left out: {message}" for message in left_out])


def find(directory: str | os.PathLike, left_out: list[str] | None = None
         ) -> Iterator[Origin]:
  """Finds the results of all steps below a folder, in the order of the steps.

  Args:
    directory: Path.
    left_out: List to which a message is added for each damaged file; None to
      raise an error.

  Yields:
    An `Origin` for each result.
  """
  for step in _STEPS:
    for place, path in runs.result_files(directory, step):
      later = _STEPS[_STEPS.index(step) + 1:]
      if any((path.parent / f"{name}_results.json").exists() for name in later):
        continue  # A copy of an earlier step's results.
      with damage.leaving_out(left_out):
        stored = place / "results" / "provenance" / f"{step}.json"
        facts = json_files.read(stored) if os.path.lexists(stored) else {}
        yield Origin(step, place, facts, runs.read_config(place, step))


def _block(origins, directory):
  """Lines on steps that share all facts."""
  lines = [f"{origin.step}: {os.path.relpath(origin.place, directory)}"
           for origin in origins]
  facts = origins[0].facts
  if facts:
    lines += text_table.lines(
        [(f"  {name}", value) for name, value in _rows(origins)], num_left=2)
  else:
    lines.append("  No provenance is stored, as by earlier versions: seeds, "
                 "settings and scores can still be read.")
  for origin in origins:
    if origin.step == "train" or len(origins) == 1:
      lines += [f"  {name} = {value}"
                for name, value in sorted(origin.config.items())]
  return lines


def _rows(origins):
  facts = origins[0].facts
  times = sorted(str(origin.facts.get("time")) for origin in origins)
  yield "command", str(facts.get("command"))
  yield "time", " to ".join(dict.fromkeys([times[0], times[-1]]))
  versions = facts.get("versions")
  if isinstance(versions, dict):
    yield "versions", ", ".join(
        f"{name} {version}" for name, version in versions.items())
  yield "commit", str(facts.get("commit") or "none: an installed package")
  data = facts.get("data")
  if isinstance(data, dict) and data:
    yield "data", str(data.get("name"))
    stored = data.get("files")
    for path, file in (stored if isinstance(stored, dict) else {}).items():
      if isinstance(file, dict):
        yield "", f"{path}: {file.get('bytes')} bytes, sha256 " + str(
            file.get("sha256"))
  seeds = {value for origin in origins for name, value in origin.config.items()
           if name.endswith("random_seed")}
  yield "seeds", ", ".join(sorted(seeds)) or "none"
