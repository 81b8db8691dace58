"""The evaluation of one model: what is missing, and how it is made."""
import contextlib
import dataclasses
import os

from sparse_disent.common import absent
from sparse_disent.common import locks
from sparse_disent.common import stopping
from sparse_disent.data import files
from sparse_disent.data import registry
from sparse_disent.evaluation import codes
from sparse_disent.evaluation import metric_tasks
from sparse_disent.evaluation import pictures
from sparse_disent.evaluation import representations
from sparse_disent.evaluation import request as request_lib
from sparse_disent.evaluation import shared_data
from sparse_disent.evaluation import trained_data
from sparse_disent.results import gin_files


@dataclasses.dataclass
class Outcome:
  """The results of one model.

  Attributes:
    model_dir: Folder of the model.
    output_dir: Folder of its results.
    done: Labels, "REPRESENTATION/METRIC", of results that were there before.
    made: Labels of results that were computed.
    failures: Dictionary from a label, a representation, "pictures" or "model"
      to the error that it raised.
  """

  model_dir: str
  output_dir: str
  done: list[str] = dataclasses.field(default_factory=list)
  made: list[str] = dataclasses.field(default_factory=list)
  failures: dict[str, Exception] = dataclasses.field(default_factory=dict)

  def __str__(self) -> str:
    """One line: the model, and the numbers of its results."""
    counts = ", ".join(
        f"{len(labels)} {what}" for labels, what in (
            (self.made, "made"), (self.done, "done before"),
            (self.failures, "failed")) if labels)
    return f"{self.model_dir}: {counts or 'nothing to do'}"

  def reasons(self) -> dict[str, str]:
    """Dictionary from the labels of failures to their reasons, in one line."""
    return {label: metric_tasks.reason(error)
            for label, error in self.failures.items()}


class ModelTask:
  """The missing results of one model.

  Attributes:
    outcome: The `Outcome`, which `run` completes.
  """

  def __init__(self, model_dir: str, output_dir: str,
               request: request_lib.Request):
    """Checks the model and finds what is missing; raises errors."""
    _check_model(model_dir)
    self._model_dir = model_dir
    self._metrics = os.path.join(output_dir, "metrics")
    self._pictures = os.path.join(output_dir, "pictures")
    planned = [representations.Representation(
        name, model_dir, output_dir, request)
               for name in request.representations]
    self._plan = [each for each in planned if each.missing]
    self.outcome = Outcome(model_dir, output_dir, done=[
        f"{each.name}/{metric}" for each in planned for metric in each.done])

  def run(self, data_sets: shared_data.SharedData,
          num_processes: int | None) -> Outcome:
    """Makes what is missing.

    Args:
      data_sets: Loads the model's data set.
      num_processes: Number of processes that fit classifiers; None for one a
        core.

    Raises:
      locks.OutputInUse: Another process is evaluating the model.
    """
    if not self._plan and pictures.are_drawn(
        self._pictures, self._model_dir):
      locks.settle(self._metrics)
      return self.outcome
    # The lock is beside `metrics`: the folder above may belong to others.
    with locks.owned(self._metrics), stopping.going_on(
        "The same command goes on: metrics that are finished are kept."):
      return self._run(data_sets, num_processes)

  def _run(self, data_sets, num_processes):
    data, settings, images = data_sets.load(self._model_dir)
    self._measure(data, settings, images, num_processes)
    try:
      with stopping.unmasked(), trained_data.configured(settings):
        pictures.write(self._model_dir, self._pictures, data)
    except (OSError, ValueError) as error:  # The scores are written already.
      self.outcome.failures["pictures"] = error
    return self.outcome

  def _measure(self, data, settings, images, num_processes):
    failures = self.outcome.failures
    with contextlib.ExitStack() as stack:
      posteriors = images and stack.enter_context(
          codes.posteriors(images, self._model_dir))
      tasks: list[metric_tasks.Metric] = []
      for representation in self._plan:
        try:
          with stopping.unmasked(), registry.load_instead(data):
            representation.extract(settings)
          tasks += representation.metrics(
              data, settings, images, posteriors, stack)
        except Exception as error:  # Others can still be extracted.
          failures[representation.name] = error
      failures.update(metric_tasks.compute(tasks, num_processes))
    for task in tasks:
      if task.label in failures:
        task.fail(failures[task.label])
      else:
        self.outcome.made.append(task.label)


def _check_model(model_dir):
  """Raises an error unless a model and its data set are there."""
  if not os.path.isdir(os.path.join(model_dir, "tfhub")):
    raise FileNotFoundError(absent.explain(
        model_dir, f"There is no model in '{model_dir}': it has no folder "
        "'tfhub'.", "Give the model_dir of dlib_train."))
  config = gin_files.read(model_dir)
  name = config.get("dataset", {}).get("name")
  if name is None:
    raise FileNotFoundError(absent.explain(
        model_dir, f"The model in '{model_dir}' is not complete: there is no "
        f"dataset.name in '{gin_files.path(model_dir)}', which dlib_train "
        "writes when it ends.", "Train the model again."))
  registry.import_what_is_recorded(name, gin_files.path(model_dir))
  files.check_available(name)
