"""The record of a training: its gin configuration, written as it begins."""
import ast
import os
import re

import gin

from sparse_disent.common import training_files
from sparse_disent.common import writing

STEPS = "model.training_steps"
# Settings that may change between the parts of a training, as its weights do
# not depend on them.
FREE = ("model.eval_steps", "model.model_num", "model.name", STEPS,
        "run_config.keep_checkpoint_max", "run_config.save_checkpoints_secs",
        "run_config.save_checkpoints_steps", "training.resume")
_UNSET = "not set"
_MACRO = re.compile(r"%([A-Za-z_][\w/]*)")


def write(directory: str | os.PathLike, text: str) -> None:
  """Writes the record beside the checkpoints, in place of an earlier one.

  Args:
    directory: Folder of the checkpoints; it is made.
    text: The return value of `gin.config_str()`.
  """
  path = os.path.join(directory, training_files.RECORD)
  with writing.new_file(path, replace=True) as file:
    file.write(text.encode())


def read(directory: str | os.PathLike) -> str | None:
  """Returns the text of the record beside checkpoints, or None."""
  try:
    with open(os.path.join(directory, training_files.RECORD),
              encoding="utf-8") as file:
      return file.read()
  except FileNotFoundError:
    return None


def bindings(text: str) -> dict[str, str]:
  """Takes apart what `gin.config_str()` returned.

  Returns:
    bindings: Dict from parameters to values as text, such as {"vae.beta":
      "4.0"}. Macros are replaced by their values.
  """
  statements: list[str] = []
  for line in text.splitlines():
    if line.startswith((" ", ")", "]", "}")) and statements:
      statements[-1] += line
    elif " = " in line and not line.startswith("#"):
      statements.append(line)
  pairs = (statement.split(" = ", 1) for statement in statements)
  values = {name: " ".join(value.lstrip("\\").split())
            for name, value in pairs}
  return {name: _resolved(value, values) for name, value in values.items()
          if "." in name}


def _resolved(value, values, depth=9):
  """Replaces macros by their values, which may hold macros themselves."""
  if not depth:
    return value
  return _MACRO.sub(lambda found: _resolved(
      values.get(found[1], found[0]), values, depth - 1), value)


def changes(before: str, now: str, reached: int = 0) -> list[str]:
  """Compares two records of a training.

  Args:
    before: Text of the earlier record.
    now: Text of the later one.
    reached: Step that the training has reached; there may be more steps than
      before, and fewer if it has not come so far.

  Returns:
    changes: One text for each setting that differs and that must not, such as
      "vae.beta was 4.0 and is 6.0 now".
  """
  old, new = bindings(before), bindings(now)
  steps = [f"{STEPS} was {first} and is {second} now, and step {reached} is "
           "reached" for first, second in [map(training_steps, (before, now))]
           if first and second and second < min(first, reached)]
  return steps + [
      f"{name} was {old.get(name, _UNSET)} and is {new.get(name, _UNSET)} now"
      for name in sorted({*old, *new} - {*FREE})
      if old.get(name) != new.get(name)
      and not _is_one_place(old.get(name, ""), new.get(name, ""))]


def _is_one_place(*texts):
  """Tells whether two settings are paths of the same file or folder.

  A sweep goes on with an absolute --output in place of a relative one.
  """
  try:
    paths = [ast.literal_eval(text) for text in texts]
    return all(isinstance(path, str) for path in paths) and (
        os.path.samefile(*paths))
  except (OSError, SyntaxError, ValueError):
    return False


def training_steps(text: str) -> int | None:
  """Returns the number of steps in a record; None if it is not a number."""
  try:
    return int(ast.literal_eval(bindings(text).get(STEPS, "")))
  except (SyntaxError, TypeError, ValueError):
    return None


def current() -> str:
  """Returns the text of the record of a training that begins now."""
  return gin.config_str()
