"""Turns own runs into records."""
import dataclasses
import zlib
from typing import Any

from sparse_disent.baselines import record as record_lib
from sparse_disent.baselines import results
from sparse_disent.data import origin
from sparse_disent.results import models as models_lib
from sparse_disent.results import repeats
from sparse_disent.results import runs as runs_lib

SOURCE = "own"
_SHARED = [field.name for field in dataclasses.fields(record_lib.Record)
           if field.name not in ("value", "undefined")]


def records(models: list[models_lib.Model],
            data: str | None = None) -> list[list[record_lib.Record]]:
  """Makes the records of own models.

  Of the settings they have those that tell the models apart.

  Args:
    models: List of `results.models.Model`.
    data: Origin of dSprites; None to take that of the file in the data
      directory.

  Returns:
    List with one list of `Record` for each model.
  """
  told = [dataclasses.replace(model, settings=settings) for model, settings
          in zip(models, models_lib.told(models), strict=True)]
  return [[record for run in model.runs
           for record in run_records(model, run, data)] for model in told]


def run_records(model: models_lib.Model, run: runs_lib.Run,
                data: str | None = None) -> list[record_lib.Record]:
  """Returns the records of one run of a model; arguments as for `records`.

  A score that was measured several times in the same way counts once, with the
  mean: in folders of two names, or on two extractions of one representation.
  """
  dataset = str(run.bound("dataset.name", "unknown"))
  common: dict[str, Any] = {
      "source": SOURCE, "implementation": "own runs", "dataset": dataset,
      "data": record_lib.origin_of(dataset, data or origin.at_hand(dataset)),
      "method": model.name, "settings": tuple(sorted(
          (name, _shortened(text)) for name, text in model.settings.items())),
      "provenance": "own result files", "training": run.config}
  made = results.records(
      trained=run.training, evaluated={}, config={}, postprocessing={},
      folder="", **common)
  for metric in repeats.of_run(run):
    made += results.records(
        trained={}, evaluated=metric.results, config={
            name: _shortened(text) for name, text in metric.config.items()},
        postprocessing=metric.postprocessing, folder=metric.representation,
        **common)
  found: dict[tuple, list[record_lib.Record]] = {}
  for record in made:
    key = tuple(getattr(record, name) for name in _SHARED)
    found.setdefault(key, []).append(record)
  return [_mean(records) for records in found.values()]


def _shortened(text):
  """A setting of any length, such as a list of combinations, for a record.

  A checksum tells apart those that begin alike.
  """
  if len(text) <= record_lib.LONGEST:
    return text
  end = f"... {zlib.crc32(text.encode()):08x}"
  return text[:record_lib.LONGEST - len(end)] + end


def _mean(records):
  """One record of records that differ in their values alone."""
  values = [record.value for record in records if record.value is not None]
  if len(records) == 1 or not values:
    return records[0]
  return dataclasses.replace(
      records[0], value=sum(values) / len(values), undefined="")
