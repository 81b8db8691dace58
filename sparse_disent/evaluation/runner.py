"""Runs a whole protocol on models, with upstream's own metric code."""
import os
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from sparse_disent.evaluation import metric_tasks
from sparse_disent.evaluation import model_task
from sparse_disent.evaluation import request as request_lib
from sparse_disent.evaluation import shared_data
from sparse_disent.results import model_dirs as model_dirs_lib


def evaluate(protocol: str, model_dir: str, *, output_dir: str | None = None,
             overwrite: bool = False,
             representations: Sequence[str] | None = None,
             metrics: Sequence[str] | None = None, seeds: int = 1,
             gin_bindings: Sequence[str] = (),
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
    seeds: Number of seeds of each metric: the protocol's own, and the integers
      that follow it. Results of seed 1 go to `METRIC_seed_1`.
    gin_bindings: Bindings that are made after those of the gin files. Results
      that were made without them are not taken for the same.
    num_processes: Number of processes that fit classifiers; None for one a
      core.

  Returns:
    failures: Dictionary from "REPRESENTATION/METRIC", a representation or
      "pictures" to the error that it raised. All results that are not in it
      have been written.

  Raises:
    FileNotFoundError: If there is no such protocol, model or data set.
    ValueError: If there are results of another model or with other settings,
      or if an argument is invalid.
  """
  metric_tasks.check_processes(num_processes)
  request = request_lib.read(
      protocol, representations=representations, metrics=metrics,
      overwrite=overwrite, seeds=seeds, gin_bindings=gin_bindings)
  if output_dir is None:
    output_dir = os.path.dirname(os.path.abspath(model_dir))
  task = model_task.ModelTask(model_dir, output_dir, request)
  return task.run(shared_data.SharedData(), num_processes).failures


def evaluate_models(protocol: str, model_dirs: Sequence[str], *,
                    output_dir: str | None = None,
                    num_processes: int | None = None, **options: Any
                    ) -> Iterator[model_task.Outcome]:
  """Does the same as `evaluate` for several models, one after the other.

  Data set, compiled code and the processes that fit classifiers are shared. All
  models are checked before any work. A model that fails stops no other.

  Args:
    protocol: See `evaluate`.
    model_dirs: Folders of models, or folders that hold models at any depth.
    output_dir: Folder for results. Each model gets a folder in it, unless
      `model_dirs` is the folder of one model. None for the parent of each.
    num_processes: See `evaluate`.
    **options: Further arguments of `evaluate`.

  Returns:
    Iterator of an `Outcome` for each model. It has to be run through.

  Raises:
    FileNotFoundError: If there is no such protocol, model or data set.
    ValueError: As for `evaluate`, or if two models have the same `output_dir`.
  """
  metric_tasks.check_processes(num_processes)
  request = request_lib.read(protocol, **options)
  places = model_dirs_lib.output_dirs(model_dirs, output_dir)
  tasks, problems = [], []
  for model_dir, place in places.items():
    try:
      tasks.append(model_task.ModelTask(model_dir, place, request))
    except (OSError, ValueError) as error:
      problems.append(error)
  if len(problems) == 1:
    raise problems[0]
  if problems:
    raise ValueError(f"{len(problems)} of {len(places)} models cannot be "
                     f"evaluated. {' '.join(map(str, problems))}")
  return _outcomes(tasks, num_processes)


def _outcomes(tasks, num_processes):
  data_sets = shared_data.SharedData()
  while tasks:
    task = tasks.pop(0)  # Frees the memory of those that have run.
    try:
      yield task.run(data_sets, num_processes)
    except Exception as error:
      task.outcome.failures["model"] = error
      yield task.outcome
