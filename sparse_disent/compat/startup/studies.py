"""Upstream's studies, and further ones; an unknown name is an error."""
from collections.abc import Callable
from collections.abc import MutableMapping
from typing import Any

from sparse_disent.common import choices
from sparse_disent.compat import ledger

# Functions that add studies to upstream's mapping from names to studies.
FURTHER: list[Callable[[MutableMapping[str, Any]], None]] = []


class Studies(dict):
  """Dictionary from names to studies."""

  def __missing__(self, name: str) -> Any:
    raise ValueError(
        f"There is no study '{name}'. Give --study one of {', '.join(self)}."
        f"{choices.nearest(name, self)}")


def patch(module: Any) -> None:
  """Makes the studies of `config.reproduce` name an unknown one."""
  name = ledger.entry(f"{module.__name__}:STUDIES", ledger.ADDED).name
  attribute = name.partition(":")[2]
  found = getattr(module, attribute, None)
  if type(found) is dict:  # A fork may look up names in its own way.
    setattr(module, attribute, Studies(found))
    for add_to in FURTHER:
      add_to(getattr(module, attribute))
