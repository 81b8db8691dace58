"""Reads result files that upstream has aggregated.

These are `results/aggregate/evaluation.json` of one metric, and the table of
many metrics that `dlib_aggregate_results` makes.
"""
import os
import re

from sparse_disent.baselines import record as record_lib
from sparse_disent.baselines import results
from sparse_disent.results import headlines
from sparse_disent.results import identity
from sparse_disent.results import json_files
from sparse_disent.results import repeats
from sparse_disent.results import scalars

_STEPS = ("train_config", "train_results", "postprocess_config",
          "evaluation_config", "evaluation_results")
_LARGEST_TABLE = 2 * 2**30
_RUN = re.compile(r"(^|/)metrics/.*")


def sections(row: dict, name: str) -> dict[str, dict]:
  """Separates the results of the steps, and checks their types.

  Args:
    row: Dictionary from "STEP.KEY" to values.
    name: Name of the file, for messages.

  Returns:
    Dictionary from steps to dictionaries.

  Raises:
    ValueError: A setting is not text, or a main score is not a number.
  """
  found = {step: {} for step in _STEPS}
  for key, value in row.items():
    step, _, rest = key.partition(".")
    if step not in found:
      continue
    if step.endswith("_config"):
      if value is None:
        continue  # The table has a column for a setting of other rows.
      try:
        record_lib.check_text(value)
      except ValueError as error:
        raise ValueError(f"'{name}', {key!r}: {error} Get it again.") from None
    found[step][rest] = value
  for step, config in found.items():
    if step.endswith("_config") and any("." not in each for each in config):
      from sparse_disent.results import gin_files  # Takes long to import.
      try:
        found[step] = gin_files.without_macros(config)
      except ValueError as error:
        raise ValueError(f"'{name}': {error} Get it again.") from None
  metric = results.function_name(
      found["evaluation_config"].get("evaluation.evaluation_fn", ""))
  for step, function in (("train_results", record_lib.TRAINING),
                         ("evaluation_results", metric)):
    _check_scores(found[step], function, name)
  return found


def _check_scores(found, function, name):
  for key, value in found.items():
    if headlines.is_known(function, key) and value is not None and (
        isinstance(value, bool) or not isinstance(value, (int, float))):
      raise ValueError(
          f"'{name}': the score {key!r} must be a number, but is of type "
          f"{type(value).__name__}. Get it again.")


def read(path: str | os.PathLike) -> list[record_lib.Record]:
  """Reads a table that `dlib_aggregate_results` wrote.

  Args:
    path: Path of a JSON file.

  Returns:
    List of `Record`.

  Raises:
    ValueError: The file is no such table.
  """
  table = json_files.read(path, largest=_LARGEST_TABLE)
  if "evaluation_config.evaluation.evaluation_fn" not in table:
    raise ValueError(
        f"'{path}' is no table of results: it lacks the column "
        "'evaluation_config.evaluation.evaluation_fn'. Give what "
        "dlib_aggregate_results wrote of evaluation.json files.")
  cells = _rows(table, path)
  rows = [sections(row, os.fspath(path)) for row in cells]
  _fill_gaps(rows)
  # In a table without paths and ids each row counts as a training of its own.
  return records(rows, [str(row.get("path", number))
                        for number, row in enumerate(cells)],
                 source=str(path), implementation="disentanglement_lib")


def records(rows: list[dict], paths: list[str], *, source: str,
            implementation: str, settings: list[tuple] | None = None,
            data: str = record_lib.UNKNOWN,
            **common: object) -> list[record_lib.Record]:
  """Makes the records of rows; the scores of each training count once.

  Rows that differ only in the seed of the evaluation count once, with the mean
  of their scores.

  Args:
    rows: List of dictionaries as `sections` returns them.
    paths: List of the paths of their files.
    source: Name of the baseline.
    implementation: Name of the code that trained and scored.
    settings: List with the hyperparameters of each row, as
      `results.settings` returns them; None to find them in the rows.
    data: Origin of dSprites.
    **common: Other attributes of `Record`.

  Returns:
    List of `Record`.
  """
  made, trained = [], set()
  if settings is None:
    settings = results.settings([row["train_config"] for row in rows])
  for (training, *_), members in _repeated(rows, paths).items():
    row, pairs, path = (each[members[0]] for each in (rows, settings, paths))
    config = row["train_config"]
    dataset = str(identity.bound(config, "dataset.name", "unknown"))
    made += results.records(
        training=config, evaluated=scalars.mean(
            [rows[number]["evaluation_results"] for number in members]),
        trained={} if training in trained else row["train_results"],
        config=row["evaluation_config"],
        postprocessing=row["postprocess_config"], folder=_folder(path),
        source=source, implementation=implementation, dataset=dataset,
        data=record_lib.origin_of(dataset, data),
        method=results.method(config), settings=pairs,
        provenance="result file", **common)
    trained.add(training)
  return made


def _repeated(rows, paths):
  """Dictionary from metrics of trainings to the numbers of their rows.

  Several rows of one metric have different seeds.
  """
  found, known = {}, set()
  for number, (row, path) in enumerate(zip(rows, paths, strict=True)):
    # Without an id, all results in the folder with metrics/ are of one
    # training.
    training = str(row["train_results"].get("uuid") or _RUN.sub("", path))
    config = row["evaluation_config"]
    key = (training, frozenset(row["postprocess_config"].items()),
           repeats.identity(_folder(path), path, config))
    if (key, repeats.seed(config)) not in known:
      found.setdefault(key, []).append(number)
    known.add((key, repeats.seed(config)))
  return found


def _rows(table, path):
  columns = list(table)
  first = table[columns[0]]
  for name in columns:
    if not isinstance(table[name], dict) or set(table[name]) != set(first):
      raise ValueError(f"'{path}' is no table: column {name!r} has other rows "
                       "than the first. Aggregate the results again.")
  return [{name: table[name][row] for name in columns} for row in first]


def _fill_gaps(rows):
  """Removes empty cells of other metrics, and keeps undefined scores.

  Pandas writes null for both. A null is a score if another row of the same
  metric has a number in its column.
  """
  scores = {}
  for row in rows:
    names = scores.setdefault(_metric(row), set())
    names |= {name for name, value in row["evaluation_results"].items()
              if value is not None}
  for row in rows:
    names = scores[_metric(row)]
    row["evaluation_results"] = {
        name: value for name, value in row["evaluation_results"].items()
        if name in names}
    row["train_results"] = {
        name: value for name, value in row["train_results"].items()
        if value is not None}


def _metric(row):
  return row["evaluation_config"].get("evaluation.evaluation_fn", "")


def _folder(path):
  """REPRESENTATION in .../metrics/REPRESENTATION/METRIC/results/..."""
  parts = path.split("/")
  if "metrics" in parts:
    rest = parts[parts.index("metrics") + 1:]
    if "results" in rest:
      return "/".join(rest[:rest.index("results")][:-1])
  return ""
