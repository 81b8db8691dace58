"""The trained model behind a representation, for metrics that look at it."""
import os
import pathlib

from sparse_disent.common import checks
from sparse_disent.results import gin_files
from sparse_disent.results import ids


def find(metric: str, model_dir: str | os.PathLike | None,
         artifact_dir: str | None) -> str:
  """Finds the directory of the model that a representation was made from.

  That is `model_dir` or, if it is None, the nearest folder "model" with a hub
  module in it beside or above the representation, as upstream and this package
  lay out their runs.

  Args:
    metric: The metric's name in gin files.
    model_dir: Directory of a trained model, or None.
    artifact_dir: What upstream's `evaluate` passes, a path below the
      representation's directory; or None.

  Returns:
    model_dir: String.

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
  expected = representation and ids.result_id(representation, "train")
  if expected and ids.result_id(model_dir, "train") not in (None, expected):
    raise ValueError(
        f"The representation in '{representation}' was not made from the model "
        f"in '{model_dir}': their results of training differ. Set "
        f"{metric}.model_dir to the model that it was made from.")
  return str(model_dir)


def columns(artifact_dir: str | None, num_columns: int
            ) -> tuple[list[int], int]:
  """The latents of the trained model that are a representation's columns.

  Compaction removes latents, `active_mean_representation` leaves some out, and
  `permuted_representation` moves them. Of all others column i is called latent
  i.

  Args:
    artifact_dir: What upstream's `evaluate` passes; or None.
    num_columns: Integer.

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


def _representation(artifact_dir):
  """Directory with a hub module that an artifact's path lies below, or None."""
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
