import inspect
import sys

import gin
import numpy as np
import pytest
import tensorflow as tf
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.utils import results
from support import small_dsprites

from sparse_disent.compat.training import preflight
from sparse_disent.data import names
from sparse_disent.data import registry


def test_upstreams_names_still_work():
  gin.parse_config("dataset.name = 'dummy_data'")
  assert isinstance(named_data.get_named_ground_truth_data(),
                    dummy_data.DummyData)


def test_a_name_of_ours_works_and_is_recorded_by_gin(monkeypatch):
  ours = object()
  monkeypatch.setitem(registry.DATASETS, "of_ours", lambda: ours)
  gin.parse_config("dataset.name = 'of_ours'")
  assert named_data.get_named_ground_truth_data() is ours
  assert "dataset.name = 'of_ours'" in gin.operative_config_str()


@pytest.mark.parametrize("call", [
    lambda: named_data.get_named_ground_truth_data("nonsense"),
    lambda: named_data.get_named_ground_truth_data(name="nonsense")])
def test_unknown_names_are_refused(call):
  with pytest.raises(ValueError) as error:
    call()
  assert str(error.value).startswith(
      "Invalid data set name: dataset.name is 'nonsense', but must be one of "
      "cars3d, color_dsprites, dsprites_full, ")


@pytest.mark.parametrize("name", names.UPSTREAM)
def test_upstream_knows_its_names(name):
  """Upstream's function gets past its comparisons to loading the files."""
  function = inspect.unwrap(named_data.get_named_ground_truth_data)
  try:
    function(name)
  except ValueError as error:
    assert "Invalid data set name" not in str(error)
  except (OSError, tf.errors.NotFoundError):
    pass  # The files are missing.


@pytest.mark.parametrize("name", ["None", "3", "['mnist']", "{'a': 1}"])
def test_values_that_are_no_names_are_refused(name):
  gin.parse_config(f"dataset.name = {name}")
  with pytest.raises(ValueError) as error:
    registry.check_before_training()
  assert str(error.value).startswith(
      f"Invalid data set name: dataset.name is {name}, but must be one of ")


def test_an_unknown_name_gets_the_nearest():
  with pytest.raises(ValueError, match="Did you mean 'shapes3d'"):
    named_data.get_named_ground_truth_data("shapes_3d")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04" * 9])
def test_damaged_files_are_named(tmp_path, monkeypatch, content):
  path = tmp_path / "damaged.npz"
  path.write_bytes(content)
  monkeypatch.setattr(dsprites, "DSPRITES_PATH", str(path))
  with pytest.raises(ValueError) as error:
    named_data.get_named_ground_truth_data("dsprites_full")
  assert str(path) in str(error.value)


@pytest.mark.parametrize("shape, name", [
    ((95, 64, 64), "dsprites_full"), ((96, 32, 32), "color_dsprites"),
    ((0, 64, 64), "dsprites_noshape")])
def test_dsprites_that_lack_images_are_named(
    tmp_path, monkeypatch, shape, name):
  path, _ = small_dsprites.write(tmp_path)
  monkeypatch.setattr(dsprites, "DSPRITES_PATH", path)
  monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
  sizes = np.array({"latents_sizes": np.array(small_dsprites.SIZES)}, object)
  np.savez(path, imgs=np.zeros(shape, np.uint8), metadata=sizes)
  with pytest.raises(ValueError) as error:
    named_data.get_named_ground_truth_data(name)
  assert str(error.value) == (
      f"Data set {name!r} cannot be read from {path!r}: its images have the "
      f"shape {shape}, and not (96, 64, 64) as its factors ask for. It is "
      "damaged or not what its name says: delete it and get it again.")


def test_a_training_without_a_data_set_is_refused():
  with pytest.raises(ValueError, match="dataset.name must be set. Bind it"):
    registry.check_before_training()


