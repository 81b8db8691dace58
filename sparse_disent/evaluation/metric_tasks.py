"""Runs metrics: first all draw samples, then their classifiers are fitted."""
import contextlib
import dataclasses
import inspect
import os
import time
import warnings
from collections.abc import Callable
from collections.abc import Sequence

import gin
import joblib
from disentanglement_lib.evaluation import evaluate

from sparse_disent.common import checks
from sparse_disent.common import progress
from sparse_disent.common import stopping
from sparse_disent.common import writing
from sparse_disent.compat import ledger
from sparse_disent.compat import patching
from sparse_disent.compat.metrics import patches as compat_metrics
from sparse_disent.compat.metrics import precomputed
from sparse_disent.compat.speed import workers
from sparse_disent.data import registry
from sparse_disent.evaluation import deferred
from sparse_disent.evaluation import failed
from sparse_disent.evaluation import protocol
from sparse_disent.metrics import codes
from sparse_disent.results import gin_files
from sparse_disent.results import repeats

_EVALUATE = "disentanglement_lib.evaluation.evaluate:evaluate"
# Metrics that are known to fit classifiers in other processes.
_FITTING = ("dci", "downstream_task", "modularity_explicitness",
            "reduced_downstream_task", "sap_score", "strong_downstream_task")


@dataclasses.dataclass(frozen=True)
class Definition:
  """A metric as a gin file for `dlib_evaluate` defines it.

  Attributes:
    gin_file: Path of the gin file.
    name: String, the metric's gin name.
    function: The function that gin has registered under this name.
    bindings: Gin bindings that are made after those of the file.
    seed: The seed of the metric.
  """

  gin_file: str
  name: str
  function: Callable
  bindings: tuple[str, ...] = ()
  seed: int = 0

  @classmethod
  def read(cls, gin_file: str, bindings: tuple[str, ...] = ()) -> "Definition":
    """Reads a gin file.

    Args:
      gin_file: Path of a gin file for `dlib_evaluate`.
      bindings: Gin bindings that are made after those of the file.

    Raises:
      ValueError: If it is not a gin file for `dlib_evaluate`.
    """
    protocol.parse(gin_file, bindings)
    values = gin_files.bindings(gin_file, bindings)
    name = _function_name(gin_file, values)
    seed = values.get(gin_files.find(values, repeats.SEED) or "")
    return cls(gin_file, name, gin.get_configurable(
        name.rpartition("/")[2]),  # Without scope.
               bindings, seed if isinstance(seed, int) else 0)

  @property
  def needs_images(self) -> bool:
    """True for a metric that may look into images.

    Upstream's metrics and ours use only codes. So do metrics that are marked
    with `metrics.codes_alone`. If upstream's `evaluate` has been changed, every
    metric counts as one that may look into images.
    """
    if not patching.is_upstreams(evaluate.evaluate, _EVALUATE):
      patching.left_alone(_EVALUATE, ledger.READ)
      return True
    return not (compat_metrics.is_original(self.function)
                or codes.is_codes_alone(self.function))


@dataclasses.dataclass(frozen=True)
class Source:
  """Source of the observations and codes for a metric.

  Attributes:
    start: Function without arguments that begins a run of the metric. It
      returns a GroundTruthData and the function from its observations to codes.
      Both are the same in each run.
    bindings: Gin bindings that the metric needs in addition to its file.
  """

  start: Callable
  bindings: Sequence[str] = ()


