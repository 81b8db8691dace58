"""Expected are closed forms, or scores without the constants."""
import itertools

import gin
import numpy as np
import pytest
from disentanglement_lib.evaluation.metrics import dci
from disentanglement_lib.evaluation.metrics import mig
from disentanglement_lib.evaluation.metrics import modularity_explicitness
from disentanglement_lib.evaluation.metrics import sap_score
from disentanglement_lib.evaluation.metrics import utils
from support.small_metrics import compute
from support.small_metrics import latents
from support.small_metrics import only
from support.small_metrics import pruned

# All combinations of two binary factors, ten times: [2, 40].
FACTORS = np.array(list(itertools.product([0, 1], repeat=2)) * 10).T


@pytest.fixture
def discretizer():
  gin.bind_parameter("discretizer.discretizer_fn", utils._histogram_discretize)
  gin.bind_parameter("discretizer.num_bins", 20)


@pytest.mark.parametrize("values, bins", [
    ([0, 1, 2, 3], [1, 2, 3, 3]), ([5, 5, 5, 5], [2, 2, 2, 2])])
def test_bins_are_upstreams(values, bins):
  found = utils._histogram_discretize(np.array([values], np.float32), 3)
  np.testing.assert_array_equal(found, [bins])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_values_that_differ_in_the_last_digit_are_told_apart(kind):
  """NumPy 2 refuses bins that are narrower than the type resolves."""
  low = kind(1)
  high = np.nextafter(low, kind(2))
  found, = utils._histogram_discretize(np.array([[low, high, low, high]]), 20)
  assert found[0] == found[2] < found[1] == found[3]


def test_a_large_constant_is_one_bin():
  found = utils._histogram_discretize(np.full([1, 3], 1e9, np.float32), 20)
  assert len(np.unique(found)) == 1


def test_bins_of_what_is_not_finite_are_refused():
  with pytest.raises(ValueError, match="finite"):
    utils._histogram_discretize(np.array([[1, np.nan]]), 20)


def test_mig_of_a_single_latent_has_nothing_to_subtract(discretizer):
  """One factor is the latent, the other is independent of it."""
  scores = mig._compute_mig(FACTORS[:1], FACTORS)
  assert scores["discrete_mig"] == pytest.approx((1 + 0) / 2)


def test_mig_of_a_factor_with_one_value_is_undefined(discretizer):
  scores = compute("mig", latents, sizes=(3, 1))
  assert scores == {
      "discrete_mig": None, "discrete_mig_undefined":
      "these factors have one value only in the sample, so that the entropy by "
      "which the gap is divided is 0: [1]"}


def test_sap_of_a_single_latent_is_compared_with_a_constant():
  """Accuracies: the latent 1 and 1/2, a constant 1/2 and 1/2."""
  scores = sap_score._compute_sap(
      FACTORS[:1], FACTORS, FACTORS[:1], FACTORS, False)
  assert scores["SAP_score"] == pytest.approx((1 / 2 + 0) / 2)


def test_continuous_sap_of_a_single_latent_is_compared_with_a_constant():
  """Shares of variance: the latent 1 and 0, a constant 0 and 0."""
  scores = sap_score._compute_sap(
      FACTORS[:1], FACTORS, FACTORS[:1], FACTORS, True)
  assert scores["SAP_score"] == pytest.approx((1 + 0) / 2)


@pytest.mark.parametrize("metric", ["mig", "sap", "sap_continuous"])
def test_a_single_latent_scores_as_beside_pruned_ones(metric):
  """The SAP score of one constant is that of the best predictor of a factor.

  So it needs two of them, to be the next best as well.
  """
  assert compute(metric, "one") == compute(metric, "one of many")


def test_completeness_of_a_single_latent():
  """It has all that is captured of a factor; of the second, nothing is."""
  np.testing.assert_allclose(
      dci.completeness_per_factor(np.array([[0.7, 0.0]])), [1, 0], atol=1e-9)
  assert dci.completeness(np.array([[0.7, 0.0]])) == pytest.approx(1)
  assert dci.completeness(np.array([[0.0, 0.0]])) == pytest.approx(0)


def test_importance_of_a_factor_with_one_value_is_zero():
  """Trees find nothing to split; they are right where it has that value."""
  factors = np.stack([FACTORS[0], np.full(40, 3)])
  importance, train, test = dci.compute_importance_gbt(
      FACTORS, factors, FACTORS, factors)
  np.testing.assert_array_equal(importance[:, 1], [0, 0])
  assert (train, test) == (1, 1)


def test_splits_without_gain_have_no_importance():
  """The latent is independent of the second factor, in the sample, too."""
  with np.errstate(invalid="ignore"):
    importance, train, test = dci.compute_importance_gbt(
        FACTORS[:1, :20], FACTORS[:, :20], FACTORS[:1], FACTORS)
  np.testing.assert_array_equal(importance, [[1, 0]])
  assert (train, test) == (0.75, 0.75)


