"""Runs a whole protocol on a model, with upstream's own metric code."""
import contextlib
import dataclasses
import functools
import os
from collections.abc import Sequence

import tensorflow_hub as hub
from disentanglement_lib.postprocessing import postprocess

from sparse_disent.common import writing
from sparse_disent.data import files
from sparse_disent.data import registry
from sparse_disent.evaluation import codes
from sparse_disent.evaluation import indexed
from sparse_disent.evaluation import metric_tasks
from sparse_disent.evaluation import pictures
from sparse_disent.evaluation import protocol as protocol_lib
from sparse_disent.evaluation import trained_data
from sparse_disent.results import gin_files
from sparse_disent.results import steps


def evaluate(protocol: str, model_dir: str, *, output_dir: str | None = None,
             overwrite: bool = False,
             representations: Sequence[str] | None = None,
             metrics: Sequence[str] | None = None,
             num_processes: int | None = None) -> dict[str, Exception]:
  """Extracts the representations of a protocol and computes its metrics.

  The scores are those of `dlib_postprocess` and `dlib_evaluate`, in the same
  files: `postprocessed/REPRESENTATION` and `metrics/REPRESENTATION/METRIC`
  below `output_dir`. Existing results are not computed again. Pictures of the
  model for a report go to `pictures`.

  If the data set is a fixed list of images, each image that a metric draws is
  encoded once, and metrics look up its code. It is encoded once more for each
  representation that is not a selection of latents, e.g. a rotated one. The
  classifiers of all metrics are fitted in parallel.

  Args:
    protocol: Name of a protocol, or a folder; see `protocol.load`.
    model_dir: Folder of a trained model.
    output_dir: Folder for results; None for the parent of `model_dir`.
    overwrite: Whether to compute existing metrics again, and to replace
      representations that were made from another model or with other settings.
    representations: Names of the representations to use; None for all.
    metrics: Names of the metrics to compute; None for all.
    num_processes: Number of processes that fit classifiers; None for one a
      core.

  Returns:
    failures: Dictionary from "REPRESENTATION/METRIC", or "pictures", to the
      error that it raised. All results that are not in it have been written.

  Raises:
    FileNotFoundError: If there is no such protocol, model or data set.
    ValueError: If there are results of another model or with other settings,
      or if an argument is invalid.
  """
  metric_tasks.check_processes(num_processes)
  chosen = protocol_lib.load(protocol).only(
      representations=representations, metrics=metrics)
  _check_model(model_dir)
  if output_dir is None:
    output_dir = os.path.dirname(os.path.abspath(model_dir))
  plan = [_Representation(name, gin_file, model_dir, output_dir)
          for name, gin_file in chosen.representations.items()]
  for representation in plan:
    representation.plan(chosen.metrics, overwrite)
  plan = [representation for representation in plan if representation.missing]
  drawn = os.path.join(output_dir, "pictures")
  if not plan and pictures.are_drawn(drawn):
    return {}
  data, settings = trained_data.load(model_dir)
  images = indexed.Indexed(data) if indexed.is_indexable(data) else None
  with contextlib.ExitStack() as stack:
    posteriors = images and stack.enter_context(
        codes.posteriors(images, model_dir))
    tasks: list[metric_tasks.Metric] = []
    for representation in plan:
      with registry.load_instead(data):
        representation.extract(settings)
      tasks += representation.metrics(
          data, settings, images, posteriors, stack)
    failures = metric_tasks.compute(tasks, num_processes)
  try:
    with trained_data.configured(settings):
      pictures.write(model_dir, drawn, data)
  except (OSError, ValueError) as error:  # The scores are written already.
    failures["pictures"] = error
  return failures


def _check_model(model_dir):
  """Raises an error unless a model and its data set are there."""
  if not os.path.isdir(os.path.join(model_dir, "tfhub")):
    raise FileNotFoundError(
        f"There is no model in '{model_dir}': it has no folder 'tfhub'. Give "
        "the model_dir of dlib_train.")
  config = gin_files.read(model_dir)
  name = config.get("dataset", {}).get("name")
  if name is None:
    raise FileNotFoundError(
        f"The model in '{model_dir}' is not complete: there is no dataset.name "
        f"in '{gin_files.path(model_dir)}', which dlib_train writes when "
        "it ends. Wait for it, or train the model again.")
  registry.import_what_is_recorded(name, gin_files.path(model_dir))
  files.check_available(name)


class _Representation:
  """A representation of a model, and the metrics to be computed on it.

  Attributes:
    missing: Dictionary from names of metrics without a result to their
      `metric_tasks.Definition`.
  """

  def __init__(self, name, gin_file, model_dir, output_dir):
    self._name, self._gin_file, self._model_dir = name, gin_file, model_dir
    self._output_dir = output_dir
    self._directory = os.path.join(output_dir, "postprocessed", name)
    self.missing = {}

  def plan(self, metrics, overwrite):
    """Finds the missing results; raises errors before any work."""
    for gin_file in (self._gin_file, *metrics.values()):
      protocol_lib.parse(gin_file)
    try:
      self._is_done = steps.is_done(
          self._directory, "postprocess", self._model_dir, "train",
          self._gin_file)
    except ValueError:
      if not overwrite:
        raise
      self._is_done = False
    for name, gin_file in metrics.items():
      if overwrite or not steps.is_done(
          self._folder_of(name), "evaluation", self._directory, "postprocess",
          gin_file):
        self.missing[name] = metric_tasks.Definition.read(gin_file)

  def _folder_of(self, metric):
    return os.path.join(self._output_dir, "metrics", self._name, metric)

  def extract(self, settings):
    """Makes the representation, unless it exists.

    Args:
      settings: List of gin bindings that the data set depends on.
    """
    if not self._is_done:
      with writing.new_folder(self._directory, replace=True) as folder:
        postprocess.postprocess_with_gin(
            self._model_dir, folder, False, [self._gin_file],
            [f"postprocess.name = '{self._name}'", *settings])

  def metrics(self, data, settings, images, posteriors, stack):
    """Returns the metrics that are missing.

    They look up codes, or call the representation's module.

    Args:
      data: The model's GroundTruthData.
      settings: List of gin bindings that the data set depends on.
      images: The data as an `indexed.Indexed`, or None if that is impossible.
      posteriors: `Table` of the model's posteriors of these images.
      stack: `contextlib.ExitStack` that closes the modules that are opened.
    """
    table = None
    if images is not None:
      table = stack.enter_context(codes.lookup(
          images, self._directory, posteriors, f"encoding for '{self._name}'"))
    module = functools.cache(lambda: stack.enter_context(
        hub.eval_function_for_module(os.path.join(self._directory, "tfhub"))))

    def represent(x):
      return module()(dict(images=x), signature="representation",
                      as_dict=True)["default"]

    def source(definition):
      made = codes.source(definition, data, represent, images, table)
      return dataclasses.replace(made, bindings=settings)

    return [metric_tasks.Metric(
        f"{self._name}/{name}", definition, source(definition),
        self._directory, self._folder_of(name), model_dir=self._model_dir)
            for name, definition in self.missing.items()]
