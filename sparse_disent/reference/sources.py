"""Source files as trees: functions, arguments, and values of constants."""
import ast
import pathlib
from collections.abc import Iterator


class Source:
  """A parsed file of a package.

  Attributes:
    module: Full name, such as "sparse_disent.layers.l0_pair".
    tree: `ast.Module`.
  """

  def __init__(self, path: pathlib.Path, package: pathlib.Path) -> None:
    """Parses a file.

    Args:
      path: Path of the file.
      package: Folder of the package that it belongs to.
    """
    parts = path.relative_to(package.parent).with_suffix("").parts
    self.module = ".".join(part for part in parts if part != "__init__")
    self.tree = ast.parse(path.read_text(encoding="utf-8"))
    self._package = package
    self._constants = {
        target.id: node.value for node in self.tree.body
        if isinstance(node, ast.Assign) for target in node.targets
        if isinstance(target, ast.Name)}

  def definition(self, name: str) -> ast.AST | None:
    """Returns the function or class of that name at the top, or None."""
    return next((node for node in self.tree.body if getattr(
        node, "name", None) == name), None)

  def resolved(self, node: ast.expr) -> ast.expr:
    """Replaces names of constants, of this file or others, by their values."""
    if isinstance(node, ast.Name) and node.id in self._constants:
      return self.resolved(self._constants[node.id])
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
      other = self._imported(node.value.id)
      if other is not None and node.attr in other._constants:
        return other.resolved(other._constants[node.attr])
    if isinstance(node, ast.List):
      return ast.List([item for each in node.elts for item in (
          self.resolved(each.value).elts  # type: ignore[attr-defined]
          if isinstance(each, ast.Starred) else [each])], node.ctx)
    return node

  def _imported(self, name):
    """Returns the `Source` of a module of the package, by its name here."""
    for node in self.tree.body:
      if isinstance(node, ast.ImportFrom):
        for alias in node.names:
          if name in (alias.asname, alias.asname or alias.name):
            path = self._package.parent.joinpath(
                *(node.module or "").split("."), f"{alias.name}.py")
            if path.is_relative_to(self._package) and path.is_file():
              return Source(path, self._package)
    return None


def read(package: pathlib.Path, word: str) -> Iterator[Source]:
  """Yields the files of a package that hold a word, without its tests."""
  for path in sorted(package.rglob("*.py")):
    if not path.name.endswith("_test.py") and word in path.read_text("utf-8"):
      yield Source(path, package)


def parameters(
    node: ast.AST) -> list[tuple[str, ast.expr | None, ast.expr | None]]:
  """Returns the parameters of a function, of a class or of a dataclass.

  Args:
    node: Definition of a function or class.

  Returns:
    List of (name, annotation, default), None for one that is missing.
  """
  if isinstance(node, ast.ClassDef):
    init = next((part for part in node.body if getattr(
        part, "name", None) == "__init__"), None)
    if init is None:
      return [(part.target.id, part.annotation, part.value)
              for part in node.body if isinstance(part, ast.AnnAssign)
              and isinstance(part.target, ast.Name)]
    return parameters(init)[1:]  # Without self.
  if not isinstance(node, ast.FunctionDef):
    return []
  arguments = node.args
  positional = [*arguments.posonlyargs, *arguments.args]
  missing = len(positional) - len(arguments.defaults)
  pairs = [*zip(positional, [*[None] * missing, *arguments.defaults],
                strict=True),
           *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
  return [(part.arg, part.annotation, default) for part, default in pairs]
