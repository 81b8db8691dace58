"""Expected are closed forms, and what NumPy finds most frequent."""
import gin
import numpy as np
import pytest
from disentanglement_lib.evaluation.metrics import downstream_task
from disentanglement_lib.evaluation.metrics import strong_downstream_task
from disentanglement_lib.evaluation.metrics import utils
from support import small_metrics
from support.small_metrics import compute
from support.small_metrics import latents

from sparse_disent.compat.metrics.corrections import tasks

pytestmark = pytest.mark.filterwarnings("ignore:.*fits stopped at the limit")


class RareFactor(small_metrics.Factors):
  """The last factor has its second value in the test sample only."""

  def __init__(self):
    super().__init__((2, 2))

  def sample_factors(self, num, random_state):
    factors = super().sample_factors(num, random_state)
    factors[:, -1] = 0 if num == 10 else np.arange(num) % 4 == 0
    return factors


@pytest.mark.parametrize("predictor", [
    utils.gradient_boosting_classifier, utils.logistic_regression_cv])
def test_a_factor_with_one_value_in_the_training_sample(predictor):
  """All that can be learned is that value: right in 3 of 4 test points."""
  gin.bind_parameter("predictor.predictor_fn", predictor)
  scores = downstream_task.compute_downstream_task(
      RareFactor(), latents, random_state=np.random.RandomState(0),
      num_train=[10], num_test=40, batch_size=40)
  assert scores["10:train_accuracy_factor_1"] == 1
  assert scores["10:test_accuracy_factor_1"] == 0.75


@pytest.mark.parametrize("representation", ["one", "one constant"])
def test_without_a_latent_the_most_frequent_value_is_predicted(representation):
  scores = compute("reduced", representation)
  random_state = np.random.RandomState(0)
  data = small_metrics.Factors()
  _, train = utils.generate_batch_factor_code(
      data, latents, 50, random_state, 16)
  _, test = utils.generate_batch_factor_code(
      data, latents, 50, random_state, 16)
  for index, (known, asked) in enumerate(zip(train, test, strict=True)):
    most_frequent = np.argmax(np.bincount(known))
    prefix = f"50:reduced_factor_{index}:"
    assert scores[prefix + "mean_test_accuracy_reduced_factor"] == np.mean(
        asked == most_frequent)


def test_other_factors_are_undefined_where_there_are_none():
  scores = compute("reduced", latents, sizes=(4,))
  undefined = {name for name, value in scores.items() if value is None}
  assert undefined == {
      f"50:{name}" for name in (
          "mean_train_accuracy_other_factors",
          "mean_test_accuracy_other_factors",
          "reduced_factor_0:mean_train_accuracy_non_reduced_factor",
          "reduced_factor_0:mean_test_accuracy_non_reduced_factor")}


def test_interventions_do_not_depend_on_numpys_global_generator():
  np.random.seed(1)
  one = compute("strong_logistic", "some pruned", (2, 2))
  np.random.seed(2)
  state = np.random.get_state()[1].copy()
  assert compute("strong_logistic", "some pruned", (2, 2)) == one
  np.testing.assert_array_equal(np.random.get_state()[1], state)
  assert strong_downstream_task.np is np
  other = compute("strong_logistic", "some pruned", (2, 2), seed=1)
  assert other != one


@pytest.mark.parametrize("sizes", [(4,), (2, 1, 2)])
def test_interventions_need_a_second_factor_with_a_second_value(sizes):
  scores = compute("strong_logistic", "some pruned", sizes)
  undefined = {name for name, value in scores.items() if value is None}
  assert undefined == {
      f"10:{name}" for name in (
          "mean_strong_train_accuracy", "mean_strong_test_accuracy",
          "strong_generalization_gap")}
  assert scores["10:mean_strong_test_accuracy_undefined"] == (
      "the task sets one factor to another value than in training, to predict "
      "another factor: it needs two factors, and two values of each, not "
      f"{list(sizes)}")


def test_fairness_needs_a_factor_to_be_sensitive_to():
  """What is undefined has the names of what two factors have."""
  scores = compute("fairness", latents, sizes=(4,))
  names = {name for name in compute("fairness", latents, sizes=(4, 2))
           if "pred0" not in name and "pred1" not in name
           and "sens0" not in name and "sens1" not in name}
  assert len(names) == 16
  assert {name for name, value in scores.items() if value is None} == names


def test_the_beta_vae_score_of_a_single_factor_is_one():
  """There is but one factor that can have been fixed."""
  assert compute("beta_vae", "all constant", sizes=(4,)) == {
      "train_accuracy": 1, "eval_accuracy": 1}


def test_all_else_of_random_is_numpys():
  """Draws come from the seed; what a fork asks for beside them is there."""
  drawing = tasks._Generator(np.random.RandomState(3))
  assert drawing.choice(100) == np.random.RandomState(3).choice(100)
  assert drawing.default_rng is np.random.default_rng
  assert drawing.RandomState is np.random.RandomState
