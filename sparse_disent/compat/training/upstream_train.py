"""Upstream's training, made to survive: resume, whole results, one data set."""
import contextlib
import functools
import json
import os
import pathlib
import sys
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import gin
from absl import flags

from sparse_disent.common import writing
from sparse_disent.compat import patching
from sparse_disent.compat.startup import directories
from sparse_disent.compat.startup import lazy_modules
from sparse_disent.compat.startup import settings as settings_lib
from sparse_disent.compat.training import checkpoints
from sparse_disent.compat.training import parts
from sparse_disent.compat.training import places
from sparse_disent.compat.training import preflight
from sparse_disent.compat.training import record

_asked: list[bool] = []


@gin.configurable("training")
def settings(resume: bool = False) -> bool:
  """Holds the binding `training.resume`, which stands for `--resume`.

  It is read and never called, so that results do not record it: a model does
  not depend on the number of parts that it was trained in.
  """
  return resume


def patch(module: Any) -> None:
  """Wraps `train_with_gin` and `train` of upstream's module."""
  original = module.train_with_gin
  is_flag_set = _flag()

  @functools.wraps(original)
  def train_with_gin(
      model_dir=None, overwrite=False, gin_config_files=None, gin_bindings=None,
      *args, resume=False, **kwargs):
    if model_dir is None:
      model_dir = _default_model_dir(gin_config_files)
    _asked.append(resume or is_flag_set())
    try:
      original(model_dir, overwrite, gin_config_files, gin_bindings, *args,
               **kwargs)
    finally:
      _asked.pop()
      gin.clear_config()

  module.train_with_gin = train_with_gin

  @patching.wrap(module, "train")
  def train(original, model_dir, overwrite):
    settings_lib.check()
    directories.check_place("model_dir", model_dir)
    resume = any(_asked) or _bound_resume()
    folder = places.choose(model_dir, overwrite=overwrite, resume=resume)
    _train(module, original, folder, model_dir, resume)


def _flag() -> Callable[[], bool]:
  """Adds `--resume` to upstream's script; returns a function that reads it."""
  if not lazy_modules.is_upstreams_script("dlib_train"):
    return lambda: False
  holder = flags.DEFINE_boolean(
      "resume", False, "Whether to go on with the training in model_dir, if "
      "there is one.")
  return lambda: bool(holder.value)


def _bound_resume():
  return bool(gin.get_bindings("training").get("resume", False))


def _default_model_dir(gin_config_files):
  if not gin_config_files:
    raise ValueError(
        "model_dir is None and there is no gin file to name a directory "
        "after: give --model_dir.")
  name = pathlib.Path(gin_config_files[0]).stem
  model_dir = os.path.join("output", name, "model")
  print(f"No --model_dir given: the model goes to {model_dir}",
        file=sys.stderr)
  return model_dir


def _train(module, original, folder, model_dir, resume):
  """Runs upstream's `train`, or the part of it that is missing."""
  text = record.current()
  checkpoint_dir = os.path.join(folder, places.CHECKPOINTS)
  if resume:
    _check_unchanged(checkpoint_dir, text)
    if _is_complete(folder, text):
      places.publish(folder, model_dir)
      print(f"The training in '{model_dir}' is complete already.",
            file=sys.stderr)
      return
  preflight.check()
  if not resume:
    places.clear(folder, model_dir)
  part = parts.Part(lambda: record.write(checkpoint_dir, text))
  with (_saying_how_to_go_on(checkpoint_dir), parts.running(part),
        _stand_ins(module, folder, part)):
    original(folder, False)
  places.publish(folder, model_dir)


@contextlib.contextmanager
def _saying_how_to_go_on(checkpoint_dir):
  """Prints one line after Ctrl-C or another signal."""
  try:
    yield
  except KeyboardInterrupt:
    latest = checkpoints.latest(checkpoint_dir)
    print(f"Interrupted. What was trained is in {latest}. To go on: "
          f"{parts.command()}" if latest else "Interrupted before the first "
          f"checkpoint. To start again: {parts.command()}", file=sys.stderr)
    raise


def _check_unchanged(checkpoint_dir, text):
  """Refuses to continue a training with other settings."""
  before = record.read(checkpoint_dir)
  if before is None:
    if checkpoints.saved(checkpoint_dir):
      raise ValueError(
          f"There is no '{record.NAME}' in '{checkpoint_dir}', so that nobody "
          "knows what is trained there. Give --overwrite to train anew.")
    return
  changes = record.changes(before, text)
  if changes:
    raise ValueError(
        f"This is not the training in '{checkpoint_dir}': "
        f"{'; '.join(changes)}. Give --resume with the settings of then, "
        "--overwrite to train anew, or another directory.")


def _is_complete(folder, text):
  """Tells whether a module and the results of all steps are there."""
  try:
    with open(os.path.join(folder, "results", "json", "train_results.json"),
              encoding="utf-8") as file:
      step = json.load(file)["global_step"]
  except (OSError, ValueError, LookupError, TypeError):
    return False
  return (os.path.isdir(os.path.join(folder, "tfhub"))
          and step == record.training_steps(text))


@contextlib.contextmanager
def _stand_ins(module: Any, folder: str, part: parts.Part
               ) -> Iterator[None]:
  """Changes what upstream's `train` calls, while it runs.

  * The folder may exist: whether it may be used has been decided.
  * The data set is loaded once. Upstream loads it again to ask for a shape.
  * Module and results appear whole, and replace older ones together.
  * The time that a training took is that of all its parts.
  """
  with contextlib.ExitStack() as stack:
    held = stack.enter_context(contextlib.ExitStack())

    def put(attribute: str, **names: Any) -> None:
      if hasattr(module, attribute):  # Forks may do without it.
        stack.enter_context(patching.temporarily(module, attribute, **names))

    tf, hub = module.tf, module.gaussian_encoder_model
    update = module.results.update_result_directory

    def is_directory(path):
      return path != folder and tf.gfile.IsDirectory(path)

    def export(model, shape, checkpoint_path, export_path, *args, **kwargs):
      if os.path.lexists(export_path):
        export_path = held.enter_context(
            writing.new_folder(export_path, replace=True))
      hub.export_as_tf_hub(
          model, shape, checkpoint_path, export_path, *args, **kwargs)

    def update_result_directory(directory, step_name, results, *args, **kwargs):
      if "elapsed_time" in results:
        results["elapsed_time"] += part.earlier
      with writing.new_folder(directory, replace=True) as new:
        update(new, step_name, results, *args, **kwargs)
        held.close()

    put("tf", gfile=patching.StandIn(tf.gfile, {"IsDirectory": is_directory}))
    put("named_data", get_named_ground_truth_data=functools.cache(
        module.named_data.get_named_ground_truth_data))
    put("gaussian_encoder_model", export_as_tf_hub=export)
    put("results", update_result_directory=update_result_directory)
    yield
