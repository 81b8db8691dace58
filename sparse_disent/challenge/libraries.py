"""Copies the libraries of a submission, and lists the versions it needs."""
import importlib.metadata
import importlib.util
import pathlib
import platform
import shutil

from packaging import requirements

# The package that talks to the server. It need not be installed here.
_SERVER = "aicrowd_api==0.1.25"
# Folders that are beside our package in a checkout, and inside it in a wheel.
_GIN_FOLDERS = ("gin_configs", "evaluation_protocols")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "*_test.py")
_PACKAGES = {"sparse_disent": "sparse_disent",
             "disentanglement_lib": "disentanglement-lib"}


def copy(folder: pathlib.Path) -> None:
  """Copies the installed sparse_disent and upstream, with their licenses.

  pip cannot install them on the server: sparse_disent may be of any checkout,
  and upstream's wheel requires packages that no longer exist.

  Args:
    folder: Path, to be created.

  Raises:
    ImportError: If upstream is not installed.
  """
  for package, distribution in _PACKAGES.items():
    source, copied = _location(package), folder / package
    shutil.copytree(source, copied, ignore=_LEFT_OUT)
    for license_file in _licenses(distribution):
      shutil.copy(license_file, copied / license_file.name)
  source = _location("sparse_disent")
  for name in _GIN_FOLDERS:
    if not (source / name).is_dir():
      shutil.copytree(source.parent / name, folder / "sparse_disent" / name)


def _location(package):
  spec = importlib.util.find_spec(package)
  if spec is None:
    raise ImportError(
        f"{package} is not installed, so that no submission can carry it")
  return pathlib.Path(spec.origin).parent


def _licenses(distribution):
  try:
    paths = importlib.metadata.files(distribution) or []
  except importlib.metadata.PackageNotFoundError:
    paths = []
  found = [pathlib.Path(path.locate()) for path in paths
           if path.name == "LICENSE"]
  checkout = _location("sparse_disent").parent / "LICENSE"
  if not found and distribution == "sparse_disent" and checkout.is_file():
    found = [checkout]
  return [path for path in found if path.is_file()]


def environment() -> str:
  """Returns a conda environment file with the versions that are installed.

  Raises:
    ImportError: If pip has not installed sparse_disent or one of its
      requirements.
  """
  python = ".".join(platform.python_version_tuple()[:2])
  lines = ["name: disentanglement_challenge", "channels:", "  - conda-forge",
           "dependencies:", f"  - python={python}", "  - pip", "  - pip:"]
  return "\n".join(
      lines + [f"    - {pin}" for pin in [*_pins(), _SERVER]]) + "\n"


def _pins():
  try:
    needed = [requirements.Requirement(line) for line
              in importlib.metadata.requires("sparse_disent") or []]
    return [f"{one.name}=={importlib.metadata.version(one.name)}"
            for one in needed if one.marker is None]
  except importlib.metadata.PackageNotFoundError as error:
    raise ImportError(
        f"pip has not installed {error.name}, whose version a submission "
        "states") from error
