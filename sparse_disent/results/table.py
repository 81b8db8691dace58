"""One table of all results: a row for each evaluation of each run.

Its columns are named as those of `dlib_aggregate_results`:
`train_results.elbo`, `evaluation_results.discrete_mig`. What varies between
runs, seeds included, has a column under its gin name, such as `vae.beta`.
"""
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from sparse_disent.results import identity
from sparse_disent.results import models as models_lib
from sparse_disent.results import repeats
from sparse_disent.results import runs as runs_lib
from sparse_disent.results import scalars

TRAINING, EVALUATION = "train_results", "evaluation_results"
_LARGEST = 2**63 - 1  # Integer of a Parquet column.


def rows(models: Sequence[models_lib.Model]) -> Iterator[dict[str, Any]]:
  """Yields the rows of the table.

  Args:
    models: List of `Model`.

  Yields:
    row: Dictionary: "model", the key of the model, which its seeds share;
      "name"; "run", the path of the run; what varies; "representation",
      "metric" and "evaluation_seed", missing for a run without evaluations;
      and the numbers of the training and of the evaluation. An undefined score
      is None, and "NAME_undefined" has the reason.
  """
  names = varied(models)
  for model in models:
    for run in model.runs:
      row: dict[str, Any] = {
          "model": model.key, "name": model.name, "run": run.name}
      row.update((name, cell(run.config[name])) for name in names
                 if name in run.config)
      row.update(_numbers(TRAINING, run.training))
      yield from _evaluations(run, row)


def varied(models: Sequence[models_lib.Model]) -> list[str]:
  """Names the settings in which models differ, then the seeds that differ."""
  values: dict[str, set[str]] = {}
  for model in models:
    for run in model.runs:
      for name, text in run.config.items():
        if identity.is_seed(name):
          values.setdefault(name, set()).add(text)
  return [*(models[0].settings if models else ()), *sorted(
      name for name, found in values.items() if len(found) > 1)]


def _evaluations(run: runs_lib.Run, row: dict[str, Any]
                 ) -> Iterator[dict[str, Any]]:
  metrics = repeats.of_run(run)
  if not metrics:
    yield row
  for metric in metrics:
    for seed, results in metric.by_seed.items():
      yield {**row, "representation": metric.representation,
             "metric": metric.name, "evaluation_seed": seed,
             **dict(_numbers(EVALUATION, results))}


def _numbers(prefix, results):
  for name, value, reason in scalars.scalars(results):
    yield f"{prefix}.{name}", value
    if reason is not None:
      yield f"{prefix}.{name}_undefined", reason


def cell(text: str) -> bool | int | float | str:
  """A setting as a number or as text; lists stay in gin's syntax."""
  value = identity.value(text)
  if isinstance(value, int) and abs(value) > _LARGEST:
    return text
  return value if isinstance(value, (bool, int, float, str)) else text


def files(rows: Sequence[dict[str, Any]]) -> dict[str, bytes]:
  """Returns the table as files: a dictionary from endings to bytes.

  Args:
    rows: The rows; columns stand in the order in which rows name them first,
      numbers of evaluations last.
  """
  import pandas as pd  # Takes long to import.
  names = list(dict.fromkeys(name for row in rows for name in row))
  names.sort(key=lambda name: (name.startswith(TRAINING),
                               name.startswith(EVALUATION)))
  table = pd.DataFrame.from_records(rows, columns=names)
  for name in names:
    kinds = {type(value) for value in table[name].dropna()}
    # Parquet has one type a column. Integers become floats beside floats.
    if len(kinds) > 1 and kinds & {str, bool}:
      table[name] = table[name].map(str, na_action="ignore")
  return {".csv": table.to_csv(index=False).encode(),
          ".parquet": table.to_parquet(None, index=False)}
