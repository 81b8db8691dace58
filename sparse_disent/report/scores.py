"""Lists results as text, from the files that upstream's steps wrote."""
import os
import pathlib

from sparse_disent.common import natural
from sparse_disent.common import text_table
from sparse_disent.data import factors
from sparse_disent.results import damage
from sparse_disent.results import json_files
from sparse_disent.results import runs
from sparse_disent.results import scalars

_PICTURES = (".png", ".jpg", ".gif")


def table(directory: str | os.PathLike) -> str:
  """Returns the scores and pictures below a directory, as lines of text.

  Args:
    directory: Path that holds steps written by `dlib_train` and
      `dlib_evaluate`, at any depth.

  Returns:
    String: a line for each training and each metric, with the scalar results
    under upstream's names; then a line for each folder of pictures, and for
    each damaged file.

  Raises:
    FileNotFoundError: If there is no result below `directory`.
    ValueError: If all results are damaged.
  """
  left_out: list[str] = []
  rows = [(step, ", ".join(f"{name} {value}"
                           for name, value in numbers.items()))
          for step, numbers in _results(directory, left_out) if numbers]
  if not rows and left_out:
    raise ValueError("No result can be read: " + " ".join(left_out))
  if not rows:
    raise runs.no_results(directory)
  return "\n".join(
      text_table.lines(rows, num_left=2) + _picture_lines(directory)
      + [f"left out: {message}" for message in left_out])


def _results(directory, left_out):
  """Yields (path, dictionary of scalar results) of steps, training first."""
  for step in ("train", "evaluation"):
    for place, path in runs.result_files(directory, step):
      with damage.leaving_out(left_out):
        name = os.path.relpath(place, directory)
        numbers = {
            name: "undefined" if value is None else _text(value)
            for name, value, _ in _scalars(place, json_files.read(path))}
        yield place.name if name == os.curdir else name, numbers


def _text(value):
  return str(value) if isinstance(value, int) else f"{value:.4g}"


def _scalars(place, results):
  """Yields the numbers of a result file, those of a matrix of MIC included."""
  count = len(results.get("mic") or ())
  dataset = runs.Run(place, config=runs.read_config(place, "train")).bound(
      "dataset.name") if count else None
  return scalars.scalars(
      scalars.with_mic(results, factors.names(dataset, count)))


def _picture_lines(directory):
  folders = {}
  for path in sorted(map(pathlib.Path, runs.walk(directory)), key=natural.key):
    if path.suffix in _PICTURES:
      folders.setdefault(path.parent, []).append(path)
  return [f"{len(files)} pictures in {folder}" if len(files) > 1
          else f"picture {files[0]}" for folder, files in folders.items()]
