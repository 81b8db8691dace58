"""Scores of the same model with different seeds, and places among them."""
import dataclasses

from sparse_disent.baselines import record as record_lib
from sparse_disent.baselines import results
from sparse_disent.results import summary

# In these may differ what counts as one distribution.
_FREE = ("seed", "value", "undefined")
_SHARED = [field.name for field in dataclasses.fields(record_lib.Record)
           if field.name not in _FREE]
# The functions whose settings tell models apart in a few words.
_TELLING = (*results.METHODS, "encoder", "l0_pair", "sparse_vae")
_LONGEST_LABEL = 42
# Samples from which on quartiles and percentiles say more than the samples.
FEWEST = 5


@dataclasses.dataclass
class Distribution:
  """What is known of the scores of one model.

  Attributes:
    record: One of its records, for what all have in common.
    values: List of the scores, if there are samples.
    undefined: List of reasons, one for each undefined score.
  """

  record: record_lib.Record
  values: list
  undefined: list

  @property
  def landmarks(self):
    """Dictionary from names of `record.LANDMARKS` to numbers."""
    if not self.values:
      return dict(self.record.landmarks)
    spread = summary.spread(self.values)
    return {"min": spread.lowest, "q1": spread.lower, "median": spread.median,
            "q3": spread.upper, "max": spread.highest}

  @property
  def count(self):
    """Number of models, or None if it is not known."""
    return len(self.values) if self.values else self.record.count

  @property
  def origin(self):
    """Which baseline it is of, and whose code made it."""
    return f"{self.record.source}: {self.record.implementation}"

  @property
  def label(self):
    """The method and its hyperparameters in a few words."""
    pairs = [f"{name.split('.')[-1]}={_short(value)}"
             for name, value in self.record.settings
             if name.split(".")[0] in _TELLING]
    text = " ".join([self.record.method, *pairs, self.record.network]).strip()
    if len(text) > _LONGEST_LABEL:
      return text[:_LONGEST_LABEL - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return text


def group(records):
  """Groups records that differ in their seeds alone.

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


def place(value, distribution):
  """Says where a score falls in a distribution.

  Args:
    value: Number.
    distribution: A `Distribution`.

  Returns:
    String: among samples the percentile, the percentage of those below it
    with half of those equal to it, or among few samples the number of those
    below it; among quartiles the two that it is between, or the one that it
    cannot be told from; "" if nothing is known.
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
