"""Names that a user may choose from."""
import difflib
from collections.abc import Iterable


def nearest(name: object, names: Iterable[str], count: int = 3) -> str:
  """Returns a sentence with the names that are nearest to what was given.

  Args:
    name: What was given; upper and lower case do not matter.
    names: What could have been given.
    count: Integer, how many names are told at most.

  Returns:
    Such as " Did you mean 'model' or 'mode'?"; empty if none is near.
  """
  return question(near(name, names, count))


def near(name: object, names: Iterable[str], count: int = 3) -> list[str]:
  """Returns the names that are nearest to what was given, at most `count`."""
  given = str(name).casefold()
  by_case = {each.casefold(): each for each in sorted(names)}
  found = difflib.get_close_matches(given, by_case, count) or [
      each for each in by_case if given and each.startswith(given)][:count]
  return [by_case[each] for each in found]


def question(names: Iterable[str]) -> str:
  """Returns " Did you mean 'model' or 'mode'?", or "" for no names."""
  told = " or ".join(map(repr, names))
  return f" Did you mean {told}?" if told else ""
