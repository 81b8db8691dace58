"""Rules for flags of upstream's scripts that upstream itself does not check."""
import sys
from collections.abc import Callable
from typing import Any

from sparse_disent.common import choices

_REPRODUCE = "disentanglement_lib.config.reproduce"


def check(flags: Any) -> None:
  """Checks the flags of the script that this process runs.

  Args:
    flags: absl's `FLAGS`, parsed.

  Raises:
    ValueError: A value cannot be used.
  """
  rules = {**_RULES, **(_OF_STUDIES if _REPRODUCE in sys.modules
                        and "only_print" in flags else {})}
  for name, rule in rules.items():
    if name in flags and flags[name].value is not None:
      rule(flags[name].value, flags)


def _file_in_folder(name, flags):
  if flags.gin_model_dir is None:
    raise ValueError(
        f"--gin_file_name is {name!r} and there is no --gin_model_dir: give "
        "the folder of that file, or its path as --gin_config.")


def _pattern(flag):
  def rule(pattern, unused_flags):
    from tensorflow.compat.v1 import gfile
    if not gfile.Glob(pattern):
      raise ValueError(f"--{flag} is {pattern!r}, which matches no file. Check "
                       "the path, and put quotes around the pattern.")
  return rule


def _study(name, unused_flags):
  known = sys.modules[_REPRODUCE].STUDIES
  if name not in known:
    raise ValueError(
        f"--study is {name!r}, but must be one of {', '.join(known)}."
        f"{choices.nearest(name, known)}")


def _model_number(number, flags):
  study = sys.modules[_REPRODUCE].STUDIES[flags.study]
  try:
    is_there = number >= 0 and study.get_model_config(number)
  except IndexError:
    is_there = False
  if not is_there and flags.model_dir is None:
    raise ValueError(
        f"--model_num is {number}, but {flags.study} has no such model. They "
        "count from 0: give a smaller number.")


def _not_empty(flag):
  def rule(path, unused_flags):
    if not path:
      raise ValueError(f"--{flag} is empty: give a path.")
  return rule


def _output(pattern, unused_flags):
  _not_empty("output_directory")(pattern, unused_flags)
  try:
    pattern.format(model_num="0", study="study")
  except (IndexError, KeyError, ValueError) as error:
    raise ValueError(
        f"--output_directory is {pattern!r}, but of what is in braces only "
        "{model_num} and {study} can be filled in. Write other braces twice."
        ) from error


_RULES: dict[str, Callable[[Any, Any], None]] = {
    "gin_file_name": _file_in_folder,
    "gin_evaluation_config_glob": _pattern("gin_evaluation_config_glob"),
    "result_file_pattern": _pattern("result_file_pattern"),
    "output_path": _not_empty("output_path"),
}
# Flags of dlib_reproduce alone.
_OF_STUDIES: dict[str, Callable[[Any, Any], None]] = {
    "study": _study, "model_num": _model_number, "output_directory": _output}
