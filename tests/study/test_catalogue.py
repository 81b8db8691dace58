"""Every study: gin knows its names, and each of its models can be built."""
import gin
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import train  # noqa: F401

from sparse_disent.evaluation import protocol
from sparse_disent.study import catalogue
from sparse_disent.study import sweep


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


def kinds(name):
  """Numbers of a study's models, one for each set of settings but numbers."""
  study = catalogue.load(name)
  found = {}
  for number, settings in enumerate(study.models):
    found.setdefault(tuple(sorted(
        (key, value) if isinstance(value, str | None) else (key, "")
        for key, value in settings.items())), number)
  return [pytest.param(name, number, id=(
      f"{name}-{number}-{study.models[number]['model.name']}"))
          for number in found.values() if not study.sources(number)]


@pytest.mark.parametrize("name, number", [
    kind for name in catalogue.OWN for kind in kinds(name)])
def test_models_of_each_kind_can_be_built(name, number):
  study = catalogue.load(name)
  sweep.check(study, [number], [], with_data=False)
  gin.parse_config_files_and_bindings(
      [study.gin_file], [*study.bindings, *study.model_bindings(number)])
  size = 32 if gin.query_parameter("dataset.name") == "mnist" else 64
  with tf.Graph().as_default():
    tf.train.get_or_create_global_step()
    spec = gin.get_bindings("model")["model"].model_fn(
        tf.zeros([4, size, size, 1]), None, "train", {})
    assert spec.train_op is not None


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
