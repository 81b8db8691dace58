"""Gin configurables as text for a terminal."""
import textwrap

from sparse_disent.common import choices
from sparse_disent.common import text_table
from sparse_disent.reference import configurables

_WIDTH = 80


def listing() -> str:
  """Returns all names with what each is, ours first."""
  known = configurables.find_all().values()
  ours = [each for each in known if each.is_ours]
  upstreams = [each for each in known if not each.is_ours]
  return "\n".join([
      "sparse_disent:", *_rows(ours), "",
      f"{configurables.UPSTREAM}:", *_rows(upstreams), "",
      "sparse-disent gin NAME prints the parameters of one."])


def one(name: str) -> str:
  """Returns a configurable with its parameters, defaults and their meaning.

  Args:
    name: Its name, or NAME.PARAMETER for that parameter alone.

  Raises:
    ValueError: There is no such configurable or parameter.
  """
  known = configurables.find_all()
  before, _, last = name.rpartition(".")
  if name not in known and before in known:
    return _parameter(known[before], _named(known[before], last))
  found = configurables.get(name)
  kind = f"@{found.name}()" if found.is_class else f"@{found.name}"
  return "\n".join([
      f"{kind}, in {found.module}", "", *_indented(found.summary),
      *(["", textwrap.indent(found.description, "  ")]
        if found.description else []),
      *(f"\n{_parameter(found, each)}" for each in found.parameters),
      *([] if found.parameters else ["", "  It has no parameters in gin."])])


def _rows(found):
  lines = text_table.lines(
      [(f"  {each.name}", each.summary) for each in found], num_left=2)
  return [line if len(line) <= _WIDTH else f"{line[:_WIDTH - 4].rstrip()} ..."
          for line in lines]


def _parameter(found, parameter):
  value = "REQUIRED" if parameter.default is None else parameter.default
  return "\n".join([f"{found.name}.{parameter.name} = {value}",
                    *_indented(parameter.meaning)])


def _named(found, name):
  parameters = {each.name: each for each in found.parameters}
  if name not in parameters:
    raise ValueError(
        f"{found.name} has no parameter {name!r} in gin."
        f"{choices.nearest(name, parameters)} It has: "
        f"{', '.join(parameters) or 'none'}.")
  return parameters[name]


def _indented(text):
  return textwrap.wrap(text, _WIDTH, initial_indent="  ",
                       subsequent_indent="  ")
