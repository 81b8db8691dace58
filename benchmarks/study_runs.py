"""Adds the finished runs of a study to a small file, and shows what is in it.

    sparse-disent sweep reference_runs
    python benchmarks/study_runs.py output/reference_runs

--study names the study. The file is a baseline that comes with the package:
`reference_runs` or `recipes` for the study of that name, `papers` for the
package's other studies; or --file. Confirmed recipes are another study: give a
file. Runs that are in the file stay there, also if their models are gone, so
that a study can be done piece by piece on several machines. Prints a table with
the median and the lowest and highest value over seeds, losses in nats, and the
numbers of the models that have yet to be trained, for `sparse-disent sweep
--models`. Without a folder it only prints.

--against=NAME compares the scores of all other models with those of one by the
two-sided rank-sum test of Mann and Whitney: exact up to 20 seeds of both, by
the normal distribution for more. Of five seeds against five the least p is
.008. Each model of the reference runs has eleven scores: chance alone gives
every third model a p of .032 or less, if scores do not depend on each other.

--where="dataset.name=mnist" shows the models with this setting alone, so that
none are compared over data sets.
"""
import argparse
import json
import pathlib
import statistics

import numpy as np
from scipy import stats

from sparse_disent.baselines import compact_runs
from sparse_disent.baselines import reference
from sparse_disent.common import writing
from sparse_disent.results import gin_files
from sparse_disent.results import identity
from sparse_disent.study import catalogue
from sparse_disent.study import definition
from sparse_disent.study import vary

TRAINING = "training"
# Number of scores of two models of which all orders can be counted: 184,756.
_MOST_COUNTED = 20
_REFERENCE = "reference_runs"
_DENSITY = "density"
# Title of a column, metric, score or path to it, and decimals.
_ACTIVE = ("active latents", "active_latents", "num_active_latents", 0)
_TRAINED = (("reconstruction", TRAINING, "reconstruction_loss", 1),
            ("KL", TRAINING, "kl_loss", 1))
_MIG = ("MIG", "mig", "discrete_mig", 3)
# The scores of which Locatello et al. published medians on dSprites.
_PUBLISHED = (_MIG, ("DCI", "dci", "disentanglement", 3),
              ("FactorVAE", "factor_vae_metric", "eval_accuracy", 3))
_SAP_AND_MODULARITY = (
    ("SAP", "sap_score", "SAP_score", 3),
    ("modularity", "modularity_explicitness", "modularity_score", 3))
# Columns of a study's table; other studies have those of the reference runs.
COLUMNS = {
    _REFERENCE: (
        *_TRAINED, *_PUBLISHED, *_SAP_AND_MODULARITY,
        ("InfoM", "infomec", "info_modularity", 3),
        ("InfoC", "infomec", "info_compactness", 3),
        ("InfoE", "infomec", "info_explicitness", 3), _ACTIVE,
        (_DENSITY, "connectivity", "density", 2)),
    **dict.fromkeys(("annealing", "capacity"),
                    (*_TRAINED, *_PUBLISHED, _ACTIVE)),
    "whole_training": (*_TRAINED, *_PUBLISHED, *_SAP_AND_MODULARITY),
    # MIC in the first of two groups; in the second it is the negative.
    "grouped_vae": (
        *_TRAINED, _MIG, *(
            (f"MIC of {factor}", "mic_groups", ("mic", number, 0), 3)
            for number, factor in enumerate(
                ("shape", "scale", "orientation", "x", "y")))),
    "pvae": (
        *_TRAINED, ("KL of the class", "active_latents", "categorical_kl", 2),
        _ACTIVE, *(
            (f"total correlation, {name}", "total_correlation", score, 2)
            for name, score in (
                ("Gaussian", "gaussian_total_correlation"),
                ("neighbors", "nearest_neighbor_total_correlation")))),
}


