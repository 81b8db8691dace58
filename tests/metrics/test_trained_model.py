"""Finding the model that a representation was made from."""
import json

import pytest

from sparse_disent.metrics import trained_model


def make(directory, uuid=None):
  (directory / "tfhub").mkdir(parents=True)
  if uuid is not None:
    path = directory / "results" / "json" / "train_results.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"uuid": uuid}))
  return directory


def find(representation, model_dir=None, name="metric"):
  return trained_model.find(
      "some_metric", model_dir, f"{representation}/artifacts/{name}")


@pytest.mark.parametrize("name", ["metric", ""])
@pytest.mark.parametrize("place", [
    "postprocessed/mean", "representation/mean", "representation"])
def test_layouts_of_upstream_of_this_package_and_of_the_challenge(
    tmp_path, place, name):
  make(tmp_path / "model", "a")  # Of another run.
  model = make(tmp_path / "run" / "model", "b")
  representation = make(tmp_path / "run" / place, "b")
  assert find(representation, name=name) == str(model)


def test_a_given_model(tmp_path):
  make(tmp_path / "model")
  other = make(tmp_path / "elsewhere")
  representation = make(tmp_path / "mean")
  assert find(representation, other) == str(other)
  assert trained_model.find("some_metric", str(other), None) == str(other)


def test_a_model_that_keeps_no_results_is_not_doubted(tmp_path):
  model = make(tmp_path / "model")
  assert find(make(tmp_path / "mean", "a")) == str(model)


def test_another_model_than_the_representations(tmp_path):
  model = make(tmp_path / "model", "a")
  representation = make(tmp_path / "mean", "b")
  for model_dir in (None, model):
    with pytest.raises(ValueError) as error:
      find(representation, model_dir)
    assert str(error.value) == (
        f"The representation in '{representation}' was not made from the model "
        f"in '{model}': their results of training differ. Set "
        "some_metric.model_dir to the model that it was made from.")


def test_no_model(tmp_path):
  (tmp_path / "model").mkdir()  # Without a module.
  for artifact_dir in (None, make(tmp_path / "mean") / "artifacts" / "metric"):
    with pytest.raises(ValueError) as error:
      trained_model.find("some_metric", None, artifact_dir)
    assert str(error.value) == (
        "some_metric.model_dir must be set where no folder 'model' with a "
        "trained model is beside or above the representation, but is None. Set "
        "it to the model_dir of dlib_train.")


@pytest.mark.parametrize("model_dir", ["/nowhere", 3])
def test_a_given_model_that_is_none(model_dir):
  with pytest.raises(ValueError) as error:
    trained_model.find("some_metric", model_dir, None)
  assert str(error.value) == (
      "some_metric.model_dir must be the directory of a trained model, with "
      f"the folder 'tfhub' in it, but is {model_dir!r}. Set it to the "
      "model_dir of dlib_train.")
