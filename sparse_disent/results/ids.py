"""Ids of results, which tell from which result a later step was made.

A step's folder also holds the results of all earlier steps. Each result has its
own id. If two folders have the same id for a step, they were made from the same
result of that step.
"""
import os
from typing import Any

from sparse_disent.results import json_files


def read_results(directory: str | os.PathLike, step: str) -> dict[str, Any]:
  """Reads the results of a step.

  Args:
    directory: Folder of this or a later step.
    step: Name of a step, such as "train", "postprocess" or "evaluation".

  Returns:
    results: Dictionary; empty if there are none.

  Raises:
    ValueError: The file holds no JSON object.
  """
  path = os.path.join(directory, "results", "json", f"{step}_results.json")
  return json_files.read(path) if os.path.isfile(path) else {}


def result_id(directory: str | os.PathLike, step: str) -> str | None:
  """Returns the id of a step's result, or None if there is none."""
  return read_results(directory, step).get("uuid")


def is_outdated(directory: str | os.PathLike, training: str | None) -> bool:
  """Tells whether a result was made from another training.

  A model that is trained further is another one, in the same place.

  Args:
    directory: Folder of a later step.
    training: Id of the model's training.

  Returns:
    False also if one of the trainings is not known.
  """
  return training is not None and (
      result_id(directory, "train") not in (None, training))
