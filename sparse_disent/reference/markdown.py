"""Gin configurables as a page of the documentation."""
import itertools
import re

from sparse_disent.reference import configurables

_INTRODUCTION = """\
# Gin reference

Every name that a gin file can use: ours, and those of disentanglement_lib 1.5.
`sparse-disent gin NAME` prints the same on a terminal. A parameter is bound as
`name.parameter = value`; one that is **required** has no default, and gin says
so when it is missing. `@name()` passes an object, `@name` a function.
"""


def page() -> str:
  """Returns the page, with a section for each room and configurable."""
  known = configurables.find_all().values()
  parts = [_INTRODUCTION]
  order = sorted(
      known, key=lambda each: (not each.is_ours, _room(each), each.name))
  for room, found in itertools.groupby(order, key=_room):
    parts += [f"## {room}\n", *map(_section, found)]
  return "\n".join(parts)


def _room(found):
  """The room of a configurable as a title: "layers", "upstream: methods"."""
  package, room, *_ = found.module.split(".")
  return room if found.is_ours else f"upstream: {room}"


def _section(found):
  kind = f"@{found.name}()" if found.is_class else f"@{found.name}"
  lines = [f"### {found.name}\n", f"`{kind}` in `{found.module}`\n",
           f"{_prose(found.summary)}\n"]
  if found.description:
    lines.append(f"{code_blocks(found.description)}\n")
  if found.parameters:
    lines += ["| parameter | default | meaning |", "|---|---|---|", *(
        f"| `{each.name}` | {_default(each)} | {_prose(each.meaning, True)} |"
        for each in found.parameters), ""]
  return "\n".join(lines)


def _default(parameter):
  return "**required**" if parameter.default is None else (
      f"`{parameter.default}`".replace("|", "\\|"))


def code_blocks(text: str) -> str:
  """Turns the indented formulas of a docstring into code blocks.

  Markdown takes four spaces for code; docstrings here have two.

  Args:
    text: Paragraphs of a docstring.
  """
  paragraphs = re.split(r"\n\n+", text)
  return "\n\n".join(
      "```text\n" + re.sub("^  ", "", each, flags=re.M) + "\n```"
      if each.startswith("  ") else _prose(each) for each in paragraphs)


def _prose(text, in_table=False):
  """Keeps Markdown from taking signs of formulas for its own."""
  parts = text.split("`")
  parts[::2] = [re.sub(r"([*_<|])", r"\\\1", part) if "* " not in part[:2]
                else re.sub(r"([_<|])", r"\\\1", part) for part in parts[::2]]
  if in_table:
    parts[1::2] = [part.replace("|", "\\|") for part in parts[1::2]]
  return "`".join(parts)
