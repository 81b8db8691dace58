"""Parts of a docstring in Google's style."""
import inspect
import itertools
import re

_SECTION = re.compile(r"(Args|Arguments|Attributes|Returns|Raises|Yields|"
                      r"Source[^:\n]*):( .*)?")
_PARAMETERS = ("Args", "Arguments", "Attributes")
_PARAMETER = re.compile(r"\*{0,2}(\w+)(?: ?\([^)]*\))?:\s*(.*)")


def split(docstring: str | None) -> tuple[str, str, dict[str, str]]:
  """Splits a docstring.

  Args:
    docstring: Text, or None.

  Returns:
    summary: The first paragraph, in one line.
    description: What stands between it and the first section.
    parameters: Dictionary from the names in the sections "Args" and
      "Attributes" to their meaning, each in one line.
  """
  lines = inspect.cleandoc(docstring or "").splitlines()
  starts = [i for i, line in enumerate(lines) if _SECTION.fullmatch(line)]
  head = "\n".join(lines[:starts[0] if starts else None])
  summary, _, description = head.partition("\n\n")
  parameters: dict[str, str] = {}
  for start, end in itertools.pairwise([*starts, len(lines)]):
    if lines[start].removesuffix(":") in _PARAMETERS:
      parameters.update(_entries(lines[start + 1:end]))
  return " ".join(summary.split()), description.strip("\n"), parameters


def _entries(lines):
  """Names and meanings of a section; lines that go on are indented more."""
  indent = min((_indent(line) for line in lines if line.strip()), default=0)
  entries, name = {}, None
  for line in lines:
    found = _PARAMETER.fullmatch(line.strip())
    if found and _indent(line) == indent:
      name, text = found.groups()
      entries[name] = text
    elif name is not None and line.strip():
      entries[name] += f" {line.strip()}"
  return entries


def _indent(line):
  return len(line) - len(line.lstrip())
