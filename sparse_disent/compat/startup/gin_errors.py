"""Gin's errors in one line: place, cause, and the nearest name that exists."""
import inspect
import re
import sys
import tokenize
from collections.abc import Iterable

from sparse_disent.common import choices
from sparse_disent.common import missing_gin
from sparse_disent.common import one_line

_PLACE = re.compile(r'\n  In (?:file "(?P<file>.*)",|bindings string) '
                    r"line (?P<line>\d+)\n    (?P<text>.*)")


def explain(error: BaseException) -> str:
  """Returns the message of any error in one line.

  An error that gin raised, or to which it has added the place in a gin file,
  gets the place first, and a name that gin does not know the nearest ones.
  """
  message = str(error)
  if isinstance(error, SyntaxError) and (
      one_line.is_of_gin(error) or isinstance(error, IndentationError)):
    return _of_syntax(error.filename, error.lineno, error.text, error.msg)
  if isinstance(error, tokenize.TokenError):
    return _of_syntax(None, error.args[1][0], "", error.args[0])
  place = _PLACE.search(message)
  if place is None:
    return (_cause(message.strip()) if one_line.is_of_gin(error)
            else one_line.text(error))
  cause = _cause(message[:place.start()].strip())
  return f"{_at(place['file'], place['line'], place['text'])}: {cause}"


def _at(file, line, text):
  """Describes a place, such as `'x.gin', line 3, "vae.beta = 1"`."""
  where = f"'{file}', line {line}" if file else f"gin binding {line}"
  text = " ".join((text or "").split())
  return f"{where}, `{text}`" if text else where


def _of_syntax(file, line, text, reason):
  reason = " ".join(str(reason).split()).rstrip(".")
  return (f"{_at(file, line, text)}: this is not gin: {reason}. Write it as "
          "`function.parameter = value`, with text in quotes.")


def _cause(message):
  for pattern, explanation in _CAUSES:
    found = re.match(pattern, message)
    if found:
      return explanation(*found.groups())
  return " ".join(message.split("\n  In call to configurable", 1)[0].split())


def _unknown_function(name):
  return (f"there is no function or class '{name}'."
          f"{choices.nearest(name.rpartition('.')[2], _functions())} If it is "
          "your own, import its module in the gin file.")


def _unknown_parameter(function, name):
  known = _parameters(function)
  return (f"'{function}' has no parameter '{name}' to set."
          f"{choices.nearest(name, known)} It has "
          f"{', '.join(known) or 'none'}.")


def _required(function, names):
  first, *others = re.findall(r"'([^']*)'", names)
  given = " and ".join(f"{function}.{name}" for name in (first, *others))
  return (f"{given} must be set. Bind it in a gin file, or give "
          f"--gin_bindings='{function}.{first} = ...'.")


def _unbound(function, name):
  if function == "dataset":  # Upstream's scripts ask for nothing else.
    return (_required("dataset", "'name'") + ' dataset.name = "auto" is the '
            "data set of the step before.")
  return _required(function, f"'{name}'")


def _missing_file(name, _):
  return missing_gin.message(name)


_CAUSES = (
    (r"No configurable matching '(.*)'\.", _unknown_function),
    (r"No configurable matching reference '@(.*?)(?:\(\))?'",
     _unknown_function),
    (r"Configurable '(.*)' doesn't have a parameter named '(.*)'\.",
     _unknown_parameter),
    (r"Configurable '(.*)' doesn't include kwarg '(.*)' in its allowlist\.",
     _unknown_parameter),
    (r"Configurable '(.*)' has denylisted kwarg '(.*)'\.", _unknown_parameter),
    (r"Required bindings for `(.*)` not provided in config: (\[.*\])",
     _required),
    (r"Configurable '(.*)' has no bound (parameters)\.", _unbound),
    (r"Configurable '(.*)' has no value bound for parameter '(.*)'\.",
     _unbound),
    (r"Unable to open file: (.*)\. Searched config paths: (.*)\.",
     _missing_file),
)


def _functions() -> Iterable[str]:
  """Returns the names of all functions and classes that gin knows."""
  return {name.rpartition(".")[2]
          for name, _ in sys.modules["gin"].config._REGISTRY.items()}


def _parameters(function) -> list[str]:
  """Returns the parameters of a function that gin can set."""
  gin = sys.modules["gin"]
  found = gin.config._REGISTRY.get_match(function)
  if found is None:
    return []
  parameters = inspect.signature(found.wrapped).parameters
  return [name for name, parameter in parameters.items()
          if name != "self" and parameter.kind.name in (
              "POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY")
          and (not found.allowlist or name in found.allowlist)
          and name not in (found.denylist or ())]
