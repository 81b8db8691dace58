"""Rooms import only what the table in docs/architecture.md lets them."""
import ast
import re

import conftest
import pytest

PACKAGE = conftest.ROOT / "sparse_disent"


def read_walls():
  """Returns a dictionary from rooms to the modules that they may import."""
  text = (conftest.ROOT / "docs/architecture.md").read_text()
  rows = re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", text, re.MULTILINE)
  return {room: re.findall(r"`([\w.]+)`", allowed) for room, allowed in rows}


def read_imports(path):
  """Yields the modules of ours that a file imports, and the lines."""
  for node in ast.walk(ast.parse(path.read_text())):
    if isinstance(node, ast.Import):
      names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
      names = [f"{node.module}.{alias.name}" for alias in node.names]
    else:
      continue
    for name in names:
      top, _, module = name.partition(".")
      if top == PACKAGE.name and module:
        yield module, node.lineno


def crossings(room, allowed, path):
  """Returns the imports of a file that cross a wall of its room, as text."""
  return [
      f"{path.name}:{line} imports {module}"
      for module, line in read_imports(path)
      if not any(f"{module}.".startswith(f"{door}.")
                 for door in (room, *allowed, "__version__"))]


WALLS = read_walls()


def test_each_room_has_a_row():
  rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
  assert rooms == set(WALLS)


@pytest.mark.parametrize("room", sorted(WALLS))
def test_no_import_crosses_a_wall(room):
  found = [crossing for path in sorted((PACKAGE / room).rglob("*.py"))
           for crossing in crossings(room, WALLS[room], path)]
  assert not found


def test_crossings_are_found(tmp_path):
  file = tmp_path / "module.py"
  file.write_text(
      "import sparse_disent\n"
      "from sparse_disent.ops import masks\n"
      "from sparse_disent import report\n"
      "def late():\n"
      "  from sparse_disent.data import origin\n"
      "  from sparse_disent.data import original\n"
      "  import sparse_disent.layers.gate\n")
  assert crossings("ops", ["data.origin"], file) == [
      "module.py:3 imports report", "module.py:6 imports data.original",
      "module.py:7 imports layers.gate"]
