"""Upstream's evaluation with codes that are there."""
import time

import pytest
from disentanglement_lib.evaluation import evaluate

from sparse_disent.compat.metrics import served


def test_all_else_of_the_modules_is_theirs():
  before = evaluate.hub, evaluate.time
  with served.served(None), served.begun(0):
    assert evaluate.hub.Module is before[0].Module
    assert evaluate.time.sleep is before[1].sleep


def test_upstream_is_left_as_it_was():
  before = evaluate.hub, evaluate.time
  with pytest.raises(KeyError), served.served(None), served.begun(0):
    assert evaluate.hub is not before[0]
    raise KeyError
  assert (evaluate.hub, evaluate.time) == before


def test_the_module_is_the_function():
  with served.served(lambda images: images + 1), \
      evaluate.hub.eval_function_for_module("anywhere") as f:
    assert f(dict(images=2), signature="representation",
             as_dict=True) == {"default": 3}


def test_time_counts_from_the_beginning():
  with served.begun(time.time() - 100):
    start = evaluate.time.time()
    assert 100 <= evaluate.time.time() - start < 200
