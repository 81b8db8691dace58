"""Scores of representations that do not come from a TensorFlow module."""
import functools
import json
import os
import tempfile
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data
from disentanglement_lib.data.ground_truth import named_data

from sparse_disent.common import checks
from sparse_disent.common import masked_values
from sparse_disent.data import names
from sparse_disent.evaluation import array_data
from sparse_disent.evaluation import codes
from sparse_disent.evaluation import draws
from sparse_disent.evaluation import indexed
from sparse_disent.evaluation import metric_tasks
from sparse_disent.evaluation import protocol as protocol_lib
from sparse_disent.evaluation import table

# Name under which arrays are evaluated: a data set of upstream's that needs no
# file.
_NAME = "dummy_data"


def evaluate_arrays(representations: np.ndarray, factors: np.ndarray, *,
                    protocol: str = "unsupervised_study_v1",
                    metrics: Sequence[str] | None = None, num_bins: int = 20,
                    num_processes: int | None = None) -> dict:
  """Scores codes of points with known factors, with upstream's metrics.

  A metric draws each row at most once, so its training and test sets have no
  row in common. If it has several values of `num_train`, each of them draws
  from all rows again. If there are fewer rows than the metric asks for, its
  sets are made smaller in proportion.

  Metrics that intervene on factors, such as the BetaVAE and FactorVAE scores,
  need a row for every combination of factors. They draw rows with replacement.

  Args:
    representations: Array [num_points, num_codes], finite. Integers, Booleans,
      float16 and long doubles are scored as the same numbers in float64.
    factors: Array [num_points, num_factors]. A column of whole numbers is
      discrete and used as it is. A column counts as continuous if it has other
      numbers, or if it has more than `num_bins` values and fewer than two rows
      a value. Continuous columns are divided into bins of equal width, as
      upstream divides codes.
    protocol: Name or folder of a protocol; see `protocol.load`. Only its
      metrics count.
    metrics: List of names of the metrics to compute; None for all.
    num_bins: Number of bins of continuous factors.
    num_processes: Number of processes that fit classifiers; None for one a
      core.

  Returns:
    scores: Dictionary from the name of a metric to a dictionary of its results.
      Its entry "rows" says which rows the metric drew. If the metric raised an
      error, the dictionary is {"undefined": reason}. If factors were binned,
      `scores["binned_factors"]` lists their columns.

  Raises:
    FileNotFoundError: If there is no such protocol.
    ValueError: If the arrays do not belong together or are not finite, or if
      another argument is not what it should be.
  """
  chosen = _chosen(protocol, metrics, num_processes)
  checks.check(checks.is_integer(num_bins, 2), "num_bins",
               "be 2 or more", num_bins, "Give an integer.")
  representations, factors = _points(representations, factors)
  factors, continuous = _binned(factors, num_bins)
  rows = _Rows(representations, factors)
  scores = _scores(rows.source, _NAME, chosen, num_processes)
  rows.report(scores)
  if continuous:
    scores["binned_factors"] = continuous
  return scores


def evaluate_function(function: Callable[[np.ndarray], np.ndarray],
                      dataset_name: str | ground_truth_data.GroundTruthData, *,
                      protocol: str = "unsupervised_study_v1",
                      metrics: Sequence[str] | None = None,
                      num_processes: int | None = None) -> dict:
  """Scores any function from images to codes, with upstream's metrics.

  Args:
    function: Function from images, float32 [batch_size, height, width,
      channels], to codes, [batch_size, num_codes]. It may call a model of any
      framework. First of all it is tried on some images.
    dataset_name: A `dataset.name`, such as "dsprites_full", or an object of
      type GroundTruthData.
    protocol: See `evaluate_arrays`.
    metrics: See `evaluate_arrays`.
    num_processes: See `evaluate_arrays`.

  Returns:
    scores: See `evaluate_arrays`.

  Raises:
    FileNotFoundError: If a file of the data set is missing, or if there is no
      such protocol.
    ValueError: If there is no such data set or metric, or if the function
      returns something else than finite codes.
  """
  chosen = _chosen(protocol, metrics, num_processes)
  if isinstance(dataset_name, str):
    data = named_data.get_named_ground_truth_data(dataset_name)
  else:
    data = names.check_data(dataset_name, "dataset_name")
    dataset_name = type(data).__name__
  errors = []
  function = functools.partial(_checked, function, errors)
  images = codes_of = None
  if indexed.is_indexable(data):
    images = indexed.Indexed(data)
    codes_of = table.Table(
        lambda numbers: {"code": function(images.observations(numbers))},
        images.size, "encoding")
    if not codes_of.is_repeatable():
      codes_of = None
  else:
    function(data.sample_observations(
        table.NUM_TRIED, np.random.RandomState(0)))
  scores = _scores(
      lambda unused_label, definition: codes.source(
          definition, data, function, images, codes_of),
      dataset_name, chosen, num_processes)
  if errors:  # The function failed, not a metric: all scores are invalid.
    raise errors[0]
  return scores


