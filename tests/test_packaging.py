"""The wheel, the editable wheel and the sources, as pip would install them."""
import email
import functools
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import conftest
import pytest

import sparse_disent
from sparse_disent import doctor

BUILD = """
import sys
from setuptools import build_meta
print(getattr(build_meta, sys.argv[1])(sys.argv[2]))
"""
KINDS = ("build_wheel", "build_editable")
START = ("import sys; print([n for n in sys.modules if n.startswith('sparse')],"
         "sys.meta_path[0].__name__)")


def copy_sources(folder):
  """Copies what git keeps and a build reads."""
  for name in ("sparse_disent", "gin_configs", "evaluation_protocols", "tests",
               "docs", "benchmarks", "examples"):
    shutil.copytree(conftest.ROOT / name, folder / name,
                    ignore=shutil.ignore_patterns("__pycache__"))
  for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE",
               "MANIFEST.in", "CHANGELOG.md", "CITATION.cff",
               "CONTRIBUTING.md", "SECURITY.md", "Makefile", "mkdocs.yml"):
    shutil.copy(conftest.ROOT / name, folder)
  return folder


def build(kind, sources, folder):
  """Builds with the build backend of this environment; no network."""
  subprocess.run([sys.executable, "-c", BUILD, kind, folder],
                 cwd=sources, check=True, capture_output=True)
  archive, = folder.iterdir()
  return archive


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
  """Returns the wheel, the editable wheel and the sources by their kinds."""
  sources = copy_sources(tmp_path_factory.mktemp("sources"))
  return {kind: build(kind, sources, tmp_path_factory.mktemp(kind))
          for kind in (*KINDS, "build_sdist")}


@pytest.fixture(scope="module")
def wheel(archives):
  return archives["build_wheel"]


@pytest.fixture(scope="module")
def pythons_start(archives, tmp_path_factory):
  """Runs code where only our wheel is installed: no TensorFlow, no NumPy."""

  @functools.cache
  def installed(kind):
    folder = tmp_path_factory.mktemp("env")
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    subprocess.run([sys.executable, "-m", "pip", "--python",
                    folder / "bin/python", "install", "--quiet", "--no-index",
                    "--no-deps", archives[kind]],
                   cwd=folder, check=True, capture_output=True)
    return folder / "bin/python"

  def start(kind, code, elsewhere):
    return subprocess.run([installed(kind), "-c", code], text=True,
                          cwd=elsewhere, capture_output=True, check=False)

  return start


def test_wheel_has_code_gin_files_baselines_and_autoload(wheel):
  names = set(zipfile.ZipFile(wheel).namelist())
  assert "sparse_disent/baselines/data/official_study.csv" in names
  assert "sparse_disent/py.typed" in names
  for folder in ("sparse_disent", "gin_configs", "evaluation_protocols"):
    for file in (conftest.ROOT / folder).rglob("*"):
      if file.suffix not in (".py", ".gin", ".csv", ".json", ".html", ".md"):
        continue
      name = str(file.relative_to(conftest.ROOT))
      if folder != "sparse_disent":
        name = f"sparse_disent/{name}"
      assert name in names
  assert "sparse_disent_autoload.pth" in names
  assert any(name.endswith("/LICENSE") for name in names)
  assert not any(name.startswith(("tests", "build")) for name in names)


def test_metadata_are_those_of_pyproject_toml(wheel):
  with zipfile.ZipFile(wheel) as archive:
    name, = (name for name in archive.namelist() if name.endswith("/METADATA"))
    metadata = email.message_from_bytes(archive.read(name))
    entry_points = archive.read(name.replace("METADATA", "entry_points.txt"))
  project = (conftest.ROOT / "pyproject.toml").read_text()
  assert metadata["Version"] == sparse_disent.__version__
  assert metadata["License-Expression"] == "Apache-2.0"
  assert metadata["Requires-Python"] == ">=3.10"
  assert metadata["Description-Content-Type"] == "text/markdown"
  description = metadata.get_payload()
  assert description.startswith("# sparse_disent\n")
  assert "](docs/" not in description and "![" not in description
  assert "\n| `masked_dipvae`" in description
  block = project.partition("\ndependencies = [")[2].partition("\n]")[0]
  ranges = {line for line in metadata.get_all("Requires-Dist")
            if "extra ==" not in line}
  # The backend writes the upper bound first.
  assert {frozenset(re.split(r"(?=[<>])|,", line)) - {""} for line in ranges
          } == {frozenset(re.split(r"(?=[<>])|,", line)) - {""}
                for line in re.findall(r'"(.+)"', block)}
  assert set(metadata.get_all("Provides-Extra")) == {
      "dev", "docs", "gpu", "ray", "remote"}
  assert b"sparse-disent = sparse_disent.cli:main" in entry_points


