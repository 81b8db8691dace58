import json
import warnings

import gin
import numpy as np
import pytest

from sparse_disent.compat.metrics import undefined

NOTES = [("^mig", "no entropy"), ("a$", "of a")]


def test_numbers_are_left_alone():
  results = {"a": 1, "b": np.float32(0.5), "c": "text", "d": None,
             "e": [1.0, [2.0]], "f": np.int64(3), "g": True}
  before = dict(results)
  assert undefined.resolve(results) is results
  assert results == before
  assert results["e"] is before["e"]


@pytest.mark.parametrize("value", [
    float("nan"), np.nan, np.float32("inf"), -np.inf])
def test_what_is_not_finite_becomes_none_with_its_reason(value):
  results = undefined.resolve(
      {"mig": value, "x_a": value, "other": value, "b": 0.0}, NOTES)
  assert results == {
      "mig": None, "mig_undefined": "no entropy",
      "x_a": None, "x_a_undefined": "of a",
      "other": None, "other_undefined": f"the computation gave {value}",
      "b": 0.0}
  json.dumps(results, allow_nan=False)


def test_a_reason_that_is_there_is_kept():
  results = {"mig": np.nan, "mig_undefined": "mine"}
  assert undefined.resolve(results, NOTES)["mig_undefined"] == "mine"


def test_lists_keep_their_other_entries():
  results = undefined.resolve({"mig": [[1.0, np.nan], [2.0, (np.inf, 3)]]},
                              NOTES)
  assert results == {"mig": [[1.0, None], [2.0, [None, 3]]],
                     "mig_undefined": "no entropy"}


def test_a_warning_names_the_scores_of_each_reason():
  results = {"mig": None, "mig_undefined": "no entropy", "b": 1,
             "c": None, "c_undefined": "none", "mig.factor_0": None,
             "mig.factor_0_undefined": "no entropy"}
  with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    undefined.warn(results)
  assert [str(warning.message) for warning in caught] == [
      "No value for mig, mig.factor_0: no entropy.", "No value for c: none."]


def test_nothing_is_said_of_scores_that_have_values():
  undefined.warn({"mig": 0.1, "elapsed_time": 1})


def metric(ground_truth_data, representation_function, scale=gin.REQUIRED):
  undefined.note("^mig", "no entropy")
  codes = representation_function(ground_truth_data)
  return {"mig": np.float64(0) / np.sum(codes), "mean": np.mean([]),
          "sum": scale * np.sum(codes)}


def test_a_resolved_metric_has_reasons_instead_of_warnings():
  compute = undefined.resolved(metric)
  assert compute(np.zeros([2, 3]), lambda x: x, scale=2) == {
      "mig": None, "mig_undefined": "no entropy",
      "mean": None, "mean_undefined": "the computation gave nan", "sum": 0}
  assert compute.__name__ == "metric"


def test_a_note_holds_for_its_metric_alone():
  compute = undefined.resolved(
      lambda representation_function: {"mig": np.nan})
  undefined.note("mig", "before")

  def outer(representation_function):
    undefined.note("mig", "outer")
    return {"mig": np.nan, "inner": compute(lambda x: x)["mig_undefined"]}

  assert undefined.resolved(outer)(lambda x: x) == {
      "mig": None, "mig_undefined": "outer",
      "inner": "the computation gave nan"}
  assert compute(lambda x: x)["mig_undefined"] == "the computation gave nan"


def test_gin_configures_a_resolved_metric():
  compute = gin.configurable(
      "resolved_metric", denylist=["ground_truth_data"])(
          undefined.resolved(metric))
  with pytest.raises(RuntimeError, match="scale"):
    compute(np.ones([2, 3]), lambda x: x)
  gin.bind_parameter("resolved_metric.scale", 2)
  assert compute(np.ones([2, 3]), representation_function=lambda x: x)[
      "sum"] == 12
  with pytest.raises(ValueError, match="ground_truth_data"):
    gin.bind_parameter("resolved_metric.ground_truth_data", 1)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_representation_that_is_not_finite_is_refused(value):
  codes = np.ones([4, 5])
  codes[2, 1] = codes[0, 3] = value
  compute = undefined.resolved(metric)
  with pytest.raises(ValueError) as error:
    compute(codes, lambda x: x, scale=1)
  assert str(error.value) == (
      "The representation is not finite: latents [1, 3] have values that are "
      "NaN or infinite. The model has diverged, or its module is damaged; "
      "train or export it again.")


def test_a_representation_without_latents_is_a_constant():
  compute = undefined.resolved(
      lambda representation_function: {"codes": representation_function(7)})
  codes = compute(lambda num: np.ones([num, 0]))["codes"]
  np.testing.assert_array_equal(codes, np.zeros([7, 1]))
