"""The names that `import sparse_disent` offers, and when they load."""
import subprocess
import sys

import pytest

import sparse_disent
from sparse_disent import layers
from sparse_disent import models


def run(code):
  return subprocess.run([sys.executable, "-c", code], text=True,
                        capture_output=True, check=False)


@pytest.mark.parametrize("room", [layers, models])
def test_each_public_name_of_a_room_is_one_of_the_root(room):
  for name in room.__all__:
    assert getattr(sparse_disent, name) is getattr(room, name)
    assert name in sparse_disent.__all__


def test_all_names_are_there_and_listed():
  listed = dir(sparse_disent)
  for name in sparse_disent.__all__:
    getattr(sparse_disent, name)
    assert name in listed
  assert {"register", "evaluation", "L0Pair", "SparseVAE",
          "__version__"} <= set(listed)


@pytest.mark.parametrize("module", [
    "data.dependent", "data.registry", "data.packed", "evaluation.arrays",
    "layers.gate", "models.sparse_vae"])
def test_a_module_may_be_the_first_that_is_imported(module):
  """Upstream, which it imports, brings in all others before it is done."""
  code = (f"import sparse_disent.{module}, gin\n"
          "from disentanglement_lib.data.ground_truth import util\n"
          "print(gin.get_configurable('correlated').__name__,\n"
          "      util.tf_data_set_from_ground_truth_data.__module__)")
  result = run(code)
  assert result.stdout.split() == [
      "correlated", "disentanglement_lib.data.ground_truth.util"], result.stderr


def test_a_name_that_is_not_there():
  with pytest.raises(AttributeError, match="'sparse_disent' has no .*'L0Pear'"):
    _ = sparse_disent.L0Pear


def test_names_load_tensorflow_when_they_are_used_and_not_before():
  code = ("import sys, sparse_disent\n"
          "assert 'L0Pair' in dir(sparse_disent)\n"
          "assert 'L0Pair' in sparse_disent.__all__\n"
          "print('tensorflow' in sys.modules)\n"
          "from sparse_disent import L0Pair\n"
          "print(L0Pair.__module__, 'tensorflow' in sys.modules)")
  result = run(code)
  assert result.stdout.splitlines() == [
      "False", "sparse_disent.layers.l0_pair True"], result.stderr
