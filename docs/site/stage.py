"""Lays the pages of the site out in output/docs, where mkdocs.yml looks.

  python docs/site/stage.py

Some pages stand elsewhere in the repository, such as the README, and some are
generated. Links between files of the repository become links between pages. A
link to a file that is no page becomes plain text.
"""
import argparse
import base64
import json
import os
import pathlib
import posixpath
import re
import shutil

from sparse_disent import cli
from sparse_disent.reference import markdown

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACE = ROOT / "output" / "docs"
# Files of the repository, by the page that shows them.
PAGES = {
    "index.md": "README.md",
    "benchmarks.md": "benchmarks/README.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
    **{f"protocols/{path.parent.name}.md": str(path.relative_to(ROOT))
       for path in sorted(ROOT.glob("evaluation_protocols/*/README.md"))},
    **{str(path.relative_to(ROOT / "docs")): str(path.relative_to(ROOT))
       for path in sorted(ROOT.glob("docs/**/*.md"))},
    **{f"examples/{path.stem}.md": str(path.relative_to(ROOT))
       for path in sorted(ROOT.glob("examples/*.ipynb"))},
}
PICTURES = (".png", ".svg", ".jpg")
_LINK = re.compile(r"(!?)\[([^\[\]]*)\]\(([^()\s]+)\)")


def stage() -> None:
  """Writes all pages and pictures."""
  shutil.rmtree(PLACE, ignore_errors=True)
  for folder, at in (("docs", "."), ("benchmarks", "benchmarks")):
    for path in sorted((ROOT / folder).rglob("*")):
      if path.suffix in PICTURES:
        _write(posixpath.join(at, path.relative_to(ROOT / folder)),
               path.read_bytes())
  _write("extra.css", (ROOT / "docs/site/extra.css").read_bytes())
  for page, source in PAGES.items():
    path = ROOT / source
    if path.suffix == ".ipynb":
      text, pictures = notebook(path)
      for name, content in pictures.items():
        _write(f"examples/{name}", content)
    else:
      text = path.read_text("utf-8")
    _write(page, rewritten(text, page, source).encode())
  _write("gin.md", markdown.page().encode())
  _write("commands.md", commands().encode())


def rewritten(text: str, page: str, source: str) -> str:
  """Turns links between files into links between pages.

  Args:
    text: Markdown.
    page: Path of the page in the site.
    source: Path of its file in the repository.
  """
  shown = {path: uri for uri, path in PAGES.items()}

  def rewrite(match):
    image, label, target = match.groups()
    path, hash_, anchor = target.partition("#")
    if not path or "://" in path or path.startswith("mailto:"):
      return match.group()
    file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    uri = shown.get(file)
    if file.endswith(PICTURES) and (ROOT / file).exists():
      uri = file.removeprefix("docs/")
    if uri is None:
      # What is no file is a picture that a notebook drew, beside its page.
      return label if (ROOT / file).exists() else match.group()
    link = posixpath.relpath(uri, posixpath.dirname(page) or ".")
    return f"{image}[{label}]({link}{hash_}{anchor})"

  return _LINK.sub(rewrite, text)


def notebook(path: pathlib.Path) -> tuple[str, dict[str, bytes]]:
  """Returns a notebook as Markdown, and its pictures by their file names."""
  parts, pictures = [], {}
  for cell in json.loads(path.read_text("utf-8"))["cells"]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
      parts.append(source)
      continue
    parts.append(f"```python\n{source}\n```")
    for output in cell["outputs"]:
      data = output.get("data", {})
      if "image/png" in data:
        name = f"{path.stem}_{len(pictures)}.png"
        pictures[name] = base64.b64decode(data["image/png"])
        parts.append(f"![Output of the code above]({name})")
      else:
        text = "".join(output.get("text", data.get("text/plain", "")))
        parts.append(f"```text\n{text.rstrip()}\n```")
  return "\n\n".join(parts) + "\n", pictures


def commands() -> str:
  """Returns the page with the help of each command."""
  os.environ["COLUMNS"] = "80"
  parts = ["# Commands\n", "`dlib_train`, `dlib_postprocess` and the other "
           "scripts of upstream have their own `--help`.\n"]
  for parser in _parsers(cli._parser()):
    parts += [f"## {parser.prog}\n", f"```text\n{parser.format_help()}```\n"]
  return "\n".join(parts)


def _parsers(parser):
  yield parser
  for action in parser._actions:
    if isinstance(action, argparse._SubParsersAction):
      for command in action.choices.values():
        yield from _parsers(command)


def _write(uri, content):
  path = PLACE / uri
  path.parent.mkdir(parents=True, exist_ok=True)
  path.write_bytes(content)


if __name__ == "__main__":
  stage()
