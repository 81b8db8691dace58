"""Compares own runs with baselines, by metric and data set."""
import dataclasses

from sparse_disent.baselines import conditions
from sparse_disent.baselines import distributions
from sparse_disent.baselines import matching
from sparse_disent.baselines import own as own_lib
from sparse_disent.baselines import sources as sources_lib
from sparse_disent.results import headlines
from sparse_disent.results import models as models_lib
from sparse_disent.results import runs as runs_lib


@dataclasses.dataclass
class Beside:
  """A baseline that is compared with own models.

  Attributes:
    key: Its number in pictures.
    distribution: A `Distribution`.
    remarks: Dictionary from remarks on the comparison to the keys of the own
      models that they concern.
  """

  key: str
  distribution: distributions.Distribution
  remarks: dict


@dataclasses.dataclass
class Panel:
  """One score of one representation, measured in one way, on one data set.

  Attributes:
    dataset: Upstream's name.
    representation: Its name; "" for the training's own scores.
    metric: Gin name of the metric.
    score: Key in its results.
    conditions: Settings of the metric in own runs, as text.
    own: List of (key, `Distribution`), one for each own model.
    beside: List of `Beside`, the comparable baselines.
    apart: List of (`Distribution`, reasons), the baselines that are not
      comparable.
    told: Conditions that tell this panel from others of the same score.
  """

  dataset: str
  representation: str
  metric: str
  score: str
  conditions: str
  own: list
  beside: list = dataclasses.field(default_factory=list)
  apart: list = dataclasses.field(default_factory=list)
  told: str = ""

  @property
  def label(self) -> str:
    """Name of the score for readers."""
    return ", ".join(filter(
        None, (headlines.label(self.metric, self.score), self.told)))

  @property
  def place(self) -> str:
    """Data set and representation, such as "dsprites_full, mean"."""
    return ", ".join(filter(None, (self.dataset, self.representation)))


@dataclasses.dataclass
class Comparison:
  """The content of a page.

  Attributes:
    models: List of `results.models.Model`, the own ones.
    sources: List of `sources.Source`.
    panels: List of `Panel`s with baselines.
    alone: List of `Panel`s without baselines.
    elsewhere: Dictionary from data sets without own runs to the number of
      baselines on them.
    origins: Dictionary from data sets of own runs to the origin of dSprites.
  """

  models: list
  sources: list
  panels: list
  alone: list
  elsewhere: dict
  origins: dict


def compare(runs: list[runs_lib.Run], sources: list[sources_lib.Source],
            data: str | None = None) -> Comparison:
  """Compares own runs with baselines.

  Args:
    runs: List of `results.runs.Run`.
    sources: List of `sources.Source`.
    data: Origin of the own runs' dSprites; None to take that of the file in the
      data directory.

  Returns:
    A `Comparison`.
  """
  models = models_lib.group(runs)
  own = own_lib.records(models, data)
  baselines = [
      baseline for source in sources for baseline in sorted(
          distributions.group(source.records),
          key=lambda found: (found.record.source, found.record.implementation))]
  panels = _panels(models, own)
  for panel in panels:
    _fill(panel, baselines)
  datasets = {record.dataset: record.data for records in own
              for record in records}
  elsewhere = {}
  for baseline in baselines:
    name = baseline.record.dataset
    if name not in datasets:
      elsewhere[name] = elsewhere.get(name, 0) + 1
  return Comparison(
      models, sources, [p for p in panels if p.beside or p.apart],
      [p for p in panels if not (p.beside or p.apart)], elsewhere, datasets)


def _panels(models, own):
  """One panel for each score and settings of its metric; main scores first."""
  found = {}
  for model, records in zip(models, own, strict=True):
    for distribution in distributions.group(records):
      record = distribution.record
      key = (record.dataset, record.representation, record.metric,
             record.score, record.config)
      panel = found.setdefault(key, Panel(
          *key[:4], _conditions(record.config), []))
      panel.own.append((model.key, distribution))
  _tell_apart(found.values())
  order = [(metric, name) for metric, names in headlines.HEADLINES.items()
           for name in names]
  return sorted(found.values(), key=lambda panel: (
      panel.dataset, panel.representation,
      order.index((panel.metric, panel.score))
      if (panel.metric, panel.score) in order else len(order)))


def _tell_apart(panels):
  """Names the conditions in which panels of the same score differ."""
  same: dict[tuple, list[Panel]] = {}
  for panel in panels:
    same.setdefault((panel.dataset, panel.representation, panel.metric,
                     panel.score), []).append(panel)
  for group in same.values():
    parts = [panel.conditions.split("; ") for panel in group]
    common = set(parts[0]).intersection(*parts[1:])
    for panel, own in zip(group, parts, strict=True):
      panel.told = "" if len(group) == 1 else ", ".join(
          part for part in own if part not in common)


def _conditions(config):
  variant, sizes = conditions.split(config or ())
  return "; ".join(f"{name} {conditions.show(value)}"
                   for name, value in {**sizes, **variant}.items())


def _fill(panel, baselines):
  for baseline in baselines:
    record = baseline.record
    if (record.metric, record.score, record.dataset) != (
        panel.metric, panel.score, panel.dataset):
      continue
    verdicts = {key: matching.judge(mine.record, record)
                for key, mine in panel.own}
    barriers = [text for verdict in verdicts.values()
                for text in verdict.barriers]
    if barriers:
      panel.apart.append((baseline, tuple(dict.fromkeys(barriers))))
      continue
    remarks = {}
    for key, verdict in verdicts.items():
      for text in verdict.remarks:
        remarks.setdefault(text, []).append(key)
    panel.beside.append(Beside(
        str(len(panel.beside) + 1), baseline, remarks))
