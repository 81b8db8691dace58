"""The documentation: every public name and page is there, and links lead on."""
import importlib
import pathlib
import re
import shutil
import subprocess
import sys

import conftest
import pytest

import sparse_disent

DOCS = conftest.ROOT / "docs"
# Pages that docs/site/stage.py adds from elsewhere in the repository.
ADDED = {"index.md", "gin.md", "commands.md", "benchmarks.md", "changelog.md",
         "contributing.md", "security.md"}
LINK = re.compile(r"\]\(([^()\s#]+)(?:#[^()\s]*)?\)")


def public_names():
  """Names that the root and its rooms state, as mkdocstrings has them."""
  names = {"sparse_disent.register"}
  rooms = {path.parent.name for path in (
      conftest.ROOT / "sparse_disent").glob("*/__init__.py")}
  for room in rooms:
    module = importlib.import_module(f"sparse_disent.{room}")
    names |= {f"sparse_disent.{room}.{name}"
              for name in getattr(module, "__all__", ())}
  return names


def documented_names():
  return {name for page in (DOCS / "api").glob("*.md") for name in re.findall(
      r"^::: (\S+)$", page.read_text(), re.M)}


def test_the_reference_has_every_public_name():
  assert not public_names() - documented_names()
  assert len(public_names()) > 50


def test_names_of_the_root_are_those_of_its_rooms():
  documented = {name.rpartition(".")[2] for name in documented_names()}
  rooms = {path.stem for path in (DOCS / "api").glob("*.md")}
  assert set(sparse_disent.__all__) <= documented | rooms


def test_the_reference_has_no_name_that_is_not_there():
  for name in documented_names():
    module, _, last = name.rpartition(".")
    try:
      found = hasattr(importlib.import_module(module), last)
    except ImportError:
      found = False
    assert found, name


def menu():
  text = (conftest.ROOT / "mkdocs.yml").read_text().partition("\nnav:")[2]
  return re.findall(r": (\S+\.md)$", text, re.M)


def test_the_menu_leads_to_each_page_once():
  pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
  protocols = {f"protocols/{path.parent.name}.md" for path in
               conftest.ROOT.glob("evaluation_protocols/*/README.md")}
  examples = {f"examples/{path.stem}.md"
              for path in conftest.ROOT.glob("examples/*.ipynb")}
  assert sorted(menu()) == sorted(pages | ADDED | protocols | examples)


@pytest.mark.parametrize("path", [
    *sorted(DOCS.rglob("*.md")), conftest.ROOT / "README.md",
    conftest.ROOT / "CONTRIBUTING.md"], ids=lambda path: path.name)
def test_links_lead_to_files(path):
  for target in LINK.findall(path.read_text()):
    if "://" not in target and not target.startswith("mailto:"):
      place = pathlib.Path(path.parent, target)
      assert place.exists(), f"{path.name} links to {target}"


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path):
  pytest.importorskip("zensical", reason="needs the extra docs")
  for name in ("docs", "examples", "benchmarks", "evaluation_protocols",
               "gin_configs", "sparse_disent"):
    shutil.copytree(conftest.ROOT / name, tmp_path / name,
                    ignore=shutil.ignore_patterns("__pycache__"))
  for path in filter(pathlib.Path.is_file, conftest.ROOT.iterdir()):
    shutil.copy(path, tmp_path)
  for command in (["docs/site/stage.py"], ["-m", "zensical", "build",
                                           "--strict"]):
    result = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True,
        text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
  site = tmp_path / "output/site"
  page = (site / "api/layers.html").read_text()
  assert 'id="sparse_disent.layers.L0Pair"' in page
  assert "total loss = objective" in page
  assert "l0_pair" in (site / "gin.html").read_text()
  assert "--overwrite" in (site / "commands.html").read_text()
  pictures = [path.parent / target for path in site.rglob("*.html")
              for target in re.findall(r'<img[^>]* src="?([^\s">]+)',
                                       path.read_text()) if ":" not in target]
  assert len(pictures) > 10
  assert not [str(path) for path in pictures if not path.is_file()]
