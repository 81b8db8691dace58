"""Packaging of sparse_disent: metadata, gin files, and the autoload .pth."""
import base64
import hashlib
import pathlib
import re
import shutil
import zipfile

from setuptools import find_packages
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


def version():
  """Returns the version that the package states."""
  text = (ROOT / "sparse_disent/__init__.py").read_text()
  return re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE).group(1)


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
      if (ROOT / folder).is_dir():
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
    name="sparse_disent",
    version=version(),
    description="Sparse, gated and grouped models for disentanglement_lib, "
                "on current TensorFlow.",
    long_description=(ROOT / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=find_packages(include=["sparse_disent", "sparse_disent.*"]),
    package_data={
        "sparse_disent.baselines": ["data/*.csv", "data/*.json"],
        "sparse_disent.challenge": ["template/*"],
        "sparse_disent.report": ["templates/*"],
    },
    cmdclass={"build_py": BuildWithAutoload,
              "editable_wheel": EditableWithAutoload},
    entry_points={"console_scripts": [
        "sparse-disent = sparse_disent.cli:main"]},
    python_requires=">=3.10",
    # The reason for each range is in the README, section "Dependencies".
    install_requires=[
        "tensorflow>=2.16,<2.22",
        "tf-keras>=2.16,<2.22",
        "tensorboard>=2.16,<2.22",
        "tensorflow-probability>=0.24,<0.26",
        "tensorflow-hub>=0.16,<0.17",
        "gin-config>=0.5,<0.6",
        "numpy>=1.26,<3",
        "scikit-learn>=1.4,<2",
        "scipy>=1.11,<2",
        "pandas>=2,<4",
        "matplotlib>=3.8,<4",
        "pillow>=10,<14",
        "imageio>=2.31,<3",
        "seaborn>=0.13,<0.14",
        "simplejson>=3.19,<5",
        "six>=1.16,<2",
        "absl-py>=2,<3",
        "packaging>=23",
        "tqdm>=4.66,<5",
        "jinja2>=3.1,<4",
        "joblib>=1.4,<2",
        "threadpoolctl>=3,<4",
        "dill>=0.3.8,<0.5",
    ],
    extras_require={
        "gpu": ["tensorflow[and-cuda]>=2.16,<2.22"],
        "dev": ["pytest>=8,<10", "pytest-xdist>=3,<4", "ruff>=0.6,<0.18"],
    },
    classifiers=[
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
)
