import gin
import numpy as np
import pytest
import tensorflow as tf
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.data.ground_truth import named_data

from sparse_disent.compat import upstream
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


@pytest.mark.parametrize("name", registry.UPSTREAM_NAMES)
def test_upstream_knows_its_names(name):
  """Upstream's function gets past its comparisons to loading the files."""
  function = named_data.get_named_ground_truth_data.__wrapped__
  try:
    function(name)
  except ValueError as error:
    assert "Invalid data set name" not in str(error)
  except (OSError, tf.errors.NotFoundError):
    pass  # The files are missing.


def test_missing_files_are_reported_before_loading(tmp_path, monkeypatch):
  monkeypatch.setattr(dsprites, "DSPRITES_PATH", str(tmp_path / "none.npz"))
  with pytest.raises(FileNotFoundError) as error:
    named_data.get_named_ground_truth_data("dsprites_full")
  assert "sparse-disent data dsprites" in str(error.value)
  assert "dlib_download_data" in str(error.value)


def test_installing_twice_wraps_and_checks_once():
  function = named_data.get_named_ground_truth_data
  checks = list(upstream.CHECKS_BEFORE_TRAINING)
  registry.install()
  assert named_data.get_named_ground_truth_data is function
  assert upstream.CHECKS_BEFORE_TRAINING == checks


def test_a_missing_binding_is_gins_own_error():
  with pytest.raises(TypeError, match="name"):
    named_data.get_named_ground_truth_data()


def test_streams_are_upstreams():
  """The wrapper adds nothing to the random stream."""
  data = named_data.get_named_ground_truth_data("dummy_data")
  np.testing.assert_array_equal(
      data.sample_factors(5, np.random.RandomState(3)),
      dummy_data.DummyData().sample_factors(5, np.random.RandomState(3)))
