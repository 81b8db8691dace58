"""Upstream's evaluation with data and codes that are there."""
import time

import gin
import pytest
from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.evaluation import evaluate

from sparse_disent.compat import served
from sparse_disent.data import files


@pytest.mark.parametrize("name", [
    "cars3d", "dsprites_full", "noisy_dsprites", "dummy_data", "mpi3d_real",
    "shapes3d", "smallnorb"])
def test_every_name_gives_the_same_data(monkeypatch, name):
  monkeypatch.setattr(files, "check_available", lambda name: None)
  data = object()
  gin.bind_parameter("dataset.name", name)
  with served.served(data, None):
    assert named_data.get_named_ground_truth_data() is data
  # Results say which data set it was.
  assert f"dataset.name = '{name}'" in gin.operative_config_str()


def test_all_else_of_the_modules_is_theirs():
  before = evaluate.hub, evaluate.time
  with served.served(None, None), served.begun(0):
    assert evaluate.hub.Module is before[0].Module
    assert evaluate.time.sleep is before[1].sleep


def test_upstream_is_left_as_it_was():
  before = evaluate.hub, evaluate.time, named_data.dsprites
  with pytest.raises(KeyError), served.served(None, None), served.begun(0):
    assert evaluate.hub is not before[0]
    raise KeyError
  assert (evaluate.hub, evaluate.time, named_data.dsprites) == before


def test_the_module_is_the_function():
  with served.served(None, lambda images: images + 1), \
      evaluate.hub.eval_function_for_module("anywhere") as f:
    assert f(dict(images=2), signature="representation",
             as_dict=True) == {"default": 3}


def test_time_counts_from_the_beginning():
  with served.begun(time.time() - 100):
    start = evaluate.time.time()
    assert 100 <= evaluate.time.time() - start < 200
