"""Pages of the site that stand elsewhere in the repository, or are generated.

Links between files of the repository become links between pages. A link to a
file that is no page becomes plain text.
"""
import argparse
import base64
import json
import os
import pathlib
import posixpath
import re

from mkdocs.structure.files import File

from sparse_disent import cli
from sparse_disent.reference import markdown as gin_page

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Files of the repository, by the page that shows them.
PAGES = {
    "index.md": "README.md",
    "benchmarks.md": "benchmarks/README.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
    **{f"protocols/{path.parent.name}.md": str(path.relative_to(ROOT))
       for path in sorted(ROOT.glob("evaluation_protocols/*/README.md"))},
}
_SHOWN = {source: page for page, source in PAGES.items()}
_SHOWN |= {f"examples/{path.name}": f"examples/{path.stem}.md"
           for path in sorted(ROOT.glob("examples/*.ipynb"))}
_LINK = re.compile(r"(!?)\[([^\[\]]*)\]\(([^()\s]+)\)")


def on_files(files, config):
  """Adds the pages, and the pictures beside their sources."""
  for page, source in PAGES.items():
    files.append(File.generated(
        config, page, content=(ROOT / source).read_text("utf-8")))
  files.append(File.generated(config, "gin.md", content=gin_page.page()))
  files.append(File.generated(config, "commands.md", content=commands()))
  for picture in sorted((ROOT / "benchmarks").glob("*.png")):
    files.append(File.generated(
        config, f"benchmarks/{picture.name}", content=picture.read_bytes()))
  for path in sorted(ROOT.glob("examples/*.ipynb")):
    text, pictures = notebook(path)
    pictures[f"{path.stem}.md"] = text
    for name, content in pictures.items():
      files.append(File.generated(
          config, f"examples/{name}", content=content))
  return files


def on_page_markdown(markdown, page, config, files):
  """Turns links between files into links between pages."""
  uri = page.file.src_uri
  folder = posixpath.dirname(PAGES.get(uri, f"docs/{uri}"))
  if uri.startswith("examples/"):
    folder = "examples"

  def rewrite(match):
    image, text, target = match.groups()
    path, hash_, anchor = target.partition("#")
    if not path or "://" in path or path.startswith("mailto:"):
      return match.group()
    source = posixpath.normpath(posixpath.join(folder, path))
    shown = _SHOWN.get(source, source.removeprefix("docs/"))
    if files.get_file_from_path(shown) is None:
      return text if (ROOT / source).exists() else match.group()
    link = posixpath.relpath(shown, posixpath.dirname(uri) or ".")
    return f"{image}[{text}]({link}{hash_}{anchor})"

  return _LINK.sub(rewrite, markdown)


def commands():
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


def notebook(path):
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
