"""Models of the checkpoints that a training has kept, to evaluate along it.

Each is exported to `checkpoints/STEP/model` beside the model, with the results
that later steps of the pipeline read. Scores then go to `checkpoints/STEP`.
"""
import hashlib
import json
import os
import pathlib
from collections.abc import Sequence

import gin
from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.methods.unsupervised import gaussian_encoder_model
from disentanglement_lib.methods.unsupervised import train  # noqa: F401
from disentanglement_lib.utils import results

from sparse_disent.common import absent
from sparse_disent.common import training_files
from sparse_disent.common import writing
from sparse_disent.compat.training import checkpoints
from sparse_disent.results import along_training
from sparse_disent.results import gin_files
from sparse_disent.results import ids

ALL = "all"


def export(model_dirs: Sequence[str], step: str, *,
           output_dir: str | None = None) -> list[str]:
  """Exports checkpoints of models, unless that has been done already.

  Args:
    model_dirs: Folders of trained models, or of trainings that still run.
    step: A training step as text, or "all" for each that is kept.
    output_dir: Folder for results; None for the parent of each model.

  Returns:
    Folders of the exported models.

  Raises:
    FileNotFoundError: If there is no such checkpoint.
    ValueError: If `step` is neither, or a checkpoint is damaged.
  """
  if step != ALL and not step.isdecimal():
    raise ValueError(
        f"--checkpoint is {step!r}, but must be a training step or '{ALL}'.")
  if output_dir is not None and len(model_dirs) > 1:
    raise ValueError("--output_dir with --checkpoint is for one model, got "
                     f"{len(model_dirs)}. Leave it out.")
  found = []
  for model_dir in model_dirs:
    run = output_dir or os.path.dirname(os.path.abspath(model_dir))
    for number, checkpoint in _chosen(model_dir, step).items():
      place = os.path.join(along_training.folder(run, number), "model")
      _export(model_dir, number, checkpoint, place)
      found.append(place)
  return found


def _chosen(model_dir, step):
  paths = training_files.saved(
      os.path.join(model_dir, training_files.CHECKPOINTS))
  if step == ALL:
    chosen = {number: path for number, path in paths.items() if number > 0}
  else:
    chosen = {number: path for number, path in paths.items()
              if number == int(step)}
  if not paths and not training_files.is_begun(model_dir):
    raise FileNotFoundError(absent.explain(
        model_dir, f"There is no checkpoint in '{model_dir}'.",
        "Give the model_dir of dlib_train."))
  if not chosen:
    kept = ", ".join(map(str, paths)) or "none"
    raise FileNotFoundError(
        f"There is no checkpoint of step {step} in '{model_dir}'. Kept are: "
        f"{kept}. A training keeps more with run_config.keep_checkpoint_max.")
  for path in chosen.values():
    reason = checkpoints.damage(path)
    if reason:
      raise ValueError(f"The checkpoint '{path}' is damaged: {reason}")
  return chosen


def _export(model_dir, step, checkpoint, place):
  """Writes one model, whole; nothing if it is the same already."""
  identity = _digest(checkpoint)
  if ids.result_id(place, "train") == identity:
    return
  candidates = (gin_files.path(model_dir), os.path.join(  # While it still runs.
      model_dir, training_files.CHECKPOINTS, training_files.RECORD))
  gin_file = next(filter(os.path.isfile, candidates), None)
  if gin_file is None:
    raise FileNotFoundError(
        f"There is no '{gin_files.path(model_dir)}', which tells what was "
        "trained. Give the model_dir of dlib_train.")
  with writing.new_folder(place, replace=True) as folder:
    _export_module(gin_file, checkpoint, os.path.join(folder, "tfhub"))
    _write(folder, "gin/train.gin", pathlib.Path(gin_file).read_text("utf-8"))
    _write(folder, "json/train_config.json",
           json.dumps(results.gin_dict(gin_file)))
    _write(folder, "json/train_results.json", json.dumps(
        {"uuid": identity, "global_step": step}))


def _export_module(gin_file, checkpoint, path):
  gin.clear_config()
  try:
    gin.parse_config_file(os.path.abspath(gin_file))
    shape = named_data.get_named_ground_truth_data().observation_shape
    gaussian_encoder_model.export_as_tf_hub(
        gin.get_bindings("model")["model"], shape, checkpoint, path)
  finally:
    gin.clear_config()


def _write(folder, name, text):
  path = pathlib.Path(folder, "results", name)
  path.parent.mkdir(parents=True, exist_ok=True)
  path.write_text(text, "utf-8")


def _digest(checkpoint):
  """Id of a checkpoint: that of another training has another one."""
  digest = hashlib.sha256()
  for ending in (".index", ".data-00000-of-00001"):
    path = pathlib.Path(checkpoint + ending)
    digest.update(path.read_bytes() if path.is_file() else b"")
  return digest.hexdigest()[:32]
