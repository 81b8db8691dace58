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
  given = str(name).casefold()
  by_case = {each.casefold(): each for each in sorted(names)}
  found = difflib.get_close_matches(given, by_case, count) or [
      each for each in by_case if given and each.startswith(given)][:count]
  return (f" Did you mean {' or '.join(repr(by_case[each]) for each in found)}?"
          if found else "")
