"""TensorBoard's HParams view of a sweep.

Each run is a session in a file of its own folder; the seeds of one model are a
session group. The view's columns are what varies, and the main scores. It shows
one value of a setting for a whole group, so seeds of training have no column.
"""
import io
import os
import time
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sparse_disent.results import identity
from sparse_disent.results import models as models_lib
from sparse_disent.results import summary
from sparse_disent.results import table

# TensorBoard reads files with "tfevents" in their names.
FILE = "events.out.tfevents.hparams"


def files(models: Sequence[models_lib.Model], output: str) -> dict[str, bytes]:
  """Returns the files that TensorBoard reads, as contents by path.

  Args:
    models: List of `Model`, all below `output`.
    output: Folder of the sweep, TensorBoard's `--logdir`.
  """
  from tensorboard.plugins.hparams import summary as hparams  # Takes long.
  varied = [name for name in table.varied(models)
            if not identity.is_seed(name)]
  scores = [score for score in summary.scores(list(models)) if score.label]
  made = {os.path.join(output, FILE): _file([
      hparams.experiment_pb(_hparams(models, varied), _metrics(scores))])}
  for index, model in enumerate(models):
    for run in model.runs:
      values = {_tag(score): measured.value for score in scores
                for measured in score.values.get(index, ())
                if measured.run is run and measured.value is not None}
      made[str(run.path / FILE)] = _file([
          hparams.session_start_pb(_values(run, varied), group_name=model.key),
          _scalars(values), hparams.session_end_pb(_success())],
          step=run.bound("model.training_steps", 0))
  return made


def _values(run, varied):
  return {name: table.cell(run.config[name]) for name in varied
          if name in run.config}


def _hparams(models, varied):
  """Descriptions of what varies."""
  from tensorboard.plugins.hparams import api_pb2
  kinds = {name: {type(value) for model in models for run in model.runs
                  for value in _values(run, [name]).values()}
           for name in varied}
  return [api_pb2.HParamInfo(name=name, differs=True, type=(
      api_pb2.DATA_TYPE_STRING if str in found
      else api_pb2.DATA_TYPE_BOOL if found == {bool}
      else api_pb2.DATA_TYPE_FLOAT64)) for name, found in kinds.items()]


def _metrics(scores):
  """Descriptions of the main scores."""
  from tensorboard.plugins.hparams import api_pb2
  return [api_pb2.MetricInfo(
      name=api_pb2.MetricName(tag=_tag(score)),
      display_name=", ".join(filter(None, (
          score.label, score.representation)))) for score in scores]


def _success():
  from tensorboard.plugins.hparams import api_pb2
  return api_pb2.STATUS_SUCCESS


def _tag(score):
  return f"{score.place}/{score.name}"


def _scalars(values: Mapping[str, float]) -> Any:
  from tensorboard.compat.proto import summary_pb2
  return summary_pb2.Summary(value=[
      summary_pb2.Summary.Value(tag=tag, simple_value=value)
      for tag, value in values.items()])


def _file(summaries: Iterable[Any], step: int = 0) -> bytes:
  """The bytes of an event file."""
  from tensorboard.compat.proto import event_pb2
  from tensorboard.summary.writer import record_writer
  stream, now = io.BytesIO(), time.time()
  writer = record_writer.RecordWriter(stream)
  writer.write(event_pb2.Event(
      wall_time=now, file_version="brain.Event:2").SerializeToString())
  for each in summaries:
    # TensorFlow's message and TensorBoard's have the same bytes.
    event = event_pb2.Event(wall_time=now, step=step)
    event.summary.MergeFromString(each.SerializeToString())
    writer.write(event.SerializeToString())
  return stream.getvalue()
