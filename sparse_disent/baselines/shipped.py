"""Published scores that come with the package."""
import csv
import json
import pathlib

from sparse_disent.baselines import conditions
from sparse_disent.baselines import record as record_lib
from sparse_disent.results import identity

_DATA = pathlib.Path(__file__).parent / "data"
_NUMBERS = {"seed": int, "value": float, "count": int, "steps": int,
            "num_latent": int, "accuracy": float}
_IGNORED = ("model_num",)


def sources() -> dict[str, dict]:
  """Returns a dictionary from names of baselines to their descriptions."""
  return json.loads((_DATA / "sources.json").read_text(encoding="utf-8"))


def read(name: str) -> list[record_lib.Record]:
  """Reads a baseline.

  Args:
    name: A key of `sources`.

  Returns:
    List of `Record`.
  """
  source = sources()[name]
  with open(_DATA / source["file"], encoding="utf-8", newline="") as file:
    return [_record(name, source, row) for row in csv.DictReader(file)]


def _record(name, source, row):
  told = {**source["defaults"],
          **{key: _NUMBERS.get(key, str)(text) for key, text in row.items()
             if text and key not in (*record_lib.LANDMARKS, *_IGNORED)}}
  landmarks = tuple((key, float(row[key])) for key in record_lib.LANDMARKS
                    if row.get(key))
  settings = tuple(tuple(pair.split("="))
                   for pair in told.pop("settings").split(";"))
  told.setdefault("representation", "")
  told.setdefault("num_latent", identity.bound(
      dict(settings), "encoder.num_latent"))
  if told["metric"] == record_lib.TRAINING:
    config = ()
  else:
    config = source["configs"].get(told["metric"])
  return record_lib.Record(
      source=name, settings=settings, landmarks=landmarks,
      config=None if config is None else conditions.relevant(config), **told)