def test_missing_files_are_reported_before_loading(tmp_path, monkeypatch):
  monkeypatch.setattr(dsprites, "DSPRITES_PATH", str(tmp_path / "none.npz"))
  with pytest.raises(FileNotFoundError) as error:
    named_data.get_named_ground_truth_data("dsprites_full")
  assert "sparse-disent data dsprites" in str(error.value)
  assert "dlib_download_data" in str(error.value)


def test_installing_twice_wraps_and_checks_once():
  function = named_data.get_named_ground_truth_data
  checks = list(preflight.DATA_CHECKS)
  registry.install()
  assert named_data.get_named_ground_truth_data is function
  assert preflight.DATA_CHECKS == checks


def test_a_missing_binding_is_gins_own_error():
  with pytest.raises(TypeError, match="name"):
    named_data.get_named_ground_truth_data()


def test_streams_are_upstreams():
  """The wrapper adds nothing to the random stream."""
  data = named_data.get_named_ground_truth_data("dummy_data")
  np.testing.assert_array_equal(
      data.sample_factors(5, np.random.RandomState(3)),
      dummy_data.DummyData().sample_factors(5, np.random.RandomState(3)))


class Fork:
  """A fork's function, in place of upstream's beneath the names."""

  def __init__(self, monkeypatch, known, error="Invalid data set name."):
    self.data, self.calls = dummy_data.DummyData(), []

    def get_named_ground_truth_data(name, scale=1):
      """Upstream's, with one more name and one more parameter."""
      self.calls.append((name, scale))
      if name != known:
        raise ValueError(error)
      return self.data

    get_named_ground_truth_data.__module__ = named_data.__name__
    monkeypatch.setattr(registry, "_loaded", {})
    monkeypatch.setattr(
        named_data, "get_named_ground_truth_data",
        registry._with_all_names(get_named_ground_truth_data))


@pytest.fixture
def restore_gin():
  """Upstream's function is what gin configures again."""
  yield
  load = inspect.unwrap(named_data.get_named_ground_truth_data)
  registry._configured(load)


@pytest.mark.usefixtures("restore_gin")
class TestFork:

  def test_its_names_are_its_own(self, monkeypatch):
    fork = Fork(monkeypatch, "own")
    gin.parse_config("dataset.name = 'own'\ndataset.scale = 3")
    assert named_data.get_named_ground_truth_data() is fork.data
    assert fork.calls == [("own", 3)]
    assert "dataset.scale = 3" in gin.operative_config_str()

  def test_it_comes_before_ours(self, monkeypatch):
    fork = Fork(monkeypatch, "mnist")
    assert named_data.get_named_ground_truth_data("mnist") is fork.data

  def test_the_check_loads_once_for_the_training(self, monkeypatch):
    fork = Fork(monkeypatch, "own")
    for _ in range(2):  # The second one is that of train_with_gin.
      gin.clear_config()
      gin.parse_config("dataset.name = 'own'\ndataset.scale = 3")
      registry.check_before_training()
    assert named_data.get_named_ground_truth_data() is fork.data
    assert fork.calls == [("own", 3)]
    named_data.get_named_ground_truth_data()
    assert len(fork.calls) == 2

  def test_other_settings_get_other_data(self, monkeypatch):
    fork = Fork(monkeypatch, "own")
    gin.parse_config("dataset.name = 'own'")
    registry.check_before_training()
    gin.parse_config("dataset.scale = 3")
    named_data.get_named_ground_truth_data()
    assert fork.calls == [("own", 1), ("own", 3)]

  def test_its_other_errors_are_its_own(self, monkeypatch):
    Fork(monkeypatch, "own", "The scale is off.")
    gin.parse_config("dataset.name = 'other'")
    with pytest.raises(ValueError, match="^The scale is off.$"):
      registry.check_before_training()


def test_a_users_function_is_asked_whatever_the_name(monkeypatch):
  monkeypatch.setattr(named_data, "get_named_ground_truth_data", lambda: 3)
  gin.parse_config("dataset.name = 'dsprites_full'")
  registry.check_before_training()
  with registry.load_instead(4):
    assert named_data.get_named_ground_truth_data() == 4
  assert named_data.get_named_ground_truth_data() == 3


