"""Studies from the command line, or from a gin file: a grid of values."""
import ast
import itertools
import os
import re
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from sparse_disent.common import choices
from sparse_disent.results import gin_files
from sparse_disent.results import identity
from sparse_disent.study import definition

# Characters that a folder's name may have; others become "-".
_PLAIN = re.compile(r"[^\w.=,+-]+", re.ASCII)
_LONGEST = 150  # Characters of a folder's name; file systems allow 255 bytes.


def grid(gin_file: str, values: Mapping[str, Sequence[Any]], *, seeds: int = 1,
         protocol: str, name: str | None = None,
         bindings: Sequence[str] = (),
         resources: definition.Resources | None = None,
         draws: Sequence[definition.Settings] = ({},),
         search: definition.Search | None = None) -> definition.Study:
  """Makes the study of all combinations of some values.

  Args:
    gin_file: Path of a model's configuration.
    values: Mapping from gin parameters to their values; the last one varies
      faster.
    seeds: Number of seeds. Each seed, from 0 on, is given to all parameters of
      the configuration that hold a seed, such as `model.random_seed`, and to
      `random_gate.seed` where there are such gates. So no two seeds share, say,
      a random mask. Those of a search begin at 100.
    protocol: Name or folder of the evaluation protocol.
    name: Name of the study; None for that of the gin file.
    bindings: Gin bindings that all models share.
    resources: `Resources` of one model; None for the defaults.
    draws: Settings that are each tried with each combination.
    search: `Search` of the study, if it is one.

  Returns:
    study: A `Study` whose folders are named after what varies. So a larger grid
      in the same place keeps what a smaller one has done.

  Raises:
    FileNotFoundError: There is no such gin file.
    ValueError: A parameter has no values, `seeds` is not positive or has no
      parameter to go to, or two values that differ, such as 1 and "1", have the
      same name.
  """
  for parameter, chosen in values.items():
    if not chosen:
      raise ValueError(
          f"'{parameter}' varies over no values: give one or more.")
  if seeds < 1:
    raise ValueError(f"--seeds must be 1 or more, but is {seeds}.")
  models: list[dict[str, Any]] = [
      {**dict(zip(values, combination, strict=True)), **drawn}
      for combination in itertools.product(*values.values())
      for drawn in draws]
  # The same values twice, or draws that are alike, are one model.
  distinct: dict[str, dict[str, Any]] = {}
  for settings in models:
    place = folder(settings)
    if repr(distinct.setdefault(place, settings)) != repr(settings):
      raise ValueError(
          f"{settings} and {distinct[place]} would share the folder '{place}': "
          "leave one of them out.")
  models = list(distinct.values())
  configured = gin_files.bindings(gin_file, bindings)
  parameters = [
      parameter for parameter in configured if identity.is_seed(parameter)
      and not gin_files.find(models[0], parameter)]
  needed = ["model.random_seed", *(
      [definition.MASK_SEED] if any(map(
          definition.draws_masks, (configured, *models))) else [])]
  parameters += [
      parameter for parameter in needed
      if not gin_files.find([*parameters, *models[0]], parameter)]
  if seeds > 1 and not parameters:
    raise ValueError(
        f"{seeds} seeds have no parameter to go to, as all seeds vary already "
        "or have one value: leave --seeds out, or give all seeds to --vary.")
  first = definition.FIRST_SEARCHED if search else 0
  models = definition.with_seeds(
      models, range(first, first + seeds), parameters)
  folders = [folder(settings) for settings in models]
  return definition.Study(
      name or os.path.splitext(os.path.basename(gin_file))[0], gin_file, models,
      protocol=protocol, bindings=tuple(bindings),
      resources=resources or definition.Resources(),
      folder=folders.__getitem__, search=search)


def parse(text: str, option: str = "--vary") -> tuple[str, list[Any]]:
  """Reads one argument of --vary or --where.

  Args:
    text: "PARAMETER=VALUE,VALUE,...", such as "vae.beta=1,4",
      "sparse_vae.groups=[3,3],[2,4]" or "channel_mask.gate=@l1_gate()".
    option: Name of the option, for the error.

  Returns:
    parameter: The gin parameter.
    values: Numbers, lists and so on; what is none of these stays text.

  Raises:
    ValueError: The text is not of that form.
  """
  parameter, equals, rest = text.partition("=")
  values = [_value(part) for part in _parts(rest)]
  if not equals or "." not in parameter or not values:
    raise ValueError(
        f"{option} must be PARAMETER=VALUE,VALUE such as vae.beta=1,4, but is "
        f"{text!r}.")
  return parameter.strip(), values


def where(study: definition.Study, conditions: Sequence[str]) -> list[int]:
  """Finds the models of a study that have certain settings.

  Args:
    study: A `Study`.
    conditions: Texts such as "vae.beta=1,4"; a model must meet all of them, and
      has one of the values of each.

  Returns:
    numbers: The numbers of these models.

  Raises:
    ValueError: A condition is of another form, or no model meets it.
  """
  chosen = range(len(study.models))
  found = list(chosen)
  for condition in conditions:
    parameter, values = parse(condition, "--where")
    found = [number for number in found
             if study.models[number].get(parameter, _MISSING) in values]
    if not found:
      known = study.varied().get(parameter)
      raise ValueError(
          f"--where={condition} leaves no model of '{study.name}'. " + (
              f"{parameter} is one of {', '.join(map(str, known))}." if known
              else f"It varies {', '.join(study.varied()) or 'nothing'}."
              f"{choices.nearest(parameter, study.varied())}"))
  return found


_MISSING = object()


def _parts(text):
  """Splits at the commas that are outside of brackets and quotes."""
  parts, depth, quote = [""], 0, ""
  for character in text:
    if quote:
      quote = "" if character == quote else quote
    elif character in "'\"":
      quote = character
    elif character in "([{":
      depth += 1
    elif character in ")]}":
      depth -= 1
    if character == "," and not depth and not quote:
      parts.append("")
    else:
      parts[-1] += character
  return [part.strip() for part in parts if part.strip()]


def _value(text):
  try:
    return ast.literal_eval(text)
  except (SyntaxError, ValueError):
    return text


def folder(settings: definition.Settings) -> str:
  """Returns the name of a folder, such as "vae.beta=4,model.random_seed=0".

  Args:
    settings: Settings of a model. What is too long, or has other characters
      than plain ones, ends with a checksum.
  """
  text = ",".join(f"{name}={value}" for name, value in settings.items())
  name = _PLAIN.sub("-", text)
  if name == text and len(name) <= _LONGEST:
    return name
  return f"{name[:_LONGEST]}.{definition.digest(settings)}"
