"""Turns the results of one evaluated model into records."""
import pathlib
import textwrap

from sparse_disent.baselines import conditions
from sparse_disent.baselines import record as record_lib
from sparse_disent.results import identity
from sparse_disent.results import models as models_lib
from sparse_disent.results import repeats
from sparse_disent.results import runs
from sparse_disent.results import scalars

# Settings that are no hyperparameters, or have their own field in records.
_UNTOLD = ("model.training_steps", "dataset.name")
# The functions whose parameters are hyperparameters of upstream's methods.
METHODS = ("vae", "annealed_vae", "factor_vae", "beta_tc_vae", "dip_vae")

_HUGE = 10**18
_LONGEST_NAME = 200  # Characters of a network's.

function_name = repeats.function_name


def settings(configs: list[dict],
             names: list[str] | None = None) -> list[tuple]:
  """Finds the hyperparameters by which the models of one source differ.

  Args:
    configs: List of configurations of trainings, dictionaries.
    names: List of names of the models; None for those that `method` returns.

  Returns:
    List with a tuple of pairs for each model: the parameters of upstream's
    methods, and all others in which models of the same name differ.
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


def method(config: dict) -> str:
  """Returns the name of a training's model, or else its gin function."""
  return str(identity.bound(config, "model.name") or function_name(
      config.get("model.model", "")) or "unknown")


def networks(config: dict) -> str:
  """Names encoder and decoder, such as "conv_encoder and deconv_decoder".

  A masked network has the name of upstream's, which it is with open masks. The
  names are "" if the configuration does not state both.
  """
  names = [function_name(identity.bound_text(config, parameter) or "")
           for parameter in ("encoder.encoder_fn", "decoder.decoder_fn")]
  return " and ".join(name.removeprefix("masked_")[:_LONGEST_NAME]
                      for name in names) if all(names) else ""


def representation(postprocessing: dict, folder: str) -> str:
  """Names a representation, in the same way for all sources.

  Upstream's two are called "mean" and "sampled", whatever their folders are
  called. Others are called by their folder, because its name tells apart
  different settings of the same function.

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


def records(*, training: dict, trained: dict, evaluated: dict, config: dict,
            postprocessing: dict, folder: str,
            **common: object) -> list[record_lib.Record]:
  """Makes the records of one metric of one model.

  Args:
    training: Dictionary, the training's configuration.
    trained: Dictionary, the training's results; may be empty.
    evaluated: Dictionary, the metric's results; may be empty.
    config: Dictionary, the metric's configuration.
    postprocessing: Dictionary, the configuration of the representation.
    folder: Name of the representation's folder.
    **common: Other attributes of `Record`, the same for all of them.

  Returns:
    List of `Record`: the training's scores, then the metric's.
  """
  common = {"steps": _integer(training, "model.training_steps"),
            "seed": _integer(training, "model.random_seed"),
            "num_latent": _integer(training, "encoder.num_latent"),
            "networks": networks(training), **common}
  made = _scores(trained, representation="", metric=record_lib.TRAINING,
                 config=(), **common)
  metric = function_name(config.get("evaluation.evaluation_fn", ""))
  return made + _scores(
      evaluated, metric=metric, config=conditions.relevant(config),
      representation=representation(postprocessing, folder), **common)


def _integer(config, parameter):
  """An integer that a configuration binds; None for anything else.

  Files of strangers can state numbers that Python refuses to print.
  """
  value = identity.bound(config, parameter)
  return value if type(value) is int and abs(value) < _HUGE else None


def _scores(results, **common):
  return [record_lib.Record(
      score=name, value=value, **common,
      undefined=textwrap.shorten(reason or "", record_lib.LONGEST))
      for name, value, reason in scalars.scalars(results)]
