"""Computes the challenge's scores, with the starter kit's metrics and seeds."""
import contextlib
import os
import shutil
import tempfile

import numpy as np
import tensorflow_hub as hub
from disentanglement_lib.data.ground_truth import named_data

from sparse_disent.challenge import contract
from sparse_disent.challenge import scores
from sparse_disent.common import locks
from sparse_disent.data import registry
from sparse_disent.evaluation import codes
from sparse_disent.evaluation import indexed
from sparse_disent.evaluation import metric_tasks
from sparse_disent.evaluation import protocol as protocol_lib
from sparse_disent.evaluation import table as table_lib
from sparse_disent.results import gin_files
from sparse_disent.results import ids


def grade(
    run_dir: str, *, representation: str | None = None,
    default_dataset: str = "cars3d", protocol: str = contract.PROTOCOL,
    num_processes: int | None = None
) -> tuple[dict[str, float | None], dict[str, Exception]]:
  """Scores a run and writes the files that the challenge's server reads.

  Each score appears in metrics/METRIC whole or not at all. Former scores of
  this output stay until then. Those of another output are removed before.

  Args:
    run_dir: Folder of the run's output.
    representation: One of `contract.REPRESENTATIONS`; None for the first that
      exists, as on the server.
    default_dataset: Name of the data set, for a representation without results
      of upstream's postprocessing, which would name it.
    protocol: Name or folder of a protocol, whose metrics are computed.
    num_processes: Number of processes that fit classifiers; None for one per
      core.

  Returns:
    found: Dictionary from the name of a metric to its score; None if that is
      undefined.
    failures: Dictionary from the name of a metric to the error that it raised.

  Raises:
    FileNotFoundError: If there is no representation or data set.
    locks.OutputInUse: If another process is scoring the run.
  """
  name = _choose(run_dir, representation)
  folder = os.path.join(run_dir, "representation")
  with locks.owned(os.path.join(run_dir, "metrics")), \
      tempfile.TemporaryDirectory() as temporary, \
      _open(folder, name) as represent:
    stand_in, dataset = _stand_in(folder, temporary, default_dataset)
    definitions = {
        metric: metric_tasks.Definition.read(gin_file)
        for metric, gin_file in protocol_lib.load(protocol).metrics.items()}
    source = _source(
        named_data.get_named_ground_truth_data(dataset), represent)
    metrics = [
        metric_tasks.Metric(metric, definition, source(definition), stand_in,
                            os.path.join(run_dir, "metrics", metric))
        for metric, definition in definitions.items()]
    former = {metric.label: os.path.join(run_dir, "metrics", metric.label)
              for metric in metrics}
    for place in former.values():
      if not _is_of(place, folder):
        _remove(place)
    failures = metric_tasks.compute(metrics, num_processes)
    for label in failures:
      _remove(former[label])
  names = [metric.label for metric in metrics if metric.label not in failures]
  return scores.read(run_dir, names), failures


def _is_of(place, folder):
  """Tells whether a score was made from the representation that is there."""
  made_from = ids.result_id(place, "postprocess")
  return made_from is not None and made_from == ids.result_id(
      folder, "postprocess")


def _remove(folder):
  if os.path.exists(folder):
    shutil.rmtree(os.path.realpath(folder))


def _choose(run_dir, name):
  folder = os.path.join(run_dir, "representation")
  wanted = [name] if name else contract.REPRESENTATIONS
  for one in wanted:
    if os.path.exists(os.path.join(folder, one)):
      return one
  raise FileNotFoundError(
      f"There is no {' and no '.join(wanted)} in '{folder}': the run is not "
      "complete, or its name is another AICROWD_EVALUATION_NAME. Make it with "
      "`sparse-disent challenge run`.")


@contextlib.contextmanager
def _open(folder, name):
  """Yields the function from observations to codes."""
  path = os.path.join(folder, name)
  if name == "tfhub":
    with hub.eval_function_for_module(path) as evaluate:
      yield lambda images: evaluate(
          dict(images=images), signature="representation",
          as_dict=True)["default"]
  else:
    yield _from_file(path)


def _from_file(path):
  import dill
  try:
    with open(path, "rb") as file:
      function = dill.load(file)
  # A pickle is a program and can raise any error.
  except Exception as error:
    raise ValueError(
        f"'{path}' cannot be loaded ({type(error).__name__}: {error}). Make it "
        "again with `sparse-disent challenge run --overwrite`.") from error

  def represent(images):
    output = function(np.moveaxis(images, 3, 1))
    if not isinstance(output, np.ndarray) or output.ndim != 2:
      raise ValueError(
          f"What is in '{path}' must return an array [batch_size, num_codes], "
          f"but returned {type(output).__name__} {np.shape(output)}.")
    return output

  return represent


def _stand_in(folder, temporary, default_dataset):
  """Makes a folder in which upstream's `evaluate` finds former results.

  Returns:
    stand_in: Folder with the results of the steps before.
    dataset: Name of the data set in these results.
  """
  stand_in = os.path.join(temporary, "representation")
  os.makedirs(os.path.join(stand_in, "tfhub"))
  copied = os.path.join(stand_in, "results")
  if os.path.isdir(os.path.join(folder, "results")):
    shutil.copytree(os.path.join(folder, "results"), copied)
  path = os.path.join(copied, "gin", "postprocess.gin")
  if not os.path.isfile(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
      file.write(f"dataset.name = {default_dataset!r}\n")
  dataset = gin_files.recorded(stand_in, "postprocess")["dataset.name"]
  registry.import_what_is_recorded(dataset, path)
  return stand_in, dataset


def _source(data, represent):
  """Returns a function from definitions of metrics to their sources.

  Each image is encoded at most once where that gives the same codes.
  """
  images = table = None
  if indexed.is_indexable(data):
    images = indexed.Indexed(data)
    table = table_lib.Table(
        lambda numbers: {"code": represent(images.observations(numbers))},
        images.size, "encoding")
    if not table.is_repeatable():
      table = None
  return lambda definition: codes.source(
      definition, data, represent, images, table)
