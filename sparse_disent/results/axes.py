"""Settings that vary, as axes of charts: which models make one line."""
import dataclasses
import math
from collections.abc import Sequence

from sparse_disent.results import identity
from sparse_disent.results import models as models_lib

# Largest number of lines in a chart.
_MOST_LINES = 6
# Ratio of the largest value to the lowest one from which an axis is
# logarithmic.
_DECADES = 20.
# Smallest number of values on a line whose models differ in other numbers, too.
_FEWEST_NOT_JOINED = 5


@dataclasses.dataclass(frozen=True)
class Line:
  """Models that differ in the value of an axis alone, if the axis is joined.

  Attributes:
    label: Setting that tells it from other lines of a panel, such as "beta 4";
      "" if nothing else varies.
    index: Index of its colour, the same in all panels.
    models: Pairs of a value of the axis and the index of a model, ascending.
  """

  label: str
  index: int
  models: tuple[tuple[float, int], ...]


@dataclasses.dataclass(frozen=True)
class Axis:
  """A numeric setting that varies.

  Attributes:
    name: Its gin name, such as "vae.beta".
    lines_by: Gin name of the setting that tells lines apart; "" for none.
    panels: Dictionary from the settings that tell panels apart, as text, to
      lists of `Line`. There is one panel, "", if no further setting varies.
    is_joined: Whether models of a line differ in this setting alone. They do
      not in a search, which draws all settings at random.
  """

  name: str
  lines_by: str
  panels: dict[str, list[Line]]
  is_joined: bool = True

  @property
  def values(self) -> list[float]:
    """All values, ascending."""
    return sorted({value for lines in self.panels.values() for line in lines
                   for value, _ in line.models})

  @property
  def log(self) -> bool:
    """True if the values span decades."""
    values = self.values
    return values[0] > 0 and values[-1] / values[0] >= _DECADES


def of_models(models: Sequence[models_lib.Model]) -> list[Axis]:
  """Finds the settings over which lines can be drawn.

  A setting is an axis if its values are numbers, and some models differ in it
  alone, or have five or more values of it beside other numbers. Models without
  the setting are on no line of it.

  Args:
    models: List of `Model`, the return value of `models.group`.
  """
  found = [_axis(name, models) for name in (models[0].settings if models
                                            else ())]
  return [axis for axis in found if axis is not None]


def _axis(name, models):
  numbers = {i: number for i, model in enumerate(models)
             if (number := _number(model.settings[name])) is not None}
  others = [other for other in models[0].settings if other != name
            and len({models[i].settings[other] for i in numbers}) > 1]
  lines = _lines(numbers, models, others, 2)
  if lines:
    return _arranged(name, others, lines)
  fixed = [other for other in others if any(
      _number(text) is None and text != models_lib.UNSET
      for text in (models[i].settings[other] for i in numbers))]
  lines = _lines(numbers, models, fixed, _FEWEST_NOT_JOINED)
  return dataclasses.replace(
      _arranged(name, fixed, lines), is_joined=False) if lines else None


def _lines(numbers, models, others, fewest):
  """Points of models that share the values of other settings, by these values.

  Args:
    numbers: Dictionary from indices of models to values of an axis.
    models: List of `Model`.
    others: Names of the other settings.
    fewest: Smallest number of different values on a line.
  """
  lines: dict[tuple[str, ...], list[tuple[float, int]]] = {}
  for i, number in numbers.items():
    told = tuple(models[i].settings[other] for other in others)
    lines.setdefault(told, []).append((number, i))
  return {told: sorted(points) for told, points in lines.items()
          if len({number for number, _ in points}) >= fewest}


def _number(text):
  value = identity.value(text)
  if isinstance(value, bool) or not isinstance(value, (int, float)):
    return None
  return float(value) if math.isfinite(value) else None


def _arranged(name, others, lines):
  """Distributes lines over panels: the setting of most values gives colours."""
  values = {other: sorted({told[i] for told in lines}, key=_order)
            for i, other in enumerate(others)}
  values = {other: found for other, found in values.items() if len(found) > 1}
  fitting = [other for other, found in values.items()
             if len(found) <= _MOST_LINES]
  by = max(fitting, key=lambda other: len(values[other]), default="")
  panels: dict[str, list[Line]] = {}
  for told in sorted(lines, key=lambda told: tuple(map(_order, told))):
    settings = dict(zip(others, told, strict=True))
    panel = ", ".join(_told(other, settings[other]) for other in values
                      if other != by)
    panels.setdefault(panel, []).append(Line(
        _told(by, settings[by]) if by else "",
        values[by].index(settings[by]) if by else 0, tuple(lines[told])))
  return Axis(name, by, panels)


def _order(text):
  number = _number(text)
  return (number is None, number or 0., text)


def _told(name, text):
  """Text such as "beta 4"."""
  number = _number(text)
  return f"{name.rpartition('.')[2]} " + (
      f"{number:g}" if number is not None else text.strip("'@").removesuffix(
          "()"))
