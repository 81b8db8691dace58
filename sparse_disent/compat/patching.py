"""Replaces names in upstream's modules, but keeps the changes of a fork.

A fork is a copy of upstream that people have changed. A function is adapted in
one of two ways:

* Wrapped: the wrapper calls the present function, upstream's or a fork's.
* Replaced: only if its source is that of upstream 1.5. A changed function is
  left alone, and one printed line says what that costs.

Each replaced name is listed in the `ledger`.
"""
import ast
import contextlib
import functools
import hashlib
import inspect
import pathlib
import sys
import textwrap
import types
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from sparse_disent.compat import ledger

_reported = set()


def fingerprint(function: Callable) -> str:
  """Returns a digest of a function's code.

  Comments, line breaks and the kind of quotes do not change it. Decorators do.

  Args:
    function: Function or method. For a decorated one, the code of the inner
      function counts.

  Returns:
    String of 12 hexadecimal digits; "" if the source cannot be read.
  """
  # For a method its function, so that the cache does not keep its object alive.
  return _fingerprint(getattr(function, "__func__", function))


@functools.lru_cache(maxsize=256)
def _fingerprint(function):
  try:
    source = inspect.getsource(inspect.unwrap(function))
  except (OSError, TypeError):
    return ""
  return _of_source(textwrap.dedent(source))


def _of_source(source):
  try:
    tree = _normal(ast.parse(source))
  except (SyntaxError, ValueError):
    return ""
  return hashlib.sha256(repr(tree).encode()).hexdigest()[:12]


@functools.lru_cache(maxsize=256)
def _of_file(path):
  try:
    return _of_source(pathlib.Path(path).read_bytes())
  except (OSError, TypeError):
    return ""


def _normal(node):
  """Returns a syntax tree as tuples, equal in all versions of Python."""
  if isinstance(node, list):
    return tuple(map(_normal, node))
  if not isinstance(node, ast.AST):
    return node
  fields = ((name, _normal(value)) for name, value in ast.iter_fields(node)
            if name not in ("ctx", "kind", "type_comment"))
  return type(node).__name__, *(
      field for field in fields if field[1] not in (None, ()))


def is_unchanged_module(name: str) -> bool:
  """Tells whether a module and those that it uses are upstream's own.

  Used modules count only if they are in the ledger.

  Args:
    name: Name of a module in the ledger:
      "disentanglement_lib.evaluation.metrics.mig".

  Returns:
    Whether all are unchanged. False also if the module is not in the ledger, is
    not loaded, or has no source.
  """
  if name not in sys.modules:
    return False
  prefix = f"{ledger.UPSTREAM}."
  used = [value.__name__ for value in vars(sys.modules[name]).values()
          if isinstance(value, types.ModuleType)
          and value.__name__.removeprefix(prefix) in ledger.MODULES]
  return all(
      _of_file(getattr(sys.modules[module], "__file__", None))
      == ledger.MODULES.get(module.removeprefix(prefix))
      for module in (name, *used))


def is_upstreams(function: Callable | None, name: str) -> bool:
  """Tells whether a function is upstream's own.

  Args:
    function: The present function, or None if there is none.
    name: Its name in the ledger.
  """
  entry = ledger.entry(name, ledger.OWN, ledger.READ)
  return function is not None and fingerprint(function) == entry.fingerprint


def left_alone(name: str, kind: str) -> None:
  """Prints once that a changed name is left alone, and what that costs."""
  if name not in _reported:
    _reported.add(name)
    print(f"sparse_disent leaves {name} alone, as it is not that of "
          f"disentanglement_lib 1.5: {ledger.entry(name, kind).loss}.",
          file=sys.stderr)


def _find(module, attribute, kind):
  """Returns the entry in the ledger, and the present value or None."""
  return (ledger.entry(f"{module.__name__}:{attribute}", kind),
          getattr(module, attribute, None))


def replace(module: types.ModuleType, attribute: str) -> Callable:
  """Replaces a function by the decorated one, if it is upstream's own.

  Args:
    module: Module of upstream's.
    attribute: String, name of a function in it.

  Returns:
    Decorator of a function whose first argument is the original function.
  """
  def put(replacement):
    entry, original = _find(module, attribute, ledger.OWN)
    if not is_upstreams(original, entry.name):
      left_alone(entry.name, entry.kind)
      return

    @functools.wraps(original)
    def function(*args, **kwargs):
      return replacement(original, *args, **kwargs)

    setattr(module, attribute, function)

  return put


def wrap(module: types.ModuleType, attribute: str) -> Callable:
  """Wraps a function of upstream's, or a fork's, in the decorated one.

  A fork's function is called like upstream's. Arguments beyond the parameters
  in the ledger are passed to it directly; the wrapper does not see them.

  Args:
    module: Module of upstream's.
    attribute: String, name of a function in it.

  Returns:
    Decorator of a function. Its first argument is the original function, which
    takes values of the parameters in the ledger. Its other arguments are these
    values.
  """
  def put(wrapper):
    entry, original = _find(module, attribute, ledger.CALLED)
    if original is None or not _begins_with(original, entry.parameters):
      left_alone(entry.name, entry.kind)
    else:
      setattr(
          module, attribute, _wrapped(wrapper, original, entry.parameters))

  return put


def _begins_with(function, parameters):
  signature = tuple(inspect.signature(function).parameters)
  return signature[:len(parameters)] == parameters


def _wrapped(wrapper, original, parameters):
  signature = inspect.signature(original)
  defaults = {name: signature.parameters[name].default for name in parameters}

  @functools.wraps(original)
  def function(*args, **kwargs):
    given = {**defaults, **signature.bind_partial(*args, **kwargs).arguments}
    if any(given[name] is inspect.Parameter.empty for name in parameters):
      return original(*args, **kwargs)  # It raises the error.

    def call(*values):
      known = dict(zip(parameters, values, strict=True))
      bound = inspect.BoundArguments(signature, {**given, **known})
      return original(*bound.args, **bound.kwargs)

    return wrapper(call, *map(given.get, parameters))

  return function


class StandIn:
  """A copy of a module in which some names have other values."""

  def __init__(self, module: Any, names: Mapping[str, Any]):
    """Looks up names in a dictionary first, then in the module."""
    vars(self).update(names, _module=module)

  def __getattr__(self, name: str) -> Any:
    return getattr(self._module, name)


def stand_in(module: types.ModuleType, attribute: str, **names: Any) -> None:
  """Changes functions of a module as seen by one of upstream's modules.

  Args:
    module: Module of upstream's.
    attribute: Name in it of the module that it uses, e.g. "np".
    **names: The changed functions, by name.
  """
  entry, original = _find(module, attribute, ledger.STAND_IN)
  if original is None:
    left_alone(entry.name, entry.kind)
  else:
    setattr(module, attribute, StandIn(original, names))


@contextlib.contextmanager
def temporarily(module: types.ModuleType, attribute: str, **names: Any
                ) -> Iterator[None]:
  """Does the same as `stand_in`, until the context ends."""
  original = getattr(module, attribute)
  setattr(module, attribute, StandIn(original, names))
  try:
    yield
  finally:
    setattr(module, attribute, original)
