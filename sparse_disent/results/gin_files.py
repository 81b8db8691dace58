"""Gin files as data: their bindings, read by gin's own parser.

Reading a file binds nothing in gin and imports nothing. So a file can be read
in any process, even if the functions that it names are not registered there.
"""
import contextlib
import os
import sys
import tokenize
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import gin
from gin import config_parser

from sparse_disent.common import missing_gin

_LARGEST = 8 * 2**20
_DEEPEST = 50  # Files that include files.
# References of macros to macros in results of strangers: a value may double
# with each.
_MOST_NESTED = 20
# Of gin's parser, which hands values to Python's.
_ERRORS = (SyntaxError, tokenize.TokenError, ValueError, TypeError, MemoryError,
           RecursionError)


class Reference(str):
  """A function or a constant in a gin file, such as `@mig`, `@vae()`, `%PI`.

  It equals its text. Its `repr` has no quotes, as in the file.
  """

  def __repr__(self) -> str:
    return str(self)


class _Delegate(config_parser.ParserDelegate):
  """Returns a `Reference` for each name that gin would look up."""

  def configurable_reference(self, scoped_configurable_name, evaluate):
    return Reference(f"@{scoped_configurable_name}{'()' if evaluate else ''}")

  def macro(self, macro_name):
    return Reference(f"%{macro_name}")


def path(directory: str | os.PathLike, step: str = "train") -> str:
  """Path of the configuration that a step has recorded.

  Args:
    directory: Folder of this step or a later one, e.g. of a trained model.
    step: "train", "postprocess" or "evaluation".
  """
  return os.path.join(directory, "results", "gin", f"{step}.gin")


def bindings(gin_file: str | os.PathLike,
             further: Sequence[str] = ()) -> dict[str, Any]:
  """Reads all bindings of a gin file and of the files that it includes.

  Args:
    gin_file: Path; a relative path is searched for in the folders that gin
      searches.
    further: Bindings that are made after those of the file, as of
      `--gin_bindings`.

  Returns:
    bindings: Dictionary from parameters, with their scopes, to values, such as
      {"a/mig.num_train": 10}. Macros are replaced by their values.

  Raises:
    FileNotFoundError: There is no such file.
    ValueError: It is not a gin file, or too large for one.
  """
  return {name: value for name, value in _values(gin_file, further).items()
          if "." in name}


def parsed(lines: Sequence[str]) -> dict[str, Any]:
  """Reads bindings that a user has given; macros stay references.

  Raises:
    ValueError: One of them is not gin.
  """
  values = {}
  for line in lines:
    try:
      statements = list(config_parser.ConfigParser(line, _Delegate()))
      values.update((_name(each), each.value) for each in statements)
    except (AttributeError, *_ERRORS) as error:
      raise ValueError(
          f"{line[:200]!r} is not a gin binding: {_reason(error)}. Give one "
          "such as \"mig.num_train = 1000\".") from error
  return values


def recorded(directory: str | os.PathLike, step: str) -> dict[str, Any]:
  """The bindings that a step has recorded, as `bindings` returns them.

  Upstream's `results.gin_dict` loses values that gin breaks into lines.

  Returns:
    bindings: Dictionary; empty if nothing has been recorded.
  """
  place = path(directory, step)
  return bindings(os.path.abspath(place)) if os.path.isfile(place) else {}


def without_macros(config: Mapping[str, str]) -> dict[str, str]:
  """Replaces the macros in a configuration of upstream's JSON by their values.

  Args:
    config: Dictionary from parameters and macros to text, such as
      {"vae.beta": "%b", "b": "4.0"}.

  Returns:
    config: Dictionary from parameters to text, such as {"vae.beta": "4.0"}.
      Text that is not gin stays as it is.

  Raises:
    ValueError: Macros refer to macros too often to be resolved.
  """
  told = {name: text for name, text in config.items() if "." in name}
  values = {}
  for name, text in config.items():
    if name not in told or "%" in text:  # To parse all takes long.
      with contextlib.suppress(ValueError):
        values.update(parsed([f"{name} = {text}"]))
  macros = {name: value for name, value in values.items() if "." not in name}
  if sum(repr(value).count("%") for value in macros.values()) > _MOST_NESTED:
    raise ValueError(
        f"Macros refer to macros more than {_MOST_NESTED} times: "
        f"{', '.join(macros)[:200]}.")
  for name in told.keys() & values.keys():
    with contextlib.suppress(TypeError):  # A list as a key of a dictionary.
      resolved = _resolved(values[name], macros)
      if repr(resolved) != repr(values[name]):
        told[name] = repr(resolved)
  return told


