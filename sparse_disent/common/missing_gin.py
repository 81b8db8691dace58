"""The message on a gin file that does not exist, with the nearest that do."""
import os
import sys
from collections.abc import Iterator

from sparse_disent.common import choices


def message(name: str) -> str:
  """Returns the message on a gin file that does not exist."""
  if os.path.isdir(name):
    return f"'{name}' is a folder and no gin file. Give a file in it."
  near = choices.nearest(name, _gin_files(name))
  return (f"There is no gin file '{name}'.{near} It may be relative to this "
          "folder, to sparse_disent's, as gin_configs/base.gin is, or to "
          "disentanglement_lib's.")


def _gin_files(name) -> Iterator[str]:
  """Yields gin files in the folders in which a file may have been meant."""
  folder = os.path.dirname(name)
  for place in sys.modules["gin"].config._LOCATION_PREFIXES:
    for directory in {folder, "gin_configs"}:
      try:
        names = os.listdir(os.path.join(place, directory) or os.curdir)
      except OSError:
        continue
      yield from (os.path.join(directory, file) for file in names
                  if file.endswith(".gin"))
