"""Sources as trees: parameters, and constants of this file and others."""
import ast

import pytest

from sparse_disent.reference import sources

MODULE = '''
from own.room import other
from own.room import other as short

LOCAL = [1, *other.MORE]
AGAIN = LOCAL

class Base:
  size: int = 3
  name: str = "a"

class Own:
  def __init__(self, a, b=2, *, c: int, d=other.LIMIT):
    pass

def f(x, /, y=AGAIN): pass
'''


@pytest.fixture(name="source")
def parsed(tmp_path):
  package = tmp_path / "own"
  (package / "room").mkdir(parents=True)
  (package / "room" / "other.py").write_text("LIMIT = 7\nMORE = [2, 3]\n")
  (package / "room" / "part.py").write_text(MODULE)
  (package / "room" / "part_test.py").write_text("class")  # Not Python.
  (package / "room" / "unrelated.py").write_text("class")
  found, = sources.read(package, "LOCAL")
  return found


def defaults(source, name):
  return {parameter: default and ast.unparse(source.resolved(default))
          for parameter, _, default in sources.parameters(
              source.definition(name))}


def test_modules_have_their_full_name(source):
  assert source.module == "own.room.part"


def test_parameters_and_constants(source):
  assert defaults(source, "Own") == {
      "a": None, "b": "2", "c": None, "d": "7"}
  assert defaults(source, "Base") == {"size": "3", "name": "'a'"}
  assert defaults(source, "f") == {"x": None, "y": "[1, 2, 3]"}
  assert source.definition("missing") is None


def test_names_that_are_no_constants_stay(source):
  for text in ("math.log(2)", "unknown", "short.LIMITS", "f"):
    node = ast.parse(text, mode="eval").body
    assert ast.unparse(source.resolved(node)) == text
