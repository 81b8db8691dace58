"""Finds gin configurables in sources, without importing what they need.

Importing would take seconds and load TensorFlow. `tests/reference` compares
the result with gin's own registry.
"""
import ast
import dataclasses
import functools
import importlib.machinery
import importlib.util
import pathlib

from sparse_disent.common import choices
from sparse_disent.reference import docstrings
from sparse_disent.reference import sources

UPSTREAM = "disentanglement_lib"
_REQUIRED = "gin.REQUIRED"
_ALLOWED = ("allowlist", "whitelist")
_DENIED = ("denylist", "blacklist")


@dataclasses.dataclass(frozen=True)
class Parameter:
  """A parameter that gin can bind.

  Attributes:
    name: Its name.
    default: Its default as in Python; None if it has to be bound, or if the
      caller gives it.
    meaning: Sentences of the docstring, in one line; may be empty.
    type: Its annotation; may be empty.
  """

  name: str
  default: str | None
  meaning: str
  type: str


@dataclasses.dataclass(frozen=True)
class Configurable:
  """A function or class that gin knows.

  Attributes:
    name: Its name in gin files.
    module: Module that defines it.
    is_class: Whether it is used as `@name()`, not as `@name`.
    summary: First paragraph of its docstring.
    description: What else the docstring says before its sections.
    parameters: List of `Parameter`.
  """

  name: str
  module: str
  is_class: bool
  summary: str
  description: str
  parameters: list[Parameter]

  @property
  def is_ours(self) -> bool:
    """True if it is of this package, not of upstream."""
    return not self.module.startswith(f"{UPSTREAM}.")


@functools.cache
def find_all() -> dict[str, Configurable]:
  """Finds ours, and upstream's if it is installed.

  Returns:
    Dictionary from names to `Configurable`, ours first, each part sorted.
  """
  packages = [pathlib.Path(__file__).resolve().parent.parent, _upstream()]
  found: dict[str, Configurable] = {}
  for package in filter(None, packages):
    of_package = [each for source in sources.read(package, "configurable")
                  for each in find(source)]
    for each in sorted(of_package, key=lambda each: each.name):
      found.setdefault(each.name, each)
  return found


def get(name: str) -> Configurable:
  """Finds one configurable.

  Args:
    name: Its name; "@name", "@name()", "scope/name" and "module.name" are the
      same.

  Raises:
    ValueError: There is none; the message has the nearest names.
  """
  plain = name.removeprefix("@").removesuffix("()").rpartition("/")[2]
  known = find_all()
  found = known.get(plain) or known.get(plain.rpartition(".")[2])
  if found is None:
    raise ValueError(
        f"There is no configurable {name!r} of this package or of upstream."
        f"{choices.nearest(plain, known)} TensorFlow's own, such as "
        "AdamOptimizer, are in its documentation. `sparse-disent gin` lists "
        "all.")
  return found


def find(source: sources.Source) -> list[Configurable]:
  """Finds the configurables that a source file defines."""
  found = []
  for node in ast.walk(source.tree):
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
      for decorator in node.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        if ast.unparse(call.func if call else decorator) == "gin.configurable":
          name = call.args[0] if call and call.args else None
          found.append(_configurable(source, node, name, call))
    elif isinstance(node, ast.Call) and (
        ast.unparse(node.func) == "gin.external_configurable"
        and len(node.args) == 2 and isinstance(node.args[1], ast.Constant)):
      defined = source.definition(str(node.args[1].value))
      if defined is not None:
        found.append(_configurable(source, defined, node.args[1], node))
  return found


def _configurable(source, node, name, call):
  is_class = isinstance(node, ast.ClassDef)
  summary, description, meanings = docstrings.split(ast.get_docstring(node))
  if is_class:
    init = next((part for part in node.body if getattr(
        part, "name", None) == "__init__"), None)
    if init is not None:
      meanings |= docstrings.split(ast.get_docstring(init))[2]
  lists = {keyword.arg: ast.literal_eval(source.resolved(keyword.value))
           for keyword in (call.keywords if call else [])}
  allowed = next((lists[key] for key in _ALLOWED if key in lists), None)
  denied = next((lists[key] for key in _DENIED if key in lists), ())
  return Configurable(
      ast.literal_eval(name) if name else node.name, source.module, is_class,
      summary, description,
      [_parameter(source, meanings, *each)
       for each in sources.parameters(node)
       if each[0] not in denied and (allowed is None or each[0] in allowed)])


def _parameter(source, meanings, name, annotation, default):
  text = None if default is None else ast.unparse(source.resolved(default))
  return Parameter(name, None if text == _REQUIRED else text,
                   meanings.get(name, ""),
                   "" if annotation is None else ast.unparse(annotation))


def _upstream():
  """Folder of upstream, found without importing it; None if there is none."""
  # The path alone: a search by all finders would load compat.
  spec = importlib.machinery.PathFinder.find_spec(UPSTREAM) or (
      importlib.util.find_spec(UPSTREAM))
  if spec is None or spec.origin is None:
    return None
  return pathlib.Path(spec.origin).parent
