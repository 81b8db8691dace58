import types

import gin
import numpy as np
import pytest

from sparse_disent.compat.metrics.corrections import udr

COLLAPSED = ("models that have collapsed, without a latent whose KL is above "
             "the threshold, are compared with each other alone")


def strength(corr_matrix):
  """Equation 3 of Duan et al. with a mean for each of the two models."""
  return np.mean([
      np.nanmean(np.nan_to_num(
          np.ndarray.max(corr_matrix, axis=axis)**2
          / np.sum(corr_matrix, axis=axis)))
      for axis in (0, 1)])


def correlations(vec1, vec2, *unused_args, **unused_kwargs):
  """Those of scikit-learn's regressions lose an axis if there is one latent."""
  width = vec1.shape[1]
  matrix = np.abs(np.corrcoef(vec1.T, vec2.T)[:width, width:])
  return np.squeeze(np.nan_to_num(matrix))


@pytest.fixture
def module():
  """Stands in for upstream's module, which the wheel lacks."""
  module = types.ModuleType(
      "disentanglement_lib.evaluation.udr.metrics.udr")
  module.np = np
  module.relative_strength_disentanglement = strength
  module.lasso_correlation_matrix = correlations

  def compute_udr_sklearn(ground_truth_data, representation_functions,
                          random_state, kl_filter_threshold=.01):
    del random_state
    outputs = [represent(ground_truth_data)
               for represent in representation_functions]
    scores = np.zeros([len(outputs), len(outputs), 1])
    for i, (first, kl) in enumerate(outputs):
      for j, (second, other_kl) in enumerate(outputs):
        if i != j:
          matrix = module.lasso_correlation_matrix(first, second)
          scores[i, j] = module.relative_strength_disentanglement(
              matrix[kl > kl_filter_threshold][
                  :, other_kl > kl_filter_threshold])
    return {"pairwise_disentanglement_scores": scores.tolist(),
            "model_scores": [
                module.np.median(np.delete(scores[:, i], i))
                for i in range(len(outputs))]}

  interactive = gin.config._INTERACTIVE_MODE
  gin.enter_interactive_mode()
  module.compute_udr_sklearn = gin.configurable("udr_sklearn", denylist=[
      "ground_truth_data", "representation_functions", "random_state"])(
          compute_udr_sklearn)
  if not interactive:
    gin.exit_interactive_mode()
  udr.patch(module)
  return module


def model(num_active, num_latents=3, scale=1.):
  """A function to codes of which the first are informative."""
  active = np.arange(num_latents) < num_active
  return lambda data: (scale * data[:, :num_latents] * active, 1. * active)


LIVE, SAME, DEAD = model(3), model(3, scale=-2.), model(0)


def compute(module, *models):
  # Three independent columns: Hadamard's, so that correlations are exact.
  data = np.array([[1, 1, 1], [-1, 1, -1], [1, -1, -1], [-1, -1, 1]]) * 1.
  return module.compute_udr_sklearn(data, list(models), None)


def test_models_without_a_collapse_have_upstreams_scores(module):
  scores = compute(module, LIVE, SAME, model(2))
  assert "model_scores_undefined" not in scores
  # R is the identity; of three latents one finds nothing in the third model.
  np.testing.assert_allclose(scores["model_scores"][0], np.median(
      [1, (2 / 3 + 1) / 2]))


def test_nothing_resembles_what_a_collapsed_model_has(module):
  scores = compute(module, LIVE, SAME, DEAD)
  np.testing.assert_allclose(
      np.squeeze(scores["pairwise_disentanglement_scores"]),
      [[0, 1, 0], [1, 0, 0], [0, 0, 0]])
  np.testing.assert_allclose(scores["model_scores"], [.5, .5, 0])


def test_two_collapsed_models_are_compared_with_the_others(module):
  scores = compute(module, LIVE, DEAD, DEAD)
  assert scores["model_scores"] == [0, 0, 0]
  assert scores["pairwise_disentanglement_scores"][1][2] == [None]
  assert scores["pairwise_disentanglement_scores_undefined"] == COLLAPSED


def test_where_all_have_collapsed_there_is_a_reason(module):
  scores = compute(module, DEAD, DEAD)
  assert scores["model_scores"] == [None, None]
  assert scores["model_scores_undefined"] == COLLAPSED


def test_one_model_has_a_reason(module):
  scores = compute(module, LIVE)
  assert scores["model_scores"] == [None]
  assert scores["model_scores_undefined"] == (
      "there is one model: UDR compares several")


def test_models_of_a_single_latent(module):
  assert compute(module, model(1, 1), model(1, 1))["model_scores"] == [1, 1]


def test_different_widths_are_refused(module):
  with pytest.raises(ValueError) as error:
    compute(module, LIVE, model(2, 2))
  assert str(error.value).startswith(
      "UDR compares models with as many latents each, got [3, 2] (of "
      "model_dirs, in this order). Compare models as they were before "
      "`compact`, or those of one width.")


def test_a_model_that_diverged_is_named(module):
  with pytest.raises(ValueError, match="The representation of model 1 "):
    compute(module, LIVE, model(3, scale=np.inf))


def test_gin_configures_the_corrected_metric(module):
  gin.bind_parameter("udr_sklearn.kl_filter_threshold", 2.)
  assert compute(module, LIVE, SAME)["model_scores"] == [None, None]
  with pytest.raises(ValueError, match="representation_functions"):
    gin.bind_parameter("udr_sklearn.representation_functions", 1)


def test_upstreams_own_module():
  """Upstream may be installed from its repository."""
  module = pytest.importorskip(
      "disentanglement_lib.evaluation.udr.metrics.udr",
      exc_type=ModuleNotFoundError)
  from disentanglement_lib.data.ground_truth import dummy_data

  def represent(informative, images):
    codes = np.reshape(images, [len(images), -1])[:, :3] * informative
    return codes, np.full(3, float(informative))

  models = [lambda images: represent(True, images),
            lambda images: represent(True, images),
            lambda images: represent(False, images)]
  for kind in ("lasso", "spearman"):
    scores = module.compute_udr_sklearn(
        dummy_data.DummyData(), models, np.random.RandomState(0), 10, 200,
        correlation_matrix=kind)
    np.testing.assert_allclose(scores["model_scores"], [.45, .45, 0], atol=.02)
