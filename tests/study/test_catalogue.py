"""Every study: gin knows its names, and each of its settings."""
import gin
import pytest
from disentanglement_lib.methods.unsupervised import train  # noqa: F401

from sparse_disent.evaluation import protocol
from sparse_disent.study import catalogue


@pytest.mark.parametrize("name", catalogue.names())
def test_gin_knows_every_setting(name):
  study = catalogue.load(name)
  assert study.name == name
  bindings = dict.fromkeys(
      binding for number in range(len(study.models))
      for binding in study.model_bindings(number))
  gin.parse_config_files_and_bindings(
      [study.gin_file], [*study.bindings, *bindings])
  assert gin.query_parameter("model.training_steps") >= 1
  assert protocol.load(study.protocol).metrics


@pytest.mark.parametrize("name", catalogue.OWN)
def test_no_two_models_are_the_same(name):
  models = catalogue.load(name).models
  assert len({repr(sorted(model.items())) for model in models}) == len(models)


def test_the_nearest_name_is_given():
  with pytest.raises(FileNotFoundError, match="Did you mean 'channel_masks'"):
    catalogue.load("chanel_masks")
  with pytest.raises(FileNotFoundError, match="Give one of abstract_reasoning"):
    catalogue.load("xyz")


def test_a_file_is_a_study(tmp_path):
  with pytest.raises(FileNotFoundError, match="no.gin"):
    catalogue.load(str(tmp_path / "no.gin"))
