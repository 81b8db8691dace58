"""Finds the published number that is nearest to each own model."""
import dataclasses
import math
from collections.abc import Iterator

from sparse_disent.baselines import comparison as comparison_lib
from sparse_disent.baselines import record as record_lib
from sparse_disent.baselines import reference
from sparse_disent.baselines import results
from sparse_disent.results import headlines
from sparse_disent.results import identity
from sparse_disent.results import models as models_lib
from sparse_disent.results import summary

# Parts of a model that upstream's have not.
_PARTS = {"sparse_vae.latent": "gates on the latents",
          "sparse_vae.groups": "groups", "channel_mask.gate": "channel masks"}


@dataclasses.dataclass(frozen=True)
class Nearest:
  """A published number beside an own one.

  Attributes:
    key: That of the own model.
    name: Name of the own model.
    panel: `comparison.Panel`, the score.
    beside: `comparison.Beside`, the baseline.
    differences: Texts that say in what the two differ, the model first.
  """

  key: str
  name: str
  panel: comparison_lib.Panel
  beside: comparison_lib.Beside
  differences: tuple

  @property
  def own(self) -> float:
    """Median of the own runs."""
    return _own(self.panel, self.key).landmarks["median"]

  @property
  def value(self) -> float:
    """The published number, or the median of several."""
    return _median(self.beside)

  @property
  def where(self) -> str:
    """Model and source, such as "beta_vae, beta 4 (s, median of 50 runs)"."""
    found = self.beside.distribution
    several = "" if found.count == 1 else (
        f", median of {found.count} runs" if found.count else ", median")
    return f"{found.label} ({found.record.source}{several})"

  def __str__(self) -> str:
    """Returns a sentence for each: the numbers, and the differences."""
    differences = "; ".join(self.differences) or "nothing that is stated"
    return (
        f"{self.name} ({self.key}) has {self.panel.label} "
        f"{summary.text(self.own)} ({self.panel.place}). Nearest is "
        f"{summary.text(self.value)} of {self.where}. "
        f"What differs: {differences}.")


def find(comparison: comparison_lib.Comparison,
         metrics: list[str] | None = None) -> list[Nearest]:
  """Finds the nearest published number of each own model.

  It is the one whose circumstances differ in the fewest points, and of several
  the one whose value is the closest. A model of the same objective comes before
  all others. Our own runs, which come with the package, count only where
  nothing else is there, and losses of a training only where no score of a
  metric is: a KL divergence near another one says nothing on disentanglement.

  Args:
    comparison: A `comparison.Comparison`.
    metrics: Gin names of the metrics whose numbers count; None for all.

  Returns:
    List of `Nearest`, one for each own model that has a comparable number.
  """
  panels = [panel for panel in comparison.panels
            if not metrics or panel.metric in metrics]
  found = (among(panels, model) for model in comparison.models)
  return [nearest for nearest in found if nearest is not None]


def among(panels: list[comparison_lib.Panel],
          model: models_lib.Model) -> Nearest | None:
  """Finds the nearest number of one model among some scores, as `find` does."""
  return min(_candidates(panels, model), key=_distance, default=None)


def _candidates(panels, model) -> Iterator[Nearest]:
  for panel in panels:
    mine = _own(panel, model.key)
    if mine is None or not mine.landmarks or not headlines.is_known(
        panel.metric, panel.score):
      continue
    for beside in panel.beside:
      if beside.distribution.landmarks:
        remarks = [text for text, keys in beside.remarks.items()
                   if model.key in keys]
        yield Nearest(model.key, model.name, panel, beside, (
            *_model_differences(model, beside.distribution.record), *remarks))


def _distance(nearest):
  record = nearest.beside.distribution.record
  ours, theirs = nearest.own, nearest.value
  return (record.source in reference.FILES,
          nearest.panel.metric == record_lib.TRAINING,
          nearest.differences[:1] == (_another(record),),
          len(nearest.differences),
          math.fabs(ours - theirs) / (math.fabs(ours) + math.fabs(theirs) or 1))


def _own(panel, key):
  return dict(panel.own).get(key)


def _median(beside):
  return beside.distribution.landmarks["median"]


def _model_differences(model: models_lib.Model, record) -> list[str]:
  """Compares objectives, their parameters, and the parts of a model."""
  config = model.runs[0].config
  ours, theirs = _parameters(config), _parameters(dict(record.settings))
  if not theirs or _objectives(ours) != _objectives(theirs):
    return ["hyperparameters not stated"] if record.method == model.name else [
        _another(record)]
  differences = [text for name in sorted({*ours, *theirs})
                 if (text := _difference(name, ours, theirs))]
  parts = [words for name, words in _PARTS.items()
           if identity.bound(config, name) is not None]
  if parts and record.method != model.name:
    differences.append(f"no {' and no '.join(parts)}")
  return differences


def _difference(name, ours, theirs):
  mine, other = (identity.bound(values, name) for values in (ours, theirs))
  if None in (mine, other):
    return f"{name} not stated"
  return "" if mine == other else f"{name} {other}, not {mine}"


def _another(record):
  return f"another model, {record.method}"


def _parameters(config):
  """The parameters of upstream's objectives, without their scopes."""
  pairs = {name.split("/")[-1]: text for name, text in config.items()}
  return {name: text for name, text in pairs.items()
          if name.split(".")[0] in results.METHODS}


def _objectives(parameters):
  return {name.split(".")[0] for name in parameters}
