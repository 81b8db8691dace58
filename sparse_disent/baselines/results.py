"""Turns the results of one evaluated model into records."""
import ast
import pathlib
import textwrap

from sparse_disent.baselines import conditions
from sparse_disent.baselines import record as record_lib
from sparse_disent.results import models as models_lib
from sparse_disent.results import runs
from sparse_disent.results import summary

# What records tell apart by attributes of their own.
_UNTOLD = ("model.model_num", "model.training_steps", "dataset.name")
# The functions whose parameters are hyperparameters of upstream's methods.
METHODS = ("vae", "annealed_vae", "factor_vae", "beta_tc_vae", "dip_vae")

function_name = summary.function_name


def gin_value(config, parameter, default=None):
  """The value that a configuration binds to a parameter, in any scope.

  Args:
    config: Dictionary from gin parameters to text.
    parameter: Name such as "vae.beta".
    default: What to return where it is not bound.
  """
  for name, text in config.items():
    if name.split("/")[-1] == parameter:
      try:
        return ast.literal_eval(text)
      except (SyntaxError, ValueError, MemoryError, RecursionError):
        return text
  return default


def settings(configs, names=None):
  """What tells models of one source apart: their hyperparameters.

  Args:
    configs: List of configurations of trainings, dictionaries.
    names: List of what their models are called; None for what `method` says.

  Returns:
    List with one tuple of pairs for each: the parameters of upstream's methods,
    and all others in which models of the same name differ.
  """
  methods = {}
  names = names or [method(config) for config in configs]
  for index, (name, config) in enumerate(zip(names, configs, strict=True)):
    methods.setdefault(name, []).append(
        runs.Run(pathlib.Path(str(index)), config=config))
  found = {}
  for members in methods.values():
    for model in models_lib.group(members):
      for run in model.runs:
        pairs = {name: text for name, text in run.config.items()
                 if name.split(".")[0] in METHODS}
        pairs |= {name: text for name, text in model.settings.items()
                  if name in run.config and name not in _UNTOLD}
        found[str(run.path)] = tuple(sorted(pairs.items()))
  return [found[str(index)] for index in range(len(configs))]


def method(config):
  """What a training calls its model: its name, or its gin function."""
  return str(gin_value(config, "model.name") or function_name(
      config.get("model.model", "")) or "unknown")


def representation(postprocessing, folder):
  """What a representation is called wherever it comes from.

  Upstream's two have one name each, whatever their folder is called; a function
  with settings of its own is told apart by its folder.

  Args:
    postprocessing: Dictionary, the configuration of the step; may be empty.
    folder: Name of the folder.
  """
  function = function_name(
      postprocessing.get("postprocess.postprocess_fn", ""))
  function = function.removesuffix("_representation")
  if function in ("mean", "sampled"):
    return function
  if function and folder in ("mean", "sampled", ""):
    return function
  return folder or record_lib.NOT_STATED


def records(*, training, trained, evaluated, config, postprocessing, folder,
            **common):
  """Makes the records of one metric of one model.

  Args:
    training: Dictionary, the training's configuration.
    trained: Dictionary, the training's results; may be empty.
    evaluated: Dictionary, the metric's results; may be empty.
    config: Dictionary, the metric's configuration.
    postprocessing: Dictionary, the configuration of the representation.
    folder: Name of the representation's folder.
    **common: What all of them share: other attributes of `Record`.

  Returns:
    List of `Record`: the training's scores, then the metric's.
  """
  steps = gin_value(training, "model.training_steps")
  seed = gin_value(training, "model.random_seed")
  common = {
      "steps": steps if isinstance(steps, int) else None,
      "seed": seed if isinstance(seed, int) else None, **common}
  made = _scores(trained, representation="", metric=record_lib.TRAINING,
                 config=(), **common)
  metric = function_name(config.get("evaluation.evaluation_fn", ""))
  return made + _scores(
      evaluated, metric=metric, config=conditions.relevant(config),
      representation=representation(postprocessing, folder), **common)


def _scores(results, **common):
  return [record_lib.Record(
      score=name, value=value, **common,
      undefined=textwrap.shorten(reason or "", record_lib.LONGEST))
      for name, value, reason in summary.scalars(results)]