def test_disentanglement_needs_two_factors():
  scores = compute("dci", latents, sizes=(4,))
  assert scores["disentanglement"] is None
  assert scores["disentanglement_undefined"] == (
      "the data set has one factor, and there are no others to compare it with")
  assert 0 <= scores["completeness"] <= 1


def test_a_constant_is_normalized_to_zero():
  train = np.array([[1, 2, 3], [0.1, 0.1, 0.1]], np.float32)
  with np.errstate(invalid="ignore", divide="ignore"):
    normalized, mean, stddev = utils.normalize_data(train)
    test, _, _ = utils.normalize_data(
        np.array([[2, 2], [0.1, 7]], np.float32), mean, stddev)
  np.testing.assert_allclose(
      normalized, [[-1.5 ** 0.5, 0, 1.5 ** 0.5], [0, 0, 0]], rtol=1e-6)
  np.testing.assert_allclose(test, [[0, 0], [0, 0]])


@pytest.mark.parametrize("value", [0, 0.1])
def test_explicitness_does_not_depend_on_constants(value):
  scores = compute("modularity", pruned(0, 1, value=value))
  expected = compute("modularity", only(0, 1))
  for name in ("explicitness_score_train", "explicitness_score_test"):
    assert scores[name] == pytest.approx(expected[name], abs=1e-3)
  # Upstream's average over all latents gives 0 to those without information.
  assert scores["modularity_score"] == pytest.approx(
      expected["modularity_score"] * 2 / 5)


def test_explicitness_without_active_latents_is_that_of_chance():
  scores = compute("modularity", "all constant")
  assert scores == {"modularity_score": 0, "explicitness_score_train": 0.5,
                    "explicitness_score_test": 0.5}


@pytest.mark.parametrize("y_test", [
    [0, 1, 0, 1, 0, 1],  # Upstream raises an error, for a missing column.
    [0, 1, 3, 0, 1, 3],  # Upstream takes the third class for class 2.
    [0, 1, 2, 3, 0, 1]])
def test_explicitness_needs_the_same_classes_in_both_samples(y_test):
  y_train, y_test = np.array([0, 1, 2, 0, 1, 2]), np.array(y_test)
  x = y_train[np.newaxis] * 1.0
  train, test = modularity_explicitness.explicitness_per_factor(
      x, y_train, x, y_test)
  assert np.isnan(test)
  expected, _ = modularity_explicitness.explicitness_per_factor(
      x, y_train, x, y_train)
  assert train == expected


def test_explicitness_of_a_factor_with_one_value_is_undefined():
  scores = compute("modularity", latents, sizes=(3, 1))
  assert scores["explicitness_score_train"] is None
  assert scores["explicitness_score_test"] is None
  assert scores["explicitness_score_train_undefined"] == (
      "a factor has one value only in the training sample: there are no values "
      "to tell apart")
  assert scores["explicitness_score_test_undefined"] == (
      "a factor has the values [0] in the training sample and [0] in the test "
      "sample: not each has a ROC curve")


def test_modularity_needs_two_factors():
  scores = compute("modularity", latents, sizes=(4,))
  assert scores["modularity_score"] is None
  assert "one factor" in scores["modularity_score_undefined"]


@pytest.mark.slow
def test_unified_scores_of_a_single_latent(tmp_path):
  scores = compute("unified", "one", artifact_dir=str(tmp_path))
  undefined = {name for name, value in scores.items() if value is None}
  assert undefined == {
      f"{matrix}.{score}{suffix}"
      for matrix in ("importance_gbt_matrix", "mutual_information_matrix",
                     "accuracy_svm_matrix")
      for score in ("mig", "sap")
      for suffix in ("", ".factor_0", ".factor_1", ".factor_2")}
  assert scores["accuracy_svm_matrix.sap_undefined"] == (
      "there is one latent, and no next best. The metrics mig and sap_score "
      "compare it with constants")
  assert scores["importance_gbt_matrix.dci_completeness"] == pytest.approx(1)


@pytest.mark.slow
def test_unified_scores_of_a_single_factor(tmp_path):
  scores = compute("unified", latents, (4,), artifact_dir=str(tmp_path))
  assert scores["importance_gbt_matrix.dci"] is None
  assert scores["mutual_information_matrix.modularity"] is None
  assert 0 <= scores["mutual_information_matrix.mig"] <= 1
  assert not list(tmp_path.glob("*_dendrogram.png"))
  assert (tmp_path / "importance_gbt_matrix.png").exists()


@pytest.mark.parametrize("module, function", [
    (dci, "compute_dci_on_fixed_data"), (mig, "compute_mig_on_fixed_data"),
    (sap_score, "compute_sap_on_fixed_data")])
def test_metrics_on_fixed_data_take_a_single_latent(
    module, function, discretizer):
  gin.bind_parameter("dci_validation.train_percentage", 0.5)
  gin.bind_parameter("sap_score_validation.train_percentage", 0.5)
  gin.bind_parameter("sap_score_validation.continuous_factors", True)
  scores = getattr(module, function)(
      FACTORS.T, FACTORS, representation_function=lambda x: x[:, :1])
  assert scores and all(np.isfinite(value) for value in scores.values())
