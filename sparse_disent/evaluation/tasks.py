"""Metrics as tasks: sampled one by one, their classifiers fitted together."""
import os
import time
import warnings

import joblib
from disentanglement_lib.evaluation import evaluate

from sparse_disent import progress
from sparse_disent.compat import served
from sparse_disent.evaluation import deferred
from sparse_disent.evaluation import steps


class Metric:
  """One metric on one representation.

  Attributes:
    label: String, for people.
    data: GroundTruthData.
    start: Function without arguments that begins a run: it returns the function
      from observations to codes. Each run gets the same codes.
    fits: Classifiers that are still to be fitted.
  """

  def __init__(self, label, gin_file, representation_dir, directory):
    """Describes the task; `data` and `start` are still to be set.

    Args:
      label: String.
      gin_file: Path of the metric's gin file.
      representation_dir: Folder of the representation.
      directory: Folder for the result.
    """
    self.label, self._gin_file = label, gin_file
    self._representation_dir, self._directory = representation_dir, directory
    self.data, self.start, self.fits = None, None, []

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
      evaluate.evaluate_with_gin(
          self._representation_dir, folder, False, [self._gin_file],
          [f"evaluation.name = '{os.path.basename(self._directory)}'"])


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
  with progress.progress(len(owners), "fitting classifiers",
                         "fits") as display:
    for fit in deferred.run(
        [fit for metric in metrics for fit in metric.fits],
        num_processes or joblib.cpu_count()):
      metric = owners[id(fit)]
      display.update(1, metric.label)
      if metric.fits and metric.is_ready():
        attempt(metric, metric.finish)
  return failures
