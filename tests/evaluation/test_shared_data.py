"""Data sets of several models."""
import pytest
from disentanglement_lib.data.ground_truth import dummy_data
from support import small_run

from sparse_disent.evaluation import shared_data


@pytest.fixture
def model(tmp_path):
  """Function that writes the settings of a training; returns its folder."""
  def write(name, *lines):
    folder = tmp_path / name / "results/gin"
    folder.mkdir(parents=True)
    (folder / "train.gin").write_text("\n".join(lines))
    return str(tmp_path / name)

  with small_run.data(tmp_path):
    yield write


def test_one_list_of_images_serves_all_models(model):
  shared = shared_data.SharedData()
  name = "dataset.name = 'dsprites_full'"
  one, two, again = (shared.load(model(*lines)) for lines in (
      ("a", name, "vae.beta = 1."), ("b", "dataset.name = 'dsprites_noshape'"),
      ("c", "dataset.name = 'dsprites_noshape'", "vae.beta = 4.")))
  assert one[0] is not two[0] and two[0] is again[0] and two[2] is again[2]
  assert (one[0].num_factors, two[0].num_factors) == (5, 4)


def test_data_that_may_change_are_built_for_each_model(model):
  shared = shared_data.SharedData()
  one, two = (shared.load(model(name, "dataset.name = 'dummy_data'"))
              for name in "ab")
  assert type(one[0]) is dummy_data.DummyData and one[0] is not two[0]
  assert one[2] is None