def main():
  """Adds and prints."""
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("folder", nargs="?", help="output of the sweep")
  parser.add_argument("--study", default=_REFERENCE)
  parser.add_argument("--file", type=pathlib.Path)
  parser.add_argument("--steps", type=int,
                      help="as given to the sweep; the study's own if left out")
  parser.add_argument("--against", metavar="NAME")
  parser.add_argument("--where", action="append", default=[],
                      metavar="NAME=VALUE", help="as in the sweep")
  arguments = parser.parse_args()
  file = arguments.file or _shipped(arguments.study)
  if file is None:
    parser.error(f"--file must be given for the study '{arguments.study}', "
                 "which is not the package's.")
  try:
    if arguments.folder:
      add(arguments.folder, file, arguments.study, arguments.steps)
    elif not file.exists():
      parser.error(f"There are no runs in '{file}' yet. Give the folder of a "
                   "sweep.")
    _, runs = compact_runs.read(file)
    study = catalogue.load(arguments.study)
    numbers = vary.where(study, arguments.where)
  except (FileNotFoundError, ValueError) as error:
    parser.error(str(error))
  columns = COLUMNS.get(study.name, COLUMNS[_REFERENCE])
  found = {number: run for number, run in by_number(
      study, runs, arguments.steps).items() if number in numbers}
  groups = by_name(study, found)
  print(table(groups, columns))
  if arguments.against:
    if arguments.against not in groups:
      parser.error(f"--against must be one of {', '.join(groups)}, but is "
                   f"{arguments.against!r}.")
    print(f"\n{probabilities(groups, columns, arguments.against)}")
  missing = [number for number in numbers if number not in found]
  print(f"\n{len(found)} of {len(numbers)} models."
        + (f" Missing: --models={ranges(missing)}" if missing else ""))


def _shipped(study):
  """Path of the baseline with a study's runs; None if it is a user's study."""
  if study in reference.FILES:
    return reference.FILES[study]
  return reference.FILES["papers"] if study in catalogue.OWN else None


def ranges(numbers):
  """Ascending numbers as `--models` takes them, such as 0:4,7:8."""
  firsts = [number for number in numbers if number - 1 not in numbers]
  ends = [number + 1 for number in numbers if number + 1 not in numbers]
  return ",".join(f"{first}:{end}" for first, end in zip(
      firsts, ends, strict=True))


def add(folder, file, study, steps=None):
  """Writes the file anew, with the runs below a folder."""
  content = compact_runs.make(
      [folder], command=f"sparse-disent sweep {study}" + (
          f" --steps={steps}" if steps else ""),
      earlier=file if file.exists() else None)
  with writing.new_file(str(file), replace=True) as output:
    output.write(_a_line_each(content).encode())


def _a_line_each(content):
  """JSON with a line for each run, so that versions can be compared."""
  head = json.dumps({**content, "runs": []}, indent=1, allow_nan=False)
  lines = ",\n".join(json.dumps(run, allow_nan=False)
                     for run in content["runs"])
  return "".join([head.removesuffix("[]\n}"), "[\n", lines, "\n]}\n"])


def by_number(study, runs, steps=None):
  """Scored runs by the numbers of the models of a study that they are of.

  A run is of the model that states the most of its settings, and has the number
  of steps of the study, or that which is given. What all models of a study
  share is stated by those runs alone that use it.
  """
  shared = gin_files.bindings(study.gin_file, study.bindings)
  default = shared.pop(identity.STEPS, None)
  models = sorted(
      (({**settings, identity.STEPS: steps or settings.get(
          identity.STEPS, default)}, number)
       for number, settings in enumerate(study.models)),
      key=lambda model: -len(model[0]))
  found = {}
  for run in filter(lambda run: run.evaluations, runs):
    used = {name: value for name, value in shared.items()
            if name in run.config}
    number = next((number for settings, number in models
                   if _is_of({**used, **settings}, run)), None)
    if number is not None:
      found.setdefault(number, run)
  return dict(sorted(found.items()))