def read(model_dir: str | os.PathLike) -> dict[str, dict[str, Any]]:
  """Reads the configuration of a training, by function; scopes are dropped.

  Args:
    model_dir: Directory of a trained model.

  Returns:
    bindings: Dictionary from functions to dictionaries from parameters to
      values, e.g. {"sparse_vae": {"groups": [3, 3]}}. A macro is listed as a
      function with the parameter "". Empty if there is no configuration.
  """
  result = {}
  place = path(model_dir)
  values = _values(os.path.abspath(place)) if os.path.isfile(place) else {}
  for name, value in values.items():
    function, *parameter = name.rpartition("/")[2].rsplit(".", 1)
    result.setdefault(function, {})["".join(parameter)] = value
  return result


def find(values: Iterable[str], parameter: str) -> str | None:
  """Finds a parameter, whose name may have more or fewer module prefixes.

  Args:
    values: Names, such as the return value of `bindings`.
    parameter: Name such as "a/mig.num_train".

  Returns:
    name: The name in `values`, such as "a/metrics.mig.num_train"; or None.
  """
  return next((name for name in values if _is_same(name, parameter)), None)


def _is_same(name, other):
  scope, _, name = f"/{name}".rpartition("/")
  other_scope, _, other = f"/{other}".rpartition("/")
  return scope == other_scope and (
      f".{name}".endswith(f".{other}") or f".{other}".endswith(f".{name}"))


def _values(gin_file: str | os.PathLike,
            further: Sequence[str] = ()) -> dict[str, Any]:
  """Returns the values of all parameters and macros, by name."""
  values = dict(_statements(os.fspath(gin_file)))
  for name, value in parsed(further).items():
    if "." in name:  # Not a macro.
      values.pop(find(values, name) or "", None)
    values[name] = value
  macros = {name: value for name, value in values.items() if "." not in name}
  return {name: _resolved(value, macros) for name, value in values.items()}


def _statements(gin_file: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
  """Yields names and values in the order in which gin would bind them."""
  if depth > _DEEPEST:
    raise _no_gin(gin_file, f"more than {_DEEPEST} files include each other")
  for statement in _parsed(gin_file):
    if isinstance(statement, config_parser.IncludeStatement):
      yield from _statements(statement.filename, depth + 1)
    elif isinstance(statement, config_parser.BindingStatement):
      yield _name(statement), statement.value


def _parsed(gin_file):
  """Returns the statements of a file."""
  path = _locate(gin_file)
  if os.path.getsize(path) > _LARGEST:
    raise _no_gin(gin_file, f"it has more than {_LARGEST:,} bytes")
  with open(path, encoding="utf-8") as file:
    try:
      return list(config_parser.ConfigParser(file, _Delegate()))
    except _ERRORS as error:
      raise _no_gin(gin_file, _reason(error)) from error


def _reason(error):
  text = " ".join(str(error).split()) or type(error).__name__
  return text if len(text) < 300 else f"{text[:300]}..."


def _no_gin(gin_file, reason):
  return ValueError(
      f"'{gin_file}' is not gin: {reason}. Mend it or make it again.")


def _name(statement):
  name = statement.selector
  if statement.arg_name:
    name = f"{name}.{statement.arg_name}"
  return f"{statement.scope}/{name}" if statement.scope else name


def _locate(gin_file):
  """Path of a file in one of the folders that gin looks in."""
  places = [*gin.config._LOCATION_PREFIXES, *sys.path]
  paths = (os.path.join(place, gin_file) for place in places)
  found = next(filter(os.path.isfile, paths), None)
  if found is None:
    raise FileNotFoundError(missing_gin.message(os.fspath(gin_file)))
  return found


def _resolved(value, macros):
  """Replaces macros by their values, which may be macros themselves."""
  if (isinstance(value, Reference) and value.startswith("%")
      and value[1:] in macros):
    others = dict(macros)
    return _resolved(others.pop(value[1:]), others)
  if isinstance(value, (list, tuple)):
    return type(value)(_resolved(item, macros) for item in value)
  if isinstance(value, dict):
    return {_resolved(key, macros): _resolved(item, macros)
            for key, item in value.items()}
  return value
