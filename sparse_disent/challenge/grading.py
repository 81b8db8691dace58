"""The challenge's scores of a run: the starter kit's metrics and seeds."""
import contextlib
import os
import shutil
import tempfile

import numpy as np
import tensorflow_hub as hub
from disentanglement_lib.data.ground_truth import named_data

from sparse_disent.challenge import contract
from sparse_disent.challenge import scores
from sparse_disent.data import registry
from sparse_disent.evaluation import codes
from sparse_disent.evaluation import indexed
from sparse_disent.evaluation import metric_tasks
from sparse_disent.evaluation import protocol as protocol_lib
from sparse_disent.evaluation import table as table_lib
from sparse_disent.results import gin_files


def grade(run_dir, *, representation=None, default_dataset="cars3d",
          protocol=contract.PROTOCOL, num_processes=None):
  """Scores a run and writes what the challenge's server reads.

  Each score appears in metrics/METRIC whole or not at all. Former ones, which
  may be of another output, are removed once the metrics are to be computed.

  Args:
    run_dir: Folder of the run's output.
    representation: One of `contract.REPRESENTATIONS`; None for the first that
      is there, as on the server.
    default_dataset: Name of the data set, for a representation that was not
      made by upstream and does not say.
    protocol: Name or folder of a protocol; its metrics count.
    num_processes: Number of processes that fit classifiers; None for one a
      core.

  Returns:
    found: Dictionary from the name of a metric to its score; None if that is
      undefined.
    failures: Dictionary from the name of a metric to the error it raised.

  Raises:
    FileNotFoundError: If there is no representation or data set.
  """
  name = _choose(run_dir, representation)
  folder = os.path.join(run_dir, "representation")
  with tempfile.TemporaryDirectory() as temporary, \
      _open(folder, name) as represent:
    stand_in, dataset = _stand_in(folder, temporary, default_dataset)
    metrics = [
        metric_tasks.Metric(metric, gin_file, stand_in,
                            os.path.join(run_dir, "metrics", metric))
        for metric, gin_file in protocol_lib.load(protocol).metrics.items()]
    _give_codes(metrics, named_data.get_named_ground_truth_data(dataset),
                represent)
    for metric in metrics:
      _remove(os.path.join(run_dir, "metrics", metric.label))
    failures = metric_tasks.compute(metrics, num_processes)
  names = [metric.label for metric in metrics if metric.label not in failures]
  return scores.read(run_dir, names), failures


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
  # A pickle is a program: it raises anything.
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
  """Makes what upstream's `evaluate` looks for beside a representation.

  Returns:
    stand_in: Folder with the results of the steps before.
    dataset: Name of the data set that they name.
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


def _give_codes(metrics, data, represent):
  """Encodes each image at most once where that gives the same codes."""
  images = table = None
  if indexed.is_indexable(data):
    images = indexed.Indexed(data)
    table = table_lib.Table(
        lambda numbers: {"code": represent(images.observations(numbers))},
        images.size, "encoding")
    if not table.is_repeatable():
      table = None
  codes.give(metrics, data, represent, images, table)