def _is_of(settings, run):
  return all(_equal(run.config.get(name), value)
             for name, value in settings.items()
             if not isinstance(value, definition.ModelOf)
             and (identity.is_seed(name) or name == "model.name"
                  or not identity.is_free(name)))


def _equal(text, value):
  """Gin records references without the brackets that some of them have."""
  stated = identity.value(text)
  return stated == value or (
      isinstance(value, str) and value.startswith("@")
      and str(stated).removesuffix("()") == value.removesuffix("()"))


def by_name(study, found):
  """Groups the return value of `by_number` by models, seeds left out.

  Models of one name are told apart by the settings in which they differ.
  """
  of_name = {}
  for settings in study.models:
    of_name.setdefault(settings["model.name"], []).append(settings)
  varied = {name: identity.differing(models)
            for name, models in of_name.items()}
  groups = {}
  for number, run in found.items():
    settings = study.settings(number)
    name = settings["model.name"]
    label = ", ".join([name, *(
        f"{_short(parameter, varied[name])} {_plain(settings[parameter])}"
        for parameter in varied[name] if parameter in settings)])
    groups.setdefault(label, []).append(run)
  return groups


def _short(parameter, parameters):
  """The last word of a parameter if it says which one it is."""
  words = [each.rpartition(".")[2] for each in parameters]
  word = parameter.rpartition(".")[2]
  return parameter if word == "name" or words.count(word) > 1 else word


def _plain(value):
  return str(value).removeprefix("@").removesuffix("()")


def table(groups, columns):
  """A Markdown table with a row for each model.

  Args:
    groups: What `by_name` returns.
    columns: An entry of `COLUMNS`.
  """
  rows = [["seeds", *(title for title, *_ in columns)]]
  rows += [[str(len(members)), *(
      spread(_values(members, column), column[-1]) for column in columns)]
           for members in groups.values()]
  return markdown(rows, groups)


def probabilities(groups, columns, against):
  """A Markdown table of the p of each score of each model beside one model.

  Models with fewer seeds are left out. The density is no score: it is set, or
  what the others are compared over.
  """
  others = [name for name, members in groups.items()
            if name != against and len(members) >= len(groups[against])]
  scores = [column for column in columns if column[0] != _DENSITY]
  rows = [[title for title, *_ in scores]]
  rows += [[_p(*(_values(groups[each], column) for each in (name, against)))
            for column in scores] for name in others]
  return markdown(rows, others)


def markdown(rows, names):
  """A Markdown table: a row for its head, and one for each name."""
  lines = [f"| {' | '.join([name, *row])} |" for name, row in zip(
      ["model", *names], rows, strict=True)]
  return "\n".join([lines[0], "| --- " * (1 + len(rows[0])) + "|", *lines[1:]])


def _values(runs, column):
  """Scores of runs, without those that are undefined."""
  found = [_score(run, *column[1:3]) for run in runs]
  return [value for value in found if value is not None]


def _score(run, metric, path):
  results = run.training if metric == TRAINING else next(
      (each.results for each in run.evaluations
       if (each.representation, each.metric) == ("mean", metric)), {})
  for step in [path] if isinstance(path, str) else path:
    results = results.get(step) if isinstance(results, dict) else results[step]
    if results is None:
      break
  return results


def _p(ours, theirs):
  if min(len(ours), len(theirs)) < 2 or len({*ours, *theirs}) == 1:
    return ""
  # All orders of the values; other exact methods do not count ties as such.
  every = stats.PermutationMethod(n_resamples=np.inf)
  method = (every if len(ours) + len(theirs) <= _MOST_COUNTED
            else "asymptotic")
  return f"{stats.mannwhitneyu(ours, theirs, method=method).pvalue:.3f}"


def spread(values, decimals):
  """The median of values, and the lowest and highest if they differ."""
  if not values:
    return ""
  middle, lowest, highest = (
      f"{function(values):.{decimals}f}" for function in (
          statistics.median, min, max))
  return middle if lowest == highest else f"{middle} ({lowest} to {highest})"


if __name__ == "__main__":
  main()
