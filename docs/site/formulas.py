"""Formulas of docstrings, which are indented, as code blocks of the site."""
import re

import griffe

from sparse_disent.reference import markdown

_SECTION = re.compile(r"^(?:Args|Attributes|Returns|Raises|Yields):\n", re.M)


class Formulas(griffe.Extension):
  """Rewrites the part of each docstring that precedes its sections."""

  def on_object(self, *, obj, loader, **kwargs):
    """Rewrites the docstring of one object, once it is there."""
    del loader, kwargs
    if obj.docstring is None:
      return
    text = obj.docstring.value
    section = _SECTION.search(text)
    end = section.start() if section else len(text)
    obj.docstring.value = (
        f"{markdown.code_blocks(text[:end].rstrip())}\n\n{text[end:]}")
