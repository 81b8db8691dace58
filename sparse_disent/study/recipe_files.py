"""Files of a search: the table of what was tried, and the recipes it found."""
import os
import statistics
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sparse_disent.common import text_table
from sparse_disent.common import writing
from sparse_disent.results import gin_files
from sparse_disent.results import identity
from sparse_disent.study import definition
from sparse_disent.study import searching
from sparse_disent.study import vary

TABLE = "search.csv"
Rows = Sequence[Mapping[str, Any]]


def table(study: definition.Study, rows: Rows, confirmed: definition.Study,
          confirmed_rows: Rows) -> list[dict[str, Any]]:
  """Lists the settings that were tried, the best ones first.

  Args:
    study: A search.
    rows: Its rows.
    confirmed: The study that confirms it; see `searching.confirmation`.
    confirmed_rows: The rows of that one.

  Returns:
    rows: For each settings a dictionary: the settings; "median" in the search;
      "confirmed_median", "confirmed_lower" and "confirmed_upper", the median
      and the quartiles on the seeds that the search never saw. None where there
      are none.
  """
  assert study.search
  score, is_best = study.search.score, study.search.largest
  again = {repr(one.settings): one for one in searching.candidates(
      confirmed, confirmed_rows, score)}
  tried = searching.candidates(study, rows, score)
  tried.sort(key=lambda one: (
      one.median is None, (-one.median if is_best else one.median)
      if one.median is not None else 0))
  return [{**one.settings, "median": one.median,
           **_quartiles(again.get(repr(one.settings)))} for one in tried]


def _quartiles(candidate):
  values = (None,) * 3
  if candidate is not None and candidate.median is not None:
    scores = candidate.scores
    values = (statistics.quantiles(scores, n=4, method="inclusive")
              if len(scores) > 1 else scores * 3)
  lower, middle, upper = values
  return {"confirmed_median": middle, "confirmed_lower": lower,
          "confirmed_upper": upper}


def write(study: definition.Study, found: Sequence[Mapping[str, Any]],
          steps: int, output: str, bindings: Sequence[str] = ()) -> list[str]:
  """Writes the table, and a gin file for each of the best settings.

  Args:
    study: A search.
    found: Its `table`.
    steps: Training steps of each model.
    output: Folder for the files.
    bindings: Gin bindings that all its models had beside those of the study.

  Returns:
    paths: Paths of the files.
  """
  import pandas as pd
  files = {os.path.join(output, _name(study, row)):
           recipe(study, row, steps, bindings).encode()
           for row in _confirmed(found)}
  files[os.path.join(output, TABLE)] = pd.DataFrame(found).to_csv(
      index=False).encode()
  writing.replace_files(files)
  return list(files)


def text(study: definition.Study, found: Sequence[Mapping[str, Any]]) -> str:
  """Returns lines that show the medians of the best settings."""
  assert study.search
  if not _confirmed(found):
    return "No settings are confirmed yet: models failed, or were left out."
  lines = [["settings", "searched", "confirmed", "quartiles"]]
  lines += [[_name(study, row), _three(row["median"]),
             _three(row["confirmed_median"]),
             f"{_three(row['confirmed_lower'])}-"
             f"{_three(row['confirmed_upper'])}"] for row in _confirmed(found)]
  return "\n".join([f"Medians of {study.search.score}:",
                    *text_table.lines(lines)])


def _confirmed(found):
  return [row for row in found if row["confirmed_median"] is not None]


def _name(study, row):
  """Name of a recipe's file: the combination that it is the best of."""
  chosen = {name: row[name] for name in study.search.by}
  return f"recipe_{vary.folder(chosen)}.gin" if chosen else "recipe.gin"


def recipe(study: definition.Study, row: Mapping[str, Any], steps: int,
           bindings: Sequence[str] = ()) -> str:
  """Returns the gin file of settings that were confirmed.

  Args:
    study: A search.
    row: A row of its `table`.
    steps: Training steps of each model.
    bindings: See `write`.
  """
  assert study.search
  seeds = sorted({settings["model.random_seed"] for settings in study.models})
  shared = [binding for binding in (*study.bindings, *bindings)
            if identity.STEPS not in gin_files.parsed([binding])]
  drawn = [f"{name} = {definition.gin_text(value)}"
           for name, value in row.items() if "." in name]
  return "\n".join([
      f"# The best of the settings that were drawn at random, for {steps:,}"
      " steps.",
      "#",
      f"# Score: {study.search.score}, over {len(seeds)} seeds of the search "
      f"({_span(seeds)})",
      f"#   median {_three(row['median'])}; on seeds that the search never saw "
      f"({_span(study.search.confirm)})",
      f"#   median {_three(row['confirmed_median'])}, quartiles "
      f"{_three(row['confirmed_lower'])} and "
      f"{_three(row['confirmed_upper'])}.",
      "", f'include "{study.gin_file}"', "", *shared, *drawn,
      f"{identity.STEPS} = {steps}", ""])


def _span(seeds):
  return f"{min(seeds)} to {max(seeds)}"


def _three(value):
  return f"{value:.3g}"
