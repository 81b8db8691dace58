"""Tests that docstrings say what something is or does, not what it answers."""
import ast
import pathlib

import pytest

import sparse_disent

_PACKAGE = pathlib.Path(sparse_disent.__file__).parent
_FILES = sorted(_PACKAGE.rglob("*.py"))
_QUESTIONS = ("What", "Which", "How", "Where", "Whether")


def _openings(text):
  """Yields (line, first word) of each docstring of a module."""
  for node in ast.walk(ast.parse(text)):
    if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef,
                         ast.AsyncFunctionDef)):
      words = (ast.get_docstring(node) or "").split(maxsplit=1)
      if words:
        yield getattr(node, "lineno", 1), words[0].rstrip(",.:;")


@pytest.mark.parametrize(
    "path", _FILES, ids=[str(path.relative_to(_PACKAGE)) for path in _FILES])
def test_no_docstring_opens_with_a_question(path):
  found = [f"line {line}: {word}" for line, word in
           _openings(path.read_text(encoding="utf-8")) if word in _QUESTIONS]
  assert not found, (
      f"{path}: open docstrings with a noun phrase or a verb, as in 'Replaces "
      f"Y with X': {found}")


def test_questions_are_found_in_modules_classes_and_functions():
  text = '''"""What it is."""
class A:
  """Where it is."""

  def b(self):
    """How, in short, it works."""

  async def c(self):
    """Returns a number."""
'''
  assert list(_openings(text)) == [
      (1, "What"), (2, "Where"), (5, "How"), (8, "Returns")]
