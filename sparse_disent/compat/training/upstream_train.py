"""Upstream's training, made to survive: resume, whole results, one data set."""
import contextlib
import functools
import json
import math
import os
import pathlib
import sys
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import gin
from absl import flags

from sparse_disent.common import addresses
from sparse_disent.common import locks
from sparse_disent.common import output_place
from sparse_disent.common import stopping
from sparse_disent.common import training_files
from sparse_disent.common import writing
from sparse_disent.compat import patching
from sparse_disent.compat.startup import directories
from sparse_disent.compat.startup import lazy_modules
from sparse_disent.compat.startup import resuming
from sparse_disent.compat.startup import settings as settings_lib
from sparse_disent.compat.training import checkpoints
from sparse_disent.compat.training import image_size
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

  Args:
    resume: Whether to go on with a training that was stopped.
  """
  return resume


def patch(module: Any) -> None:
  """Wraps `train_with_gin` and `train` of upstream's module."""
  original = module.train_with_gin
  resuming.define()

  @functools.wraps(original)
  def train_with_gin(
      model_dir=None, overwrite=False, gin_config_files=None, gin_bindings=None,
      *args, resume=False, **kwargs):
    if not (args or kwargs):  # Those of a fork may say what to train.
      _check_configured(gin_config_files, gin_bindings)
    if model_dir is None:
      model_dir = _default_model_dir(gin_config_files)
    _asked.append(resume or resuming.is_set())
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
    if addresses.is_remote(model_dir):
      preflight.check()
      original(model_dir, overwrite)
    else:
      output_place.check("model_dir", model_dir)
      resume = any(_asked) or _bound_resume()
      _train(module, original, os.fspath(model_dir), overwrite, resume)


def _bound_resume():
  return bool(gin.get_bindings("training").get("resume", False))


def _check_configured(gin_config_files, gin_bindings):
  """Refuses to train where nothing at all is configured."""
  if not gin_config_files and not gin_bindings and not gin.config_str().strip():
    raise ValueError(
        "No --gin_config is given, so that nobody knows what to train. Give "
        "one, such as --gin_config=gin_configs/masked_dipvae.gin, or "
        "--gin_bindings.")


def _default_model_dir(gin_config_files):
  if not gin_config_files:
    raise ValueError(
        "model_dir is None and there is no gin file to name a directory "
        "after: give --model_dir.")
  name = pathlib.Path(gin_config_files[0]).stem
  model_dir = os.path.join("output", name, "model")
  print(f"No --model_dir given: the model goes to {model_dir}",
        file=sys.stderr)
  if lazy_modules.is_upstreams_script("dlib_train"):
    flags.FLAGS.model_dir = model_dir  # What the script says at its end.
  return model_dir


def _train(module, original, model_dir, overwrite, resume):
  """Runs upstream's `train`, or the part of it that is missing."""
  text = record.current()
  if resume and _is_finished(model_dir, text):
    return
  preflight.check()
  directories.check_output("model_dir", model_dir, True)
  with locks.owned(model_dir):
    folder = places.choose(model_dir, overwrite=overwrite, resume=resume)
    checkpoint_dir = os.path.join(folder, training_files.CHECKPOINTS)
    if resume:
      _check_unchanged(checkpoint_dir, text)
    else:
      places.clear(folder, model_dir)
    part = parts.Part(lambda: record.write(checkpoint_dir, text))
    with (_saying_how_to_go_on(checkpoint_dir), parts.running(part),
          _stand_ins(module, folder, part)):
      original(folder, False)
    places.publish(folder, model_dir)


def _is_finished(model_dir, text):
  """Tells whether this very training is complete, and says so."""
  with locks.owned(model_dir):
    folder = places.choose(model_dir, overwrite=False, resume=True)
    _check_unchanged(os.path.join(folder, training_files.CHECKPOINTS), text)
    if not _is_complete(folder, text):
      return False
    places.publish(folder, model_dir)
  print(f"The training in '{model_dir}' is complete already.", file=sys.stderr)
  return True


@contextlib.contextmanager
def _saying_how_to_go_on(checkpoint_dir):
  """Says after Ctrl-C or another signal where the weights are."""
  def advice():
    latest = checkpoints.latest(checkpoint_dir)
    what = (f"What was trained is in '{latest}'." if latest
            else "There is no checkpoint yet.")
    return f"{what} To go on: {parts.command()}"

  try:
    with stopping.going_on(advice):
      yield
  except KeyboardInterrupt as error:
    if not isinstance(error, stopping.Stopped):  # Nobody else will say it.
      print(f"Interrupted. {advice()}", file=sys.stderr)
    raise


def _check_unchanged(checkpoint_dir, text):
  """Refuses to continue a training with other settings."""
  before = record.read(checkpoint_dir)
  if before is None:
    if training_files.saved(checkpoint_dir):
      raise ValueError(
          f"There is no '{training_files.RECORD}' in '{checkpoint_dir}', so "
          "that nobody knows what is trained there. Give --overwrite to train "
          "anew.")
    return
  reached = max(training_files.saved(checkpoint_dir), default=0)
  changes = record.changes(before, text, reached)
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
          and step >= (record.training_steps(text) or math.inf))


@contextlib.contextmanager
def _stand_ins(module: Any, folder: str, part: parts.Part
               ) -> Iterator[None]:
  """Changes what upstream's `train` calls, while it runs.

  * The folder may exist: whether it may be used has been decided.
  * The data set is loaded once. Upstream loads it again to ask for a shape.
  * A decoder that makes images of another size is refused.
  * Module and results appear whole, and replace older ones together.
  * The time that a training took is that of all its parts.
  """
  with contextlib.ExitStack() as stack:
    held = stack.enter_context(contextlib.ExitStack())
    functions: dict[str, Callable[..., dict[str, Any]]] = {
        "tf": _gfile, "named_data": _loaded_once,
        "gaussian_encoder_model": functools.partial(_export, held),
        "results": functools.partial(_results, held, part)}
    for attribute, changed in functions.items():
      if hasattr(module, attribute):  # A fork may do without it.
        stack.enter_context(patching.temporarily(
            module, attribute, **changed(getattr(module, attribute), folder)))
    yield


def _gfile(tf, folder):
  def is_directory(path):
    return path != folder and tf.gfile.IsDirectory(path)

  return {"gfile": patching.StandIn(tf.gfile, {"IsDirectory": is_directory})}


def _loaded_once(named_data, unused_folder):
  @functools.cache
  def get_named_ground_truth_data(*args, **kwargs):
    data = named_data.get_named_ground_truth_data(*args, **kwargs)
    image_size.check(data.observation_shape)
    return data

  return {"get_named_ground_truth_data": get_named_ground_truth_data}


def _export(held, hub, unused_folder):
  def export_as_tf_hub(model, shape, checkpoint_path, export_path, *args,
                       **kwargs):
    if os.path.lexists(export_path):
      export_path = held.enter_context(
          writing.new_folder(export_path, replace=True))
    hub.export_as_tf_hub(
        model, shape, checkpoint_path, export_path, *args, **kwargs)

  return {"export_as_tf_hub": export_as_tf_hub}


def _results(held, part, upstream_results, unused_folder):
  def update_result_directory(directory, step_name, results, *args, **kwargs):
    if "elapsed_time" in results:
      results["elapsed_time"] += part.earlier
    with writing.new_folder(directory, replace=True) as new:
      upstream_results.update_result_directory(
          new, step_name, results, *args, **kwargs)
      held.close()

  return {"update_result_directory": update_result_directory}
