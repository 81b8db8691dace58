"""The wheel and the editable wheel, as pip would install them."""
import shutil
import subprocess
import sys
import zipfile

import conftest
import pytest

BUILD = """
import sys
from setuptools import build_meta
print(getattr(build_meta, sys.argv[1])(sys.argv[2]))
"""


def build(kind, folder):
  """Builds a copy with the build backend of this environment; no network."""
  sources = folder / "sources"
  sources.mkdir()
  for name in ("sparse_disent", "gin_configs", "evaluation_protocols", "tests"):
    if (conftest.ROOT / name).is_dir():
      shutil.copytree(conftest.ROOT / name, sources / name)
  for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
    shutil.copy(conftest.ROOT / name, sources)
  subprocess.run([sys.executable, "-c", BUILD, kind, str(folder)],
                 cwd=sources, check=True, capture_output=True)
  wheel, = folder.glob("*.whl")
  return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
  return build("build_wheel", tmp_path_factory.mktemp("wheel"))


def pythons_start(wheel, tmp_path, code):
  """Runs code where only our wheel is installed: no TensorFlow, no NumPy."""
  subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path],
                 check=True)
  site, = tmp_path.glob("lib/python3*/site-packages")
  with zipfile.ZipFile(wheel) as archive:
    archive.extractall(site)
  return subprocess.run([tmp_path / "bin" / "python", "-c", code], text=True,
                        capture_output=True, check=False, cwd=tmp_path)


def test_wheel_has_code_gin_files_baselines_and_autoload(wheel):
  names = set(zipfile.ZipFile(wheel).namelist())
  assert "sparse_disent/baselines/data/official_study.csv" in names
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


@pytest.mark.parametrize("kind", ["build_wheel", "build_editable"])
def test_record_lists_the_autoload_with_its_hash(kind, tmp_path):
  with zipfile.ZipFile(build(kind, tmp_path)) as archive:
    assert archive.testzip() is None
    record, = (name for name in archive.namelist() if name.endswith("/RECORD"))
    lines = archive.read(record).decode().splitlines()
    size = archive.getinfo("sparse_disent_autoload.pth").file_size
  line, = (line for line in lines if line.startswith("sparse_disent_autoload"))
  assert line.split(",")[1].startswith("sha256=")
  assert line.endswith(f",{size}")


def test_python_starts_cleanly_without_tensorflow(wheel, tmp_path):
  result = pythons_start(
      wheel, tmp_path,
      "import sys; print([n for n in sys.modules if 'sparse' in n],"
      "sys.meta_path[0].__name__)")
  assert (result.stdout, result.stderr) == ("[] UpstreamFinder\n", "")


def test_commands_help_works_without_tensorflow(wheel, tmp_path):
  result = pythons_start(
      wheel, tmp_path,
      "import sys; sys.argv = ['sparse-disent', '--help'];"
      "from sparse_disent import cli; cli.main()")
  assert result.stdout.startswith("usage: sparse-disent"), result.stderr
