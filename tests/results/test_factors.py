import re

import pytest
from disentanglement_lib.data.ground_truth import cars3d
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import mpi3d
from disentanglement_lib.data.ground_truth import norb
from disentanglement_lib.data.ground_truth import shapes3d

from sparse_disent.results import factors


@pytest.mark.parametrize("name, loader, count", [
    ("dsprites_full", dsprites.DSprites, 5), ("cars3d", cars3d.Cars3D, 3),
    ("smallnorb", norb.SmallNORB, 4), ("shapes3d", shapes3d.Shapes3D, 6),
    ("mpi3d_toy", mpi3d.MPI3D, 7)])
def test_names_are_those_that_upstream_documents(name, loader, count):
  documented = re.findall(r"^ +(\d) - (.*?)\(", loader.__doc__, re.MULTILINE)
  assert [int(number) for number, _ in documented] == list(range(count))
  for ours, (_, theirs) in zip(factors.names(name, count), documented,
                               strict=True):
    # The same but for plurals and words such as "position".
    words = theirs.lower().replace("dof", "axis").split()
    assert ours.split()[0] in " ".join(words)
    assert ours.split()[-1].rstrip("s") in " ".join(words)


@pytest.mark.parametrize("name", [None, "dummy_data", "mnist"])
def test_unknown_factors_have_numbers(name):
  assert factors.names(name, 2) == ("factor 0", "factor 1")


def test_dsprites_without_shape_and_mnist():
  assert factors.names("dsprites_noshape", 4) == (
      "scale", "orientation", "x", "y")
  assert factors.names("mnist", 1) == ("digit",)