class Metric:
  """One metric on one representation.

  Attributes:
    label: Name for people.
    name: The metric's gin name.
    fits: Classifiers that remain to be fitted.
  """

  def __init__(self, label: str, definition: Definition, source: Source,
               representation_dir: str, directory: str,
               model_dir: str | None = None):
    """Prepares a task.

    Args:
      label: String.
      definition: What to compute.
      source: Observations and codes to compute it on.
      representation_dir: Folder of the representation.
      directory: Folder for the result.
      model_dir: Folder of the model, for metrics that have this parameter.
    """
    self.label, self.name = label, definition.name.rpartition("/")[2]
    self.fits: list[deferred.Fit] = []
    self._definition, self._source = definition, source
    self._representation_dir, self._directory = representation_dir, directory
    self._bindings = [f"evaluation.name = {os.path.basename(directory)!r}"]
    if model_dir and (
        "model_dir" in inspect.signature(definition.function).parameters):
      self._bindings.append(
          f"{definition.name}.model_dir = {os.fspath(model_dir)!r}")
    self._bindings.extend([*definition.bindings, *source.bindings])

  def compute(self) -> None:
    """Computes the metric, or records the classifiers that it fits."""
    self._began = time.time()
    try:
      with (stopping.unmasked(), deferred.recording(self.fits),
            warnings.catch_warnings()):
        warnings.simplefilter("ignore")
        self._run(publish=lambda: not self.fits)
    except Exception:
      # Placeholders for classifiers can cause an error in a metric. If the
      # error is its own, `finish` raises it again.
      if not self.fits:
        raise

  def is_ready(self) -> bool:
    """Tells whether all classifiers are fitted."""
    return all(fit.fitted is not None for fit in self.fits)

  def finish(self) -> None:
    """Computes the metric with the fitted classifiers."""
    with deferred.replaying(self.fits):
      self._run(publish=lambda: True)
    self.fits = []

  def fail(self, error: Exception) -> None:
    """Writes a result without numbers, with the reason; see `failed.write`."""
    failed.write(self._directory, self._definition.name,
                 self._definition.gin_file, self._bindings,
                 self._representation_dir, reason(error))

  def _run(self, publish):
    with writing.new_folder(
        self._directory, replace=True, publish=publish) as folder, \
        self._started() as represent, \
        precomputed.representation(represent), \
        precomputed.start_time(self._began):
      evaluate.evaluate_with_gin(
          self._representation_dir, folder, False, [self._definition.gin_file],
          self._bindings)

  @contextlib.contextmanager
  def _started(self):
    """Makes upstream load the data; yields the representation function."""
    data, represent = self._source.start()
    with registry.load_instead(data):
      yield represent


def _function_name(gin_file, values):
  value = values.get(gin_files.find(values, "evaluation.evaluation_fn"))
  if not isinstance(value, gin_files.Reference):
    raise ValueError(
        f"'{gin_file}' does not bind evaluation.evaluation_fn to a metric: it "
        "is no gin file for dlib_evaluate.")
  return value.removeprefix("@")


def check_processes(num_processes: int | None) -> None:
  """Raises a ValueError unless it is a positive integer or None."""
  if num_processes is not None:
    checks.check(
        checks.is_integer(num_processes, 1), "num_processes",
        "be a positive integer", num_processes,
        "Leave it out for one process a core.")


def reason(error: Exception) -> str:
  """Returns the message of an error, in one line.

  Args:
    error: Exception; further lines, which gin adds, are left out.
  """
  return str(error).strip().split("\n", 1)[0] or type(error).__name__


def compute(metrics: Sequence[Metric], num_processes: int | None = None
            ) -> dict[str, Exception]:
  """Computes metrics.

  Args:
    metrics: List of `Metric`.
    num_processes: Number of processes that fit classifiers; None for one a
      core.

  Returns:
    failures: Dictionary from the label of a metric to the error it raised.
  """
  failures = {}
  num_processes = num_processes or joblib.cpu_count()

  def attempt(metric, step):
    try:
      with stopping.unmasked():
        step()
    except Exception as error:  # Other metrics can still be computed.
      failures[metric.label], metric.fits = error, []

  with progress.progress(len(metrics), "sampling for metrics",
                         "metrics") as display, \
      workers.starting(num_processes) as start:
    if any(metric.name in _FITTING for metric in metrics):
      start()  # Processes start while this one samples.
    for metric in metrics:
      attempt(metric, metric.compute)
      if metric.fits:
        start()
      display.update(1, metric.label)
  owners = {id(fit): metric for metric in metrics for fit in metric.fits}
  fits = [fit for metric in metrics for fit in metric.fits]
  if not fits:
    return failures
  # Counted by cost: a few fits take most of the time.
  done, cost = 0, sum(fit.cost for fit in fits)
  with progress.progress(
      100, f"fitting {len(fits)} classifiers, the slowest first",
      "%") as display, \
      contextlib.closing(deferred.run(fits, num_processes)) as fitted:
    for fit in fitted:
      metric = owners[id(fit)]
      done += fit.cost
      display.update_to(100 * done // cost, metric.label)
      if metric.fits and metric.is_ready():
        attempt(metric, metric.finish)
  for metric in metrics:
    if metric.fits:  # `run` ended early: each metric fits the rest itself.
      attempt(metric, metric.finish)
  return failures
