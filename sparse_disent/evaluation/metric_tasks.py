"""Metrics as tasks: sampled one by one, their classifiers fitted together."""
import contextlib
import inspect
import numbers
import os
import time
import warnings

import gin
import joblib
from disentanglement_lib.evaluation import evaluate

from sparse_disent.common import checks
from sparse_disent.common import progress
from sparse_disent.common import writing
from sparse_disent.compat.metrics import patches as compat_metrics
from sparse_disent.compat.metrics import served
from sparse_disent.data import registry
from sparse_disent.evaluation import deferred
from sparse_disent.evaluation import protocol
from sparse_disent.metrics import codes
from sparse_disent.results import gin_files


class Metric:
  """One metric on one representation.

  Attributes:
    label: String, for people.
    gin_file: Path of its gin file.
    name: String, its gin name.
    function: What gin has registered under this name.
    bindings: List of gin bindings beside those of the file.
    needs_images: Whether it may look into observations: only upstream's and
      ours, and those that are marked with `metrics.codes_alone`, do not.
    start: Function without arguments that begins a run: it returns a
      GroundTruthData and the function from its observations to codes, the same
      in each run. To be set.
    fits: Classifiers that are still to be fitted.
  """

  def __init__(self, label, gin_file, representation_dir, directory,
               model_dir=None):
    """Reads the metric's gin file.

    Args:
      label: String.
      gin_file: Path of a gin file for `dlib_evaluate`.
      representation_dir: Folder of the representation.
      directory: Folder for the result.
      model_dir: Folder of the model, for metrics that have this parameter.

    Raises:
      ValueError: If the gin file is none for `dlib_evaluate`.
    """
    self.label, self.gin_file = label, gin_file
    self._representation_dir, self._directory = representation_dir, directory
    self.start, self.fits = None, []
    protocol.parse(gin_file)
    self.name = _function_name(gin_file)
    self.function = gin.get_configurable(
        self.name.rpartition("/")[2])  # Without scope.
    self.needs_images = not (compat_metrics.is_original(self.function)
                             or codes.is_codes_alone(self.function))
    self.bindings = [f"evaluation.name = {os.path.basename(directory)!r}"]
    if model_dir and "model_dir" in inspect.signature(self.function).parameters:
      self.bindings.append(f"{self.name}.model_dir = {os.fspath(model_dir)!r}")

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
    with writing.new_folder(
        self._directory, replace=True, publish=publish) as folder, \
        self._given() as represent, served.served(represent), \
        served.begun(self._began):
      evaluate.evaluate_with_gin(
          self._representation_dir, folder, False, [self.gin_file],
          self.bindings)

  @contextlib.contextmanager
  def _given(self):
    """Gives upstream the data of a run, and yields the function to codes."""
    data, represent = self.start()
    with registry.serving(data):
      yield represent


def _function_name(gin_file):
  values = gin_files.bindings(gin_file)
  value = values.get(gin_files.find(values, "evaluation.evaluation_fn"))
  if not isinstance(value, gin_files.Reference):
    raise ValueError(
        f"'{gin_file}' does not bind evaluation.evaluation_fn to a metric: it "
        "is no gin file for dlib_evaluate.")
  return value.removeprefix("@")


def check_processes(num_processes):
  """Raises a ValueError unless it is a positive integer or None."""
  if num_processes is not None:
    checks.check(
        isinstance(num_processes, numbers.Integral) and num_processes > 0,
        "num_processes", "be a positive integer", num_processes,
        "Leave it out for one process a core.")


def reason(error):
  """What went wrong, in one line.

  Args:
    error: Exception; gin adds lines that say where it was raised.
  """
  return str(error).strip().split("\n", 1)[0] or type(error).__name__


def compute(metrics, num_processes=None):
  """Computes metrics.

  Args:
    metrics: List of `Metric`.
    num_processes: Number of processes that fit classifiers; None for one a
      core.

  Returns:
    failures: Dictionary from the label of a metric to the error it raised.
  """
  failures = {}

  def attempt(metric, step):
    try:
      step()
    except Exception as error:  # The other metrics are worth having.
      failures[metric.label], metric.fits = error, []

  with progress.progress(len(metrics), "sampling for metrics",
                         "metrics") as display:
    for metric in metrics:
      attempt(metric, metric.compute)
      display.update(1, metric.label)
  owners = {id(fit): metric for metric in metrics for fit in metric.fits}
  fits = [fit for metric in metrics for fit in metric.fits]
  if not fits:
    return failures
  # Counted by cost: a few fits take most of the time.
  done, cost = 0, sum(fit.cost for fit in fits)
  with progress.progress(100, "fitting classifiers", "%") as display:
    for fit in deferred.run(fits, num_processes or joblib.cpu_count()):
      metric = owners[id(fit)]
      done += fit.cost
      display.update_to(100 * done // cost, metric.label)
      if metric.fits and metric.is_ready():
        attempt(metric, metric.finish)
  for metric in metrics:
    if metric.fits:  # One of all fits failed: each metric fits its own.
      attempt(metric, metric.finish)
  return failures