def _points(representations, factors):
  """Returns both as matrices with a row for each point."""
  representations = _codes("representations", representations)
  factors = _matrix("factors", factors)
  if factors.dtype.kind == "f" and not _is_usual(factors):
    factors = factors.astype(np.float64)  # Edges of bins get the same type.
  if len(representations) != len(factors):
    raise ValueError(
        f"representations and factors must have a row for each point, but have "
        f"{len(representations)} and {len(factors)} rows.")
  if len(factors) < 2:
    raise ValueError(
        "representations and factors must have two rows or more, but have "
        f"{len(factors)}.")
  return representations, factors


def _binned(factors, num_bins):
  """Divides continuous columns into bins; returns their numbers as well."""
  continuous = [i for i, column in enumerate(factors.T)
                if _is_continuous(column, num_bins)]
  factors = factors.copy()
  for i in continuous:
    edges = np.histogram_bin_edges(factors[:, i], num_bins)
    factors[:, i] = np.digitize(factors[:, i], edges[1:-1])
  return factors, continuous


def _matrix(name, array):
  masked_values.check(name, array)
  array = np.asarray(array)
  if array.ndim != 2 or not array.size or array.dtype.kind not in "biuf":
    raise ValueError(
        f"{name} must be a matrix of numbers with a row for each point, but "
        f"has the shape {array.shape} and the type {array.dtype}.")
  if not np.isfinite(array).all():
    row = int(np.argwhere(~np.isfinite(array))[0, 0])
    raise ValueError(
        f"{name} must be finite, but row {row} is {array[row]}. Remove it.")
  return array


def _codes(name, array):
  """Returns codes as float32 or float64.

  Metrics subtract codes, which wraps in bytes, and keep bins in arrays of the
  codes' type, where Booleans hold a single one. No metric takes wider floats.
  """
  array = _matrix(name, array)
  return array if _is_usual(array) else array.astype(np.float64)


def _is_usual(array):
  """Tells whether an array is of float32 or float64."""
  return array.dtype.kind == "f" and array.dtype.itemsize in (4, 8)


def _checked(function, errors, images):
  """Encodes images; keeps errors, which computing the metrics would hide."""
  try:
    output = _codes("what the function returns", function(images))
    if len(output) != len(images):
      raise ValueError(
          f"The function returned {len(output)} codes for {len(images)} "
          "images: it must return one row for each.")
  except Exception as error:
    errors.append(error)
    raise
  return output


def _chosen(protocol, metrics, num_processes):
  """Returns the protocol with the chosen metrics; first checks arguments."""
  metric_tasks.check_processes(num_processes)
  return protocol_lib.load(protocol).only(metrics=metrics)


def _is_continuous(column, num_bins):
  """Tells whether the values of a factor are too many to be classes."""
  if not np.array_equal(column, np.round(column)):
    return True
  num_values = len(np.unique(column))
  return num_values > num_bins and 2 * num_values > len(column)


class _Rows:
  """Rows of arrays for metrics to draw from; remembers what each one drew."""

  def __init__(self, representations, factors):
    self._representations, self._factors = representations, factors
    self._drawn = {}

  def source(self, label, definition):
    """Returns the source of a metric: its rows, and how many it draws."""
    plan = draws.plan(definition.gin_file, definition.name, definition.function,
                      len(self._factors))
    return metric_tasks.Source(
        functools.partial(self._start, label, plan), plan.bindings)

  def _start(self, label, plan):
    data = array_data.ArrayData(self._factors, plan.blocks)
    self._drawn[label] = plan, data
    return data, lambda rows: self._representations[rows.numbers]

  def report(self, scores):
    """Adds "rows" to the scores of each metric: which rows it drew."""
    for label, (plan, data) in self._drawn.items():
      if "undefined" not in scores[label]:
        replaced = plan.blocks and data.has_replaced
        scores[label]["rows"] = plan.text + (
            "; others drawn with replacement" if replaced else "")


def _scores(source, name, chosen, num_processes):
  """Computes metrics; `source` makes the `Source` of (label, definition)."""
  with tempfile.TemporaryDirectory() as folder:
    representation = _stand_in(folder, name)
    definitions = {metric: metric_tasks.Definition.read(gin_file)
                   for metric, gin_file in chosen.metrics.items()}
    failures = metric_tasks.compute(
        [metric_tasks.Metric(
            metric, definition, source(metric, definition), representation,
            os.path.join(folder, metric))
         for metric, definition in definitions.items()], num_processes)
    return {metric: {"undefined": metric_tasks.reason(failures[metric])}
            if metric in failures else _read(folder, metric)
            for metric in chosen.metrics}


def _stand_in(folder, dataset_name):
  """Makes the files of a representation that upstream's `evaluate` reads."""
  representation = os.path.join(folder, ".representation")
  os.makedirs(os.path.join(representation, "tfhub"))
  gin = os.path.join(representation, "results", "gin")
  os.makedirs(gin)
  with open(os.path.join(gin, "postprocess.gin"), "w") as file:
    file.write(f"dataset.name = '{dataset_name}'\n")
  return representation


def _read(folder, metric):
  path = os.path.join(
      folder, metric, "results", "json", "evaluation_results.json")
  with open(path) as file:
    results = json.load(file)
  return {name: value for name, value in results.items()
          if name not in ("uuid", "elapsed_time")}
