"""Build steps that pyproject.toml cannot state.

The wheel gets the folders of gin files inside the package, and beside it the
.pth by which Python knows of sparse_disent at its start. The long description
is the README with links that lead somewhere from a package index, too.
"""
import base64
import hashlib
import pathlib
import re
import shutil
import zipfile

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.editable_wheel import editable_wheel

ROOT = pathlib.Path(__file__).resolve().parent
PTH = "sparse_disent_autoload.pth"
# Folders at the top of the repository that travel inside the package.
CONFIGS = ("gin_configs", "evaluation_protocols")


def autoload_line():
  """Returns the line that every Python start of the environment executes."""
  source = (ROOT / "sparse_disent/compat/startup/autoload.py").read_text()
  source = source[source.index("import sys"):]
  namespace = {"__name__": "sparse_disent_autoload"}
  return f"import sys; exec({source!r}, {namespace!r})\n"


def long_description():
  """Returns the README as a package index shows it, away from its files.

  Links to files of the repository, and its pictures, lead to the address that
  pyproject.toml names as Repository. Without one, links become plain text and
  pictures are left out.
  """
  project = (ROOT / "pyproject.toml").read_text()
  address = re.search(r'^Repository = "(.+?)/?"$', project, re.M)
  text = (ROOT / "README.md").read_text()

  def elsewhere(match):
    picture, label, target = match.groups()
    if address is None:
      return "" if picture else label
    kind = "raw" if picture else "blob"
    return f"{picture}[{label}]({address[1]}/{kind}/HEAD/{target})"

  text = re.sub(r"(!?)\[([^\[\]]*)\]\((?!\w+:)([^()\s]+)\)", elsewhere, text)
  if address is None:
    text += "\nThe pages, examples and files named here are in the sdist.\n"
  return re.sub(r"\n{3,}", "\n\n", text)


class BuildWithAutoload(build_py):
  """Puts the autoload beside the package and the gin files inside it."""

  def run(self):
    """Builds the package."""
    super().run()
    if self.editable_mode:
      return
    library = pathlib.Path(self.build_lib)
    (library / PTH).write_text(autoload_line())
    for folder in CONFIGS:
      shutil.copytree(ROOT / folder, library / "sparse_disent" / folder,
                      dirs_exist_ok=True)

  def get_outputs(self, include_bytecode=1):
    """Returns what `run` wrote, for installers that keep a list."""
    library = pathlib.Path(self.build_lib)
    extra = [library / PTH] + [
        library / "sparse_disent" / file.relative_to(ROOT)
        for folder in CONFIGS for file in (ROOT / folder).rglob("*")
        if file.is_file()]
    return super().get_outputs(include_bytecode) + [str(f) for f in extra]


class EditableWithAutoload(editable_wheel):
  """Adds the autoload to the wheel that `pip install -e` installs.

  An editable wheel holds no files of build_py's, only a .pth to the sources.
  """

  def run(self):
    """Builds the editable wheel."""
    super().run()
    wheel, = pathlib.Path(self.dist_dir).glob("sparse_disent-*.whl")
    content = autoload_line().encode()
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    entry = f"{PTH},sha256={digest.decode().rstrip('=')},{len(content)}\n"
    copy = wheel.with_suffix(".tmp")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(copy, "w") as new:
      for item in old.infolist():
        data = old.read(item)
        if item.filename.endswith(".dist-info/RECORD"):
          data += entry.encode()
        new.writestr(item, data)
      new.writestr(PTH, content)
    copy.replace(wheel)


setup(
    long_description=long_description(),
    long_description_content_type="text/markdown",
    cmdclass={"build_py": BuildWithAutoload,
              "editable_wheel": EditableWithAutoload})
