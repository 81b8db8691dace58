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


def representation(directory, *, bindings=(), **results):
  """A representation of a model with ten latents, the last three of them
  classes.
  """
  place = make(directory) / "results"
  for name in ("json", "gin"):
    (place / name).mkdir(parents=True)
  (place / "gin/train.gin").write_text("\n".join([
      "encoder.num_latent = 10", "sparse_vae.categorical = @categorical_latent",
      "categorical_latent.num_classes = 3", *bindings]))
  for step, content in results.items():
    (place / f"json/{step}_results.json").write_text(json.dumps(content))
  return f"{directory}/artifacts/metric"


@pytest.mark.parametrize(("results", "num_columns", "expected"), [
    ({}, 10, [7, 8, 9]), ({}, 3, []),
    ({"representation": {"latents": [0, 4, 7, 9]}}, 4, [2, 3]),
    ({"representation": {"latents": [9, 2, 3, 4, 5, 6, 7, 8, 0, 1]}}, 10,
     [0, 6, 7])])
def test_columns_of_classes(tmp_path, results, num_columns, expected):
  artifacts = representation(tmp_path / "mean", **results)
  assert trained_model.classes(artifacts, num_columns) == expected


def test_columns_of_classes_after_compaction(tmp_path):
  """Of ten latents 1, 4 and the class 8 are gone."""
  artifacts = representation(
      tmp_path / "mean", compact={
          "latents": [0, 2, 3, 5, 6, 7, 9], "pruned_latents": [1, 4, 8]},
      bindings=["encoder.num_latent = 7", "categorical_latent.num_classes = 2"])
  assert trained_model.classes(artifacts, 7) == [5, 6]


def test_models_without_classes_and_unknown_ones_have_none(tmp_path):
  artifacts = representation(
      tmp_path / "mean", bindings=["sparse_vae.categorical = None"])
  assert trained_model.classes(artifacts, 10) == []
  assert trained_model.classes(None, 10) == []
