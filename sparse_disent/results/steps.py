"""Results of upstream's steps on disk: what is done, and new ones, whole.

A step's folder holds the results of all steps before it, each with an id of its
own. That is how a step knows whether it was made from the files that are there
now.
"""
import ast
import contextlib
import inspect
import json
import os
import secrets
import shutil

import gin
from disentanglement_lib.utils import results

# What the runner binds beside what gin files do.
_GIVEN = ("dataset.name", "evaluation.name", "postprocess.name")


def result_id(directory, step):
  """Returns the id of a step's result, or None if there is none.

  Args:
    directory: Folder of this or a later step.
    step: "train", "postprocess" or "evaluation".
  """
  path = os.path.join(directory, "results", "json", f"{step}_results.json")
  try:
    with open(path, encoding="utf-8") as file:
      return json.load(file).get("uuid")
  except FileNotFoundError:
    return None
  except ValueError as error:
    raise ValueError(f"'{path}' is not JSON: {error}.") from error


def is_done(directory, step, source, source_step, gin_file):
  """Tells whether a step's results are there.

  Args:
    directory: Folder of the step.
    step: "postprocess" or "evaluation".
    source: Folder of the step before it.
    source_step: That step, "train" or "postprocess".
    gin_file: The step's gin file.

  Raises:
    ValueError: If what is there has been made from something else, or with
      other settings.
  """
  if not os.path.lexists(directory):
    return False
  cure = "Give --overwrite to make it again, or another --output_dir."
  if result_id(directory, step) is None:
    raise ValueError(
        f"'{directory}' exists, but has no results of this step. {cure}")
  if result_id(directory, source_step) != result_id(source, source_step):
    raise ValueError(
        f"'{directory}' was made from another '{source}' than the one that is "
        f"there now. {cure}")
  wanted, found = bindings(gin_file), results.gin_dict(
      os.path.join(directory, "results", "gin", f"{step}.gin"))
  for name, value in wanted.items():
    # The data set is "auto" in one and named in the other.
    if name != "dataset.name" and found.get(name, value) != value:
      raise ValueError(
          f"'{directory}' was made with {name} = {found[name]}, but "
          f"'{gin_file}' has {value}. {cure}")
  # What the data set depends on is as in training.
  path = os.path.join(directory, "results", "gin", "train.gin")
  trained = results.gin_dict(path) if os.path.isfile(path) else {}
  for name, value in found.items():
    if name not in wanted and trained.get(name) != value and _is_set(
        name, value):
      raise ValueError(
          f"'{directory}' was made with {name} = {value}, but '{gin_file}' "
          f"leaves that at its default. {cure}")
  return True


def _is_set(name, value):
  """Tells whether a recorded parameter is known to have had another value than
  its default, as gin also records defaults.
  """
  function, _, parameter = name.rpartition(".")
  if name in _GIVEN or parameter == "model_dir":
    return False
  try:
    default = inspect.signature(
        gin.get_configurable(function)).parameters[parameter].default
    return ast.literal_eval(value) != default
  except (KeyError, SyntaxError, ValueError):
    return False  # A function, or nothing that is registered here.


def bindings(gin_file):
  """Returns what a gin file and those it includes bind.

  Args:
    gin_file: Path.

  Returns:
    Dictionary from parameters to their values as text.
  """
  gin.clear_config()
  try:
    gin.parse_config_file(gin_file)
    lines = gin.config_str(max_line_length=10 ** 6).splitlines()
  finally:
    gin.clear_config()
  return dict(line.split(" = ", 1) for line in lines
              if " = " in line and not line.startswith("#"))


def bound(values, parameter):
  """Returns the text that a parameter is bound to, or "".

  Args:
    values: What `bindings` has returned; it keeps the names of macros.
    parameter: Such as "mig.num_train".
  """
  text = values.get(parameter, "")
  while text.startswith("%"):
    text = values.get(text.removeprefix("%"), "")
  return text


@contextlib.contextmanager
def new_folder(path, publish=lambda: True):
  """Makes a folder that appears at `path` once it is complete.

  A folder that is there already is replaced at the end.

  Args:
    path: Where the folder is to appear; links are followed.
    publish: Function that tells, at the end, whether it is to appear.

  Yields:
    Path of a folder that does not exist yet, for the body to make.
  """
  path = os.path.realpath(path)
  parent = os.path.dirname(path)
  os.makedirs(parent, exist_ok=True)
  temporary = os.path.join(
      parent, f".{os.path.basename(path)}.{secrets.token_hex(4)}.tmp")
  try:
    yield temporary
    if publish():
      shutil.rmtree(path, ignore_errors=True)
      os.rename(temporary, path)
  finally:
    shutil.rmtree(temporary, ignore_errors=True)
