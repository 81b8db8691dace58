"""Upstream's studies: an unknown name is an error that says what there is."""
from typing import Any

from sparse_disent.common import choices
from sparse_disent.compat import ledger


class Studies(dict):
  """Dictionary from names to studies."""

  def __missing__(self, name: str) -> Any:
    raise ValueError(
        f"There is no study '{name}'. Give --study one of {', '.join(self)}."
        f"{choices.hint(name, self)}")


def patch(module: Any) -> None:
  """Makes the studies of `config.reproduce` name an unknown one."""
  name = ledger.entry(f"{module.__name__}:STUDIES", ledger.ADDED).name
  attribute = name.partition(":")[2]
  found = getattr(module, attribute, None)
  if type(found) is dict:  # A fork may look up names in its own way.
    setattr(module, attribute, Studies(found))
