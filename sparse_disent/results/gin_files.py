"""The configuration of a trained model, from its results/gin/train.gin."""
import os

from gin import config_parser


class _Delegate(config_parser.ParserDelegate):
  """Reads references as text and macros as what they stand for."""

  def __init__(self, macros):
    self._macros = macros

  def configurable_reference(self, scoped_configurable_name, evaluate):
    return f"@{scoped_configurable_name}{'()' if evaluate else ''}"

  def macro(self, macro_name):
    return self._macros.get(macro_name)


def path(model_dir):
  """Path to which training has written the configuration of a model."""
  return os.path.join(model_dir, "results", "gin", "train.gin")


def read(model_dir):
  """Reads all bindings, without binding or importing anything.

  Upstream's `results.gin_dict` loses values that gin breaks into lines.

  Args:
    model_dir: Directory of a trained model.

  Returns:
    bindings: Dictionary from configurables to dictionaries from parameters to
      values, e.g. {"sparse_vae": {"groups": [3, 3]}}; references are strings
      such as "@l0_pair()". Empty if there is no configuration.
  """
  if not os.path.isfile(path(model_dir)):
    return {}
  with open(path(model_dir)) as file:
    text = file.read()
  macros = {statement.selector: statement.value
            for statement in _bindings(text, {}) if not statement.arg_name}
  result = {}
  for statement in _bindings(text, macros):
    result.setdefault(statement.selector, {})[
        statement.arg_name] = statement.value
  return result


def _bindings(text, macros):
  return [statement for statement in config_parser.ConfigParser(
      text, _Delegate(macros))
          if isinstance(statement, config_parser.BindingStatement)]
