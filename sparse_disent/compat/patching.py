"""Replaces names in upstream's modules, and keeps what a fork has changed.

People build on upstream by changing it. So a function is either wrapped, which
calls it whatever it is, or replaced, which is done only if its source is that
of upstream 1.5. A changed function is left alone, and one line says what that
costs. Each replaced name stands in the `ledger`.
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

from sparse_disent.compat import ledger

_reported = set()


def fingerprint(function: Callable) -> str:
  """Returns a digest of a function's code.

  Comments, line breaks and quotes make no difference, decorators do.

  Args:
    function: Function or method; of a decorated one its own code counts.

  Returns:
    String of 12 hexadecimal digits; "" if there is no source to be read.
  """
  # Of a method, so that nothing keeps its object alive.
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
  """Returns a tree as tuples, the same in all versions of Python."""
  if isinstance(node, list):
    return tuple(map(_normal, node))
  if not isinstance(node, ast.AST):
    return node
  fields = ((name, _normal(value)) for name, value in ast.iter_fields(node)
            if name not in ("ctx", "kind", "type_comment"))
  return type(node).__name__, *(
      field for field in fields if field[1] not in (None, ()))


def is_unchanged_module(name: str) -> bool:
  """Tells whether a module is upstream's own, and so are those that it uses.

  Of the modules that it uses those in the ledger count.

  Args:
    name: Name of a module in the ledger:
      "disentanglement_lib.evaluation.metrics.mig".

  Returns:
    False also for a module that is not in the ledger or not loaded, or of which
    there is no source.
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
    function: What is there, or None.
    name: String, its name in the ledger.
  """
  entry = ledger.entry(name, ledger.OWN, ledger.READ)
  return function is not None and fingerprint(function) == entry.fingerprint


def left_alone(name: str, kind: str) -> None:
  """Says, once, that a name differs and is left alone, and what that costs."""
  if name not in _reported:
    _reported.add(name)
    print(f"sparse_disent leaves {name} alone, as it is not that of "
          f"disentanglement_lib 1.5: {ledger.entry(name, kind).loss}.",
          file=sys.stderr)


def _find(module, attribute, kind):
  """Returns an entry of the ledger and what is there, or None."""
  return (ledger.entry(f"{module.__name__}:{attribute}", kind),
          getattr(module, attribute, None))


def replace(module: types.ModuleType, attribute: str) -> Callable:
  """Puts the decorated function in place of one that is upstream's own.

  Args:
    module: Module of upstream's.
    attribute: String, name of a function in it.

  Returns:
    Decorator of a function that gets the original first.
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

  A fork's function is called like upstream's. What it takes beyond the
  parameters in the ledger passes by the wrapper.

  Args:
    module: Module of upstream's.
    attribute: String, name of a function in it.

  Returns:
    Decorator of a function that gets the original first, to be called with
    values of the parameters in the ledger, and then those values.
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
      return original(*args, **kwargs)  # Which raises the error for it.

    def call(*values):
      known = dict(zip(parameters, values, strict=True))
      bound = inspect.BoundArguments(signature, {**given, **known})
      return original(*bound.args, **bound.kwargs)

    return wrapper(call, *map(given.get, parameters))

  return function


class StandIn:
  """A module with some other names; all others are its own."""

  def __init__(self, module, names):
    """Puts a dictionary of names before those of a module."""
    vars(self).update(names, _module=module)

  def __getattr__(self, name):
    return getattr(self._module, name)


def stand_in(module: types.ModuleType, attribute: str, **names) -> None:
  """Puts other functions into a module that one of upstream's modules uses.

  Args:
    module: Module of upstream's.
    attribute: String, the name of a module in it.
    **names: What that has instead.
  """
  entry, original = _find(module, attribute, ledger.STAND_IN)
  if original is None:
    left_alone(entry.name, entry.kind)
  else:
    setattr(module, attribute, StandIn(original, names))


@contextlib.contextmanager
def temporarily(module: types.ModuleType, attribute: str, **names
                ) -> Iterator[None]:
  """Does what `stand_in` does, until the context ends."""
  original = getattr(module, attribute)
  setattr(module, attribute, StandIn(original, names))
  try:
    yield
  finally:
    setattr(module, attribute, original)
