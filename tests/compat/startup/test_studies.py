import types

import pytest
from disentanglement_lib.config import reproduce

from sparse_disent.compat.startup import studies


def test_an_unknown_study_is_named_beside_the_nearest():
  with pytest.raises(ValueError) as error:
    reproduce.STUDIES["unsupervised_study_v2"]
  assert str(error.value) == (
      "There is no study 'unsupervised_study_v2'. Give --study one of "
      "unsupervised_study_v1, abstract_reasoning_study_v1, fairness_study_v1, "
      "test, channel_masks, grouped_vae, pvae, recipes, reference_runs. Did "
      "you mean 'unsupervised_study_v1'?")


def test_known_studies_are_upstreams():
  assert reproduce.STUDIES["test"].get_eval_config_files()


@pytest.mark.parametrize("value", [None, {}.keys()])
def test_a_forks_own_way_is_left_alone(value):
  module = types.ModuleType("disentanglement_lib.config.reproduce")
  module.STUDIES = value
  studies.patch(module)
  assert module.STUDIES is value
