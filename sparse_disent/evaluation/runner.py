"""Runs a whole protocol on a model, with upstream's own metric code."""
import contextlib
import os
import time
import warnings

import joblib
import numpy as np
import tensorflow_hub as hub
from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.evaluation import evaluate as upstream
from disentanglement_lib.postprocessing import postprocess
from disentanglement_lib.utils import results

from sparse_disent import progress
from sparse_disent.compat import served
from sparse_disent.data import files
from sparse_disent.evaluation import codes
from sparse_disent.evaluation import deferred
from sparse_disent.evaluation import indexed
from sparse_disent.evaluation import protocol as protocol_lib
from sparse_disent.evaluation import steps

# Of the noise in sampled codes: not a seed of what metrics draw.
_NOISE_SEED = 20190612


def evaluate(protocol, model_dir, *, output_dir=None, overwrite=False,
             representations=None, metrics=None, num_processes=None):
  """Extracts the representations of a protocol and computes its metrics.

  The scores are those of `dlib_postprocess` and `dlib_evaluate`, in the same
  files: `postprocessed/REPRESENTATION` and `metrics/REPRESENTATION/METRIC`
  below `output_dir`. What is there already is not computed again.

  Each image is encoded once, if the data set is a list of images; metrics look
  its code up. The classifiers of all metrics are fitted in parallel.

  Args:
    protocol: Name of a protocol, or a folder; see `protocol.load`.
    model_dir: Folder of a trained model.
    output_dir: Where results go; None for the folder that holds `model_dir`.
    overwrite: Whether to compute again what is there.
    representations: Names of the representations to use; None for all.
    metrics: Names of the metrics to compute; None for all.
    num_processes: Number of processes that fit classifiers; None for one a
      core.

  Returns:
    failures: Dictionary from "REPRESENTATION/METRIC" to the error that this
      metric raised; all others have been computed.

  Raises:
    FileNotFoundError: If there is no such protocol, model or data set.
    ValueError: If there are results of another model or with other settings.
  """
  chosen = protocol_lib.load(protocol).only(
      representations=representations, metrics=metrics)
  data_name = _check_model(model_dir)
  if output_dir is None:
    output_dir = os.path.dirname(os.path.abspath(model_dir))
  plan = [_Representation(name, gin_file, model_dir, output_dir)
          for name, gin_file in chosen.representations.items()]
  for representation in plan:
    representation.plan(chosen.metrics, overwrite)
  plan = [representation for representation in plan if representation.metrics]
  if not plan:
    return {}
  data = named_data.get_named_ground_truth_data(data_name)
  with contextlib.ExitStack() as stack:
    for representation in plan:
      representation.open(data, stack)
    return _compute([metric for representation in plan
                     for metric in representation.metrics], num_processes)


def _check_model(model_dir):
  """Returns the name of the data set that a model was trained on."""
  if not os.path.isdir(os.path.join(model_dir, "tfhub")):
    raise FileNotFoundError(
        f"There is no model in '{model_dir}': it has no folder 'tfhub'. Give "
        "the model_dir of dlib_train.")
  config = results.gin_dict(
      os.path.join(model_dir, "results", "gin", "train.gin"))
  name = config["dataset.name"].strip("'")
  files.check_available(name)
  return name


class _Representation:
  """A representation of a model, and the metrics to be computed on it."""

  def __init__(self, name, gin_file, model_dir, output_dir):
    self._name, self._gin_file, self._model_dir = name, gin_file, model_dir
    self._output_dir = output_dir
    self._directory = os.path.join(output_dir, "postprocessed", name)
    self.metrics = []

  def plan(self, metrics, overwrite):
    """Finds out what is left to do; raises errors before any work."""
    self._is_done = not overwrite and steps.is_done(
        self._directory, "postprocess", self._model_dir, "train",
        self._gin_file)
    for name, gin_file in metrics.items():
      directory = os.path.join(self._output_dir, "metrics", self._name, name)
      if overwrite or not steps.is_done(
          directory, "evaluation", self._directory, "postprocess", gin_file):
        self.metrics.append(_Metric(
            f"{self._name}/{name}", gin_file, self._directory, directory))

  def open(self, data, stack):
    """Extracts the representation and gets its codes, or opens its module."""
    if not self._is_done:
      with steps.new_folder(self._directory) as folder:
        postprocess.postprocess_with_gin(
            self._model_dir, folder, False, [self._gin_file],
            [f"postprocess.name = '{self._name}'"])
    for metric, (data, start) in zip(
        self.metrics, self._sources(data, stack), strict=False):
      metric.data, metric.start = data, start

  def _sources(self, data, stack):
    """Yields data and the start of a run, for one metric after the other."""
    if indexed.is_indexable(data):
      images = indexed.Indexed(data)
      table = codes.lookup(images, self._directory, self._model_dir,
                           f"encoding for '{self._name}'")
      while table is not None:
        yield images.data, lambda: codes.representation_function(
            images, table, np.random.RandomState(_NOISE_SEED))
    represent = stack.enter_context(hub.eval_function_for_module(
        os.path.join(self._directory, "tfhub")))
    while True:
      yield data, codes.Remembered(
          lambda x: represent(dict(images=x), signature="representation",
                              as_dict=True)["default"]).start


class _Metric:
  """One metric on one representation."""

  def __init__(self, label, gin_file, representation_dir, directory):
    self.label, self._gin_file = label, gin_file
    self._representation_dir, self._directory = representation_dir, directory
    self.fits = []

  def compute(self):
    """Computes the metric, or records the classifiers that it needs."""
    self._began = time.time()
    try:
      with deferred.recording(self.fits), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        self._run(publish=lambda: not self.fits)
    except Exception:
      # Placeholders can lead a metric astray: `finish` tells.
      if not self.fits:
        raise

  def is_ready(self):
    """Tells whether all classifiers are fitted."""
    return all(fit.fitted is not None for fit in self.fits)

  def finish(self):
    """Computes the metric with the fitted classifiers."""
    with deferred.replaying(self.fits):
      self._run(publish=lambda: True)
    self.fits = []

  def _run(self, publish):
    with steps.new_folder(self._directory, publish) as folder, \
        served.served(self.data, self.start()), served.begun(self._began):
      upstream.evaluate_with_gin(
          self._representation_dir, folder, False, [self._gin_file],
          [f"evaluation.name = '{os.path.basename(self._directory)}'"])


def _compute(metrics, num_processes):
  """Computes metrics and returns the errors of those that failed."""
  failures = {}
  with progress.progress(len(metrics), "evaluating", "metrics") as display:

    def attempt(metric, step):
      try:
        step()
      except Exception as error:
        failures[metric.label], metric.fits = error, []
      if not metric.fits:
        display.update(1, metric.label)

    for metric in metrics:
      attempt(metric, metric.compute)
    owners = {id(fit): metric for metric in metrics for fit in metric.fits}
    for fit in deferred.run(
        [fit for metric in metrics for fit in metric.fits],
        num_processes or joblib.cpu_count()):
      metric = owners[id(fit)]
      if metric.fits and metric.is_ready():
        attempt(metric, metric.finish)
  return failures
