"""Names that a user may choose from."""
import difflib
from collections.abc import Iterable


def hint(name: object, names: Iterable[str]) -> str:
  """Returns " Did you mean 'NAME'?" for the nearest name, "" if none is near.

  Args:
    name: What was given.
    names: What could have been given.
  """
  by_case = {each.casefold(): each for each in names}
  found = difflib.get_close_matches(str(name).casefold(), by_case, 1)
  return f" Did you mean '{by_case[found[0]]}'?" if found else ""
