"""Ids of results: they tell from which files a later step was made.

A step's folder holds the results of all steps before it, each with an id of its
own. Two folders with the same id of a step were made from the same result.
"""
import os
from typing import Any

from sparse_disent.results import runs


def read_results(directory: str | os.PathLike, step: str) -> dict[str, Any]:
  """Reads what a step has written down.

  Args:
    directory: Folder of this or a later step.
    step: Such as "train", "postprocess" or "evaluation".

  Returns:
    results: Dictionary; empty if there are none.

  Raises:
    ValueError: The file holds no JSON object.
  """
  path = os.path.join(directory, "results", "json", f"{step}_results.json")
  return runs.read_json(path) if os.path.isfile(path) else {}


def result_id(directory: str | os.PathLike, step: str) -> str | None:
  """Returns the id of a step's result, or None if there is none."""
  return read_results(directory, step).get("uuid")
