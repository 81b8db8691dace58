"""Functions that gin is given, checked against how upstream calls them.

Gin takes any function for any parameter: a decoder as `encoder.encoder_fn`, or
as the objective of a model the model itself. The error that follows says
neither what was bound nor what should be.
"""
import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

from gin import config as gin_config


@dataclasses.dataclass(frozen=True)
class Call:
  """A call of a function, or what an object is used for.

  Attributes:
    positional: Number of arguments that are given by order.
    names: Arguments that are given by name.
    method: Name of the method that upstream calls, if gin makes an object.
  """

  positional: int = 0
  names: tuple[str, ...] = ()
  method: str = ""

  @property
  def rule(self) -> str:
    """Words after "must"."""
    if self.method:
      return f"be an object with a method {self.method}"
    several = "s" if self.positional > 1 else ""
    parts = [f"{self.positional} argument{several}"] if self.positional else []
    return f"be a function of {' and '.join([*parts, *self.names])}"


def suits(reference: gin_config.ConfigurableReference, call: Call) -> bool:
  """Tells whether a reference of gin's can be called so.

  What gin binds to it counts as given. A function whose parameters Python does
  not know suits.
  """
  function = reference.configurable.wrapped
  if call.method:
    return not inspect.isclass(function) or hasattr(function, call.method)
  if reference.evaluate:  # What it returns is called; nobody knows that yet.
    return True
  try:
    signature = inspect.signature(function)
  except (TypeError, ValueError):
    return True
  bound = {name for key in (reference.config_key, ("", reference.selector),
                            ("", reference.config_key[1]))
           for name in gin_config._CONFIG.get(key, {})}
  try:
    given = signature.bind_partial(
        *[None] * call.positional, **dict.fromkeys(call.names)).arguments
  except TypeError:
    return False
  return all(name in given or name in bound for name in _needed(signature))


def _needed(signature: inspect.Signature) -> list[str]:
  kinds: tuple[Any, ...] = (inspect.Parameter.VAR_POSITIONAL,
                            inspect.Parameter.VAR_KEYWORD)
  return [name for name, parameter in signature.parameters.items()
          if parameter.default is inspect.Parameter.empty
          and parameter.kind not in kinds]


def check_cycles() -> None:
  """Checks that no object is needed to make itself, as with `f.x = @f()`.

  Raises:
    ValueError: One is.
  """
  for scope, selector in gin_config._CONFIG:
    _follow(scope, selector, ())


def _follow(scope: str, selector: str, above: tuple[tuple[str, str], ...]
            ) -> None:
  """Visits the objects that gin makes when it calls a function."""
  above = (*above, (scope, selector))
  for name, reference in _made(scope, selector):
    if reference.config_key in above:
      raise ValueError(
          f"{selector.rpartition('.')[2]}.{name} is {reference}, which needs "
          "itself. Bind something else.")
    inner_scope, inner_selector = reference.config_key
    _follow(inner_scope, inner_selector, above)


def _made(scope: str, selector: str
          ) -> Iterator[tuple[str, gin_config.ConfigurableReference]]:
  """Yields parameters and the references `@f()` in their values."""
  scopes = scope.split("/") if scope else []
  values: dict[str, Any] = {}
  for depth in range(len(scopes) + 1):  # An inner scope wins.
    values.update(gin_config._CONFIG.get(
        ("/".join(scopes[:depth]), selector), {}))
  for name, value in values.items():
    for one in value if isinstance(value, (list, tuple)) else [value]:
      if isinstance(one, gin_config.ConfigurableReference) and one.evaluate:
        yield name, one
