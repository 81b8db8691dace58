"""Finds the trained model behind a representation, for metrics that read it."""
import os
import pathlib
from typing import Any

from sparse_disent.common import checks
from sparse_disent.results import gin_files
from sparse_disent.results import ids


def find(metric: str, model_dir: str | os.PathLike | None,
         artifact_dir: str | None) -> str:
  """Finds the directory of the model that a representation was made from.

  That is `model_dir`. If it is None, it is the nearest folder "model" with a
  hub module that lies beside or above the representation, which is where
  upstream and this package put it.

  Args:
    metric: The metric's name in gin files.
    model_dir: Directory of a trained model, or None.
    artifact_dir: What upstream's `evaluate` passes, a path below the
      representation's directory; or None.

  Returns:
    model_dir: Directory of the model.

  Raises:
    ValueError: If there is no such model, or if the representation was made
      from another one.
  """
  representation = _representation(artifact_dir)
  if model_dir is None:
    model_dir = _beside_or_above(representation)
    checks.check(
        model_dir is not None, f"{metric}.model_dir", "be set where no folder "
        "'model' with a trained model is beside or above the representation",
        None, "Set it to the model_dir of dlib_train.")
  checks.check(
      isinstance(model_dir, (str, os.PathLike)) and _has_module(model_dir),
      f"{metric}.model_dir", "be the directory of a trained model, with the "
      "folder 'tfhub' in it", model_dir, "Set it to the model_dir of "
      "dlib_train.")
  if representation and ids.is_outdated(
      representation, ids.result_id(model_dir, "train")):
    raise ValueError(
        f"The representation in '{representation}' was not made from the model "
        f"in '{model_dir}': their results of training differ. Set "
        f"{metric}.model_dir to the model that it was made from.")
  return str(model_dir)


def columns(artifact_dir: str | None,
            num_columns: int) -> tuple[list[int], int]:
  """Finds the latent of the trained model that each column holds.

  Compaction and `active_mean_representation` leave latents out, and
  `permuted_representation` moves them. In all other representations column i is
  latent i.

  Args:
    artifact_dir: What upstream's `evaluate` passes; or None.
    num_columns: Number of columns of the representation.

  Returns:
    latents: List [num_columns] of indices of latents.
    num_latent: Number of latents of the trained model.
  """
  representation = _representation(artifact_dir)
  if representation is None:
    return list(range(num_columns)), num_columns
  latents = ids.read_results(representation, "representation").get("latents")
  compacted = ids.read_results(representation, "compact")
  if compacted:
    left = compacted["latents"]
    num_latent = len({*left, *compacted["pruned_latents"]})
    latents = left if latents is None else [left[i] for i in latents]
  elif latents is not None:
    num_latent = gin_files.read(representation).get("encoder", {}).get(
        "num_latent", max(latents) + 1)
  if latents is None or len(latents) != num_columns:
    return list(range(num_columns)), num_columns
  return latents, num_latent


def num_classes(config: dict[str, dict[str, Any]]) -> int:
  """Number of the last latents that are classes; 0 if there are none.

  Args:
    config: What `gin_files.read` returns.
  """
  if config.get("sparse_vae", {}).get("categorical") is None:
    return 0
  return config.get("categorical_latent", {}).get("num_classes", 10)


def classes(artifact_dir: str | None, num_columns: int) -> list[int]:
  """Finds the columns that hold class probabilities.

  Args:
    artifact_dir: As for `columns`.
    num_columns: Number of columns of the representation.

  Returns:
    columns: List of indices; empty if the model is not known.
  """
  representation = _representation(artifact_dir)
  config = gin_files.read(representation) if representation else {}
  last = num_classes(config)
  if not last:
    return []
  latents, num_latent = columns(artifact_dir, num_columns)
  left = ids.read_results(representation, "compact").get(
      "latents", list(range(num_latent)))
  if num_latent == num_columns != config.get("encoder", {}).get("num_latent"):
    return []  # Nothing says what its columns are.
  found = set(left[-last:])
  return [column for column, latent in enumerate(latents) if latent in found]


def _representation(artifact_dir):
  """Nearest directory with a hub module above an artifact's path, or None."""
  if artifact_dir is None:
    return None
  parents = pathlib.Path(os.path.abspath(artifact_dir)).parents
  return next(filter(_has_module, parents), None)


def _beside_or_above(representation):
  if representation is None:
    return None
  candidates = (folder / "model" for folder in representation.parents)
  return next(filter(_has_module, candidates), None)


def _has_module(directory):
  return os.path.isdir(os.path.join(directory, "tfhub"))
