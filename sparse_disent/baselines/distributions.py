"""Distributions of scores over seeds, and the place of a score in them."""
import dataclasses

from sparse_disent.baselines import record as record_lib
from sparse_disent.baselines import results
from sparse_disent.results import summary

# Fields in which the records of one distribution may differ.
_FREE = ("seed", "value", "undefined")
_SHARED = [field.name for field in dataclasses.fields(record_lib.Record)
           if field.name not in _FREE]
# Functions whose settings appear in the label of a model.
_TELLING = (*results.METHODS, "encoder", "l0_pair", "sparse_vae")
_LONGEST_LABEL = 90
# Fewest samples for which quartiles and percentiles are shown; fewer samples
# are shown themselves.
FEWEST = 5


@dataclasses.dataclass
class Distribution:
  """The scores of one model, as samples or as landmarks.

  Attributes:
    record: One of its records, for the fields that all have in common.
    values: List of the scores; empty if only landmarks are known.
    undefined: List of reasons, one for each undefined score.
  """

  record: record_lib.Record
  values: list
  undefined: list

  @property
  def landmarks(self) -> dict[str, float]:
    """Dictionary from names in `record.LANDMARKS` to numbers."""
    if not self.values:
      return dict(self.record.landmarks)
    spread = summary.spread(self.values)
    return {"min": spread.lowest, "q1": spread.lower, "median": spread.median,
            "q3": spread.upper, "max": spread.highest}

  @property
  def count(self) -> int | None:
    """Number of models, or None if it is not known."""
    return len(self.values) if self.values else self.record.count

  @property
  def origin(self) -> str:
    """Name of the baseline, and of the code that made it."""
    return f"{self.record.source}: {self.record.implementation}"

  @property
  def label(self) -> str:
    """The method and its hyperparameters, such as "beta_vae, beta 4"."""
    pairs = [f"{name.split('.')[-1]} {_short(value)}"
             for name, value in self.record.settings
             if name.split(".")[0] in _TELLING]
    text = ", ".join(filter(
        None, [self.record.method, *pairs, self.record.network]))
    if len(text) > _LONGEST_LABEL:
      return text[:_LONGEST_LABEL - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return text


def group(records: list[record_lib.Record]) -> list[Distribution]:
  """Groups records that differ only in their seeds and scores.

  Args:
    records: List of `Record`.

  Returns:
    List of `Distribution` in the order of their first records.
  """
  found = {}
  for record in records:
    key = tuple(getattr(record, name) for name in _SHARED)
    entry = found.setdefault(key, Distribution(record, [], []))
    if record.value is not None:
      entry.values.append(record.value)
    elif record.undefined:
      entry.undefined.append(record.undefined)
  return list(found.values())


def place(value: float, distribution: Distribution) -> str:
  """Describes the place of a score in a distribution.

  Args:
    value: The score.
    distribution: A `Distribution`.

  Returns:
    String. With at least `FEWEST` samples it is a percentile such as "75 %":
    the percentage of samples below the score, plus half of those equal to it.
    With fewer samples it is the number below, such as "above 2 of 3", and with
    one "above", "equal" or "below". If only landmarks are known, it is such as
    "q1 to median", or "at q1" within the accuracy of the source. It is "" if
    nothing is known.
  """
  values = distribution.values
  below = sum(other < value for other in values)
  equal = sum(other == value for other in values)
  if len(values) == 1:
    return "equal" if equal else "above" if below else "below"
  if 0 < len(values) < FEWEST:
    return f"above {below} of {len(values)}"
  if values:
    return f"{100 * (below + equal / 2) / len(values):.0f} %"
  return _between(value, distribution)


def _between(value, distribution):
  known = list(distribution.landmarks.items())
  nearest = min(known, key=lambda pair: abs(value - pair[1]), default=None)
  if nearest and abs(value - nearest[1]) <= distribution.record.accuracy:
    return f"at {nearest[0]}"
  lower = [name for name, landmark in known if landmark < value]
  upper = [name for name, landmark in known if landmark > value]
  if lower and upper:
    return f"{lower[-1]} to {upper[0]}"
  if lower or upper:
    return f"above {lower[-1]}" if lower else f"below {upper[0]}"
  return ""


def _short(text):
  try:
    return f"{float(text):g}"
  except ValueError:
    return text.strip("'@()")
