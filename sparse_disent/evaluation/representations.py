"""A representation of a model, and the metrics that are missing on it."""
import contextlib
import dataclasses
import functools
import os
from collections.abc import Sequence
from typing import Any

import tensorflow_hub as hub
from disentanglement_lib.postprocessing import postprocess

from sparse_disent.common import locks
from sparse_disent.common import replaceable
from sparse_disent.common import writing
from sparse_disent.compat.startup import outputs
from sparse_disent.evaluation import codes
from sparse_disent.evaluation import metric_tasks
from sparse_disent.evaluation import request as request_lib
from sparse_disent.evaluation import table as table_lib
from sparse_disent.results import steps


class Representation:
  """A representation of a model, and the metrics to be computed on it.

  Attributes:
    name: Its name in the protocol.
    missing: Dictionary from names of results that are not there to their
      `metric_tasks.Definition`.
    done: List of the names of results that are there.
  """

  def __init__(self, name: str, model_dir: str, output_dir: str,
               request: request_lib.Request):
    """Finds the missing results; raises errors before any work."""
    self.name = name
    self._model_dir, self._output_dir = model_dir, output_dir
    self._directory = os.path.join(output_dir, "postprocessed", name)
    self._gin_file = request.representations[name]
    self._bindings, self._overwrite = request.bindings, request.overwrite
    self._is_done = self._is_extracted(request.overwrite)
    self.missing, self.done = {}, []
    for metric, definition in request.metrics.items():
      folder = self._folder_of(metric)
      if request.overwrite:
        replaceable.check(f"the folder of '{metric}'", folder,
                          outputs.STEPS["evaluate"])
        self.missing[metric] = definition
      elif not steps.is_done(
          folder, "evaluation", self._directory, "postprocess",
          definition.gin_file, definition.bindings):
        self.missing[metric] = definition
      else:
        self.done.append(metric)
    for path in (self._directory, *map(self._folder_of, self.done[:1])):
      locks.settle(path)

  def _is_extracted(self, overwrite):
    try:
      return steps.is_done(self._directory, "postprocess", self._model_dir,
                           "train", self._gin_file, self._bindings)
    except ValueError:
      if not overwrite:
        raise
      replaceable.check(f"the folder of '{self.name}'", self._directory,
                        outputs.STEPS["postprocess"])
      return False

  def _folder_of(self, metric):
    return os.path.join(self._output_dir, "metrics", self.name, metric)

  def extract(self, settings: Sequence[str]) -> None:
    """Makes the representation, unless it exists.

    Args:
      settings: List of gin bindings that the data set depends on.
    """
    if not self._is_done:
      with writing.new_folder(self._directory, replace=True) as folder:
        postprocess.postprocess_with_gin(
            self._model_dir, folder, False, [self._gin_file],
            [f"postprocess.name = {self.name!r}", *self._bindings, *settings])

  def metrics(self, data: Any, settings: Sequence[str], images: Any,
              posteriors: table_lib.Table | None, stack: contextlib.ExitStack
              ) -> list[metric_tasks.Metric]:
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
    if images is not None and posteriors is not None:
      table = stack.enter_context(codes.lookup(
          images, self._directory, posteriors, f"encoding for '{self.name}'",
          anew=self._overwrite))
    module = functools.cache(lambda: stack.enter_context(
        hub.eval_function_for_module(os.path.join(self._directory, "tfhub"))))

    def represent(x):
      return module()(dict(images=x), signature="representation",
                      as_dict=True)["default"]

    def source(definition):
      made = codes.source(definition, data, represent, images, table)
      return dataclasses.replace(made, bindings=settings)

    return [metric_tasks.Metric(
        f"{self.name}/{name}", definition, source(definition),
        self._directory, self._folder_of(name), model_dir=self._model_dir)
            for name, definition in self.missing.items()]