@pytest.fixture
def registered(monkeypatch):
  monkeypatch.setattr(names, "_registered", {})
  names.register("own", dummy_data.DummyData)


@pytest.mark.usefixtures("registered")
def test_registered_names(monkeypatch):
  gin.parse_config("dataset.name = 'own'")
  assert isinstance(named_data.get_named_ground_truth_data(),
                    dummy_data.DummyData)
  assert "dataset.name = 'own'" in gin.operative_config_str()
  with pytest.raises(ValueError, match="noisy_dsprites, own, scream_dsprites, "
                     "shapes3d, smallnorb, or be made known with sparse_disent"
                     ".data.register"):
    named_data.get_named_ground_truth_data("onw")


@pytest.mark.usefixtures("registered")
def test_data_of_a_function_that_was_replaced_are_not_used(monkeypatch):
  """A training may end between the check and its use of the data."""
  monkeypatch.setattr(registry, "_loaded", {})

  def define():
    class Squares(dummy_data.DummyData):
      pass
    return Squares

  gin.parse_config("dataset.name = 'squares'")
  for squares in (define(), define()):
    names.register("squares", squares)
    registry.check_before_training()
  assert type(named_data.get_named_ground_truth_data()) is squares


@pytest.mark.usefixtures("registered")
def test_a_registered_function_must_return_data():
  names.register("number", lambda: 3)
  with pytest.raises(ValueError, match="The data set 'number' must be upstream"
                     "'s GroundTruthData, but is 3"):
    named_data.get_named_ground_truth_data("number")


@pytest.mark.parametrize("name", [
    "cars3d", "noisy_dsprites", "smallnorb", "mnist", "nobody_knows"])
def test_every_name_serves_the_same_data(name):
  gin.bind_parameter("dataset.name", name)
  data = object()
  with registry.load_instead(data):
    assert named_data.get_named_ground_truth_data() is data
  # Results say which data set it was.
  assert f"dataset.name = '{name}'" in gin.operative_config_str()


def test_names_by_macro_are_checked(tmp_path, monkeypatch):
  monkeypatch.setattr(dsprites, "DSPRITES_PATH", str(tmp_path / "none.npz"))
  gin.parse_config("dataset.name = %which\nwhich = 'dsprites_full'")
  with pytest.raises(FileNotFoundError, match="sparse-disent data dsprites"):
    registry.check_before_training()


@pytest.fixture(name="save")
def saved_files(tmp_path, monkeypatch):
  """Saves gin files of a model trained with a user's module, by name."""
  monkeypatch.setattr(names, "_registered", {})
  monkeypatch.syspath_prepend(tmp_path)

  def save(name):
    (tmp_path / "own_saved_data.py").write_text(f"""
import sparse_disent
from disentanglement_lib.data.ground_truth import dummy_data
sparse_disent.data.register("{name}", dummy_data.DummyData)
""")
    (tmp_path / "train.gin").write_text(
        f"import own_saved_data\nimport own_gone\ndataset.name = '{name}'\n")
    (tmp_path / "postprocess.gin").write_text(f"dataset.name = '{name}'\n")
    return str(tmp_path / "postprocess.gin")

  yield save
  sys.modules.pop("own_saved_data", None)


@pytest.fixture
def saved(save):
  return save("own")


def test_what_made_a_name_known_is_imported_again(saved, capsys):
  assert results.gin_dict(saved)["dataset.name"] == "'own'"
  assert names.find("own") is dummy_data.DummyData
  error = capsys.readouterr().err
  assert "has the line `import own_gone`: No module named 'own_gone'" in error


def test_known_names_import_nothing(saved):
  names.register("own", dummy_data.DummyData)
  results.gin_dict(saved)
  assert "own_saved_data" not in sys.modules


def test_a_users_data_set_comes_before_ours_in_later_steps_too(save):
  """Else a model of the user's images is evaluated on ours."""
  results.gin_dict(save("mnist"))
  assert names.find("mnist") is dummy_data.DummyData
  assert type(named_data.get_named_ground_truth_data("mnist")) is (
      dummy_data.DummyData)