def test_an_index_shows_links_and_pictures_of_the_repository(tmp_path):
  sources = copy_sources(tmp_path / "sources")
  with (sources / "pyproject.toml").open("a") as project:
    project.write('\n[project.urls]\nRepository = "https://host.example/it"\n')
  subprocess.run([sys.executable, "-c", BUILD,
                  "prepare_metadata_for_build_wheel", tmp_path],
                 cwd=sources, check=True, capture_output=True)
  path, = tmp_path.glob("*.dist-info/METADATA")
  metadata = email.message_from_bytes(path.read_bytes())
  description = metadata.get_payload()
  readme = read("README.md")
  targets = re.findall(r"\]\((.+?)\)", description)
  # Each link of the README, absolute and in its place.
  assert [target.rpartition("/HEAD/")[2] for target in targets] == re.findall(
      r"\]\((.+?)\)", readme)
  assert all(target.startswith("https://") for target in targets)
  assert "](https://host.example/it/raw/HEAD/docs/traversals.png)" in (
      description)
  assert "](https://host.example/it/blob/HEAD/LICENSE)" in description
  assert metadata["Project-URL"] == "Repository, https://host.example/it"


def test_wheel_of_the_sources_is_the_wheel(archives, tmp_path):
  with tarfile.open(archives["build_sdist"]) as archive:
    if sys.version_info >= (3, 12):
      archive.extractall(tmp_path, filter="data")
    else:
      archive.extractall(tmp_path)
  unpacked, = tmp_path.iterdir()
  again = tmp_path / "wheel"
  again.mkdir()
  wheels = [zipfile.ZipFile(wheel) for wheel in (
      archives["build_wheel"], build("build_wheel", unpacked, again))]
  first, second = ({item.filename: item.CRC for item in wheel.infolist()}
                   for wheel in wheels)
  assert first == second
  for name in ("tests/conftest.py", "docs/architecture.md", "Makefile",
               "CONTRIBUTING.md", "benchmarks/README.md", "mkdocs.yml",
               "examples/own_parts.py"):
    assert (unpacked / name).is_file()


def read(name):
  return (conftest.ROOT / name).read_text()


def test_all_files_name_the_same_versions_of_python_and_of_the_package():
  classifiers = re.findall(r":: Python :: (3\.\d+)", read("pyproject.toml"))
  assert (classifiers[0], classifiers[-1]) == doctor._PYTHON
  matrix, = re.findall(r"python: \[(.+)\]", read(".github/workflows/tests.yml"))
  assert re.findall(r'"(.+?)"', matrix) == classifiers
  citation = read("CITATION.cff")
  version, date = re.findall(
      r"^## \[(\d.*)\] - (.+)$", read("CHANGELOG.md"), re.MULTILINE)[0]
  assert version == sparse_disent.__version__
  assert f"\nversion: {version}\ndate-released: {date}\n" in citation


def test_a_release_is_tried_on_each_python_before_it_is_published():
  classifiers = re.findall(r":: Python :: (3\.\d+)", read("pyproject.toml"))
  versions, = re.findall(r"^VERSIONS \?= (.+)$", read("Makefile"), re.M)
  assert versions.split() == classifiers
  assert f"${{VERSIONS:-{versions}}}" in read(".ci/release-check")
  workflow = read(".github/workflows/publish.yml")
  matrix, = re.findall(r"python: \[(.+)\]", workflow)
  assert re.findall(r'"(.+?)"', matrix) == classifiers
  assert "run: make release-check" in workflow and "needs: check" in workflow


def test_the_release_check_installs_by_the_lines_of_the_readme():
  """It puts an archive in place of the dot."""
  lines = re.findall(r"^pip install .+$", read("README.md"), re.M)
  assert lines == ["pip install .",
                   "pip install --no-deps disentanglement-lib==1.5"]


def test_hooks_run_what_make_lint_runs():
  hooks = re.findall(r"entry: \.venv/bin/(.+)", read(".pre-commit-config.yaml"))
  lint = read("Makefile").partition("\nlint: install\n")[2].partition("\n\n")[0]
  assert [line.replace("$(BIN)/", "").strip() for line in lint.splitlines()
          ] == ["ruff check .", "mypy"]
  assert hooks == ["ruff check", "mypy"]


def test_pages_are_linked_from_the_readme():
  linked = set(re.findall(r"\]\(([\w/]+\.md)\)", read("README.md")))
  docs = (conftest.ROOT / "docs").glob("*.md")
  assert {f"docs/{page.name}" for page in docs} | {"CONTRIBUTING.md"} <= linked
  assert all((conftest.ROOT / page).is_file() for page in linked)


@pytest.mark.parametrize("kind", KINDS)
def test_record_lists_the_autoload_with_its_hash(kind, archives):
  with zipfile.ZipFile(archives[kind]) as archive:
    assert archive.testzip() is None
    record, = (name for name in archive.namelist() if name.endswith("/RECORD"))
    lines = archive.read(record).decode().splitlines()
    size = archive.getinfo("sparse_disent_autoload.pth").file_size
  line, = (line for line in lines if line.startswith("sparse_disent_autoload"))
  assert line.split(",")[1].startswith("sha256=")
  assert line.endswith(f",{size}")


@pytest.mark.parametrize("kind", KINDS)
def test_python_starts_cleanly_without_tensorflow(
    kind, pythons_start, tmp_path):
  result = pythons_start(kind, START, tmp_path)
  assert (result.stdout, result.stderr) == ("[] UpstreamFinder\n", "")


def test_commands_help_works_without_tensorflow(pythons_start, tmp_path):
  result = pythons_start(
      "build_wheel", "import sys; sys.argv = ['sparse-disent', '--help'];"
      "from sparse_disent import cli; cli.main()", tmp_path)
  assert result.stdout.startswith("usage: sparse-disent"), result.stderr
