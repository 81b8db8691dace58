"""The seed of a metric reaches its classifiers."""
import numpy as np
import pytest
from disentanglement_lib.evaluation.metrics import sap_score
from sklearn import svm

from sparse_disent.compat.metrics import classifiers
from sparse_disent.compat.metrics import seeds


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_the_seed_of_a_random_state(seed):
  state = np.random.RandomState(seed)
  with seeds.taken_from(state):
    assert seeds.current() == seed
    assert classifiers.seeded(svm.LinearSVC, (), {}).random_state == seed
  assert seeds.current() == 0
  # Nothing was drawn.
  assert state.randint(2**31) == np.random.RandomState(seed).randint(2**31)


@pytest.mark.parametrize("other", [
    None, np.random.default_rng(5),
    np.random.RandomState(np.random.PCG64(5))])
def test_other_generators_leave_the_seed_as_it_is(other):
  with seeds.taken_from(other):
    assert seeds.current() == 0


def test_an_error_leaves_no_seed_behind():
  @seeds.governed
  def metric(random_state):
    raise ValueError(seeds.current())

  with pytest.raises(ValueError, match="7"):
    metric(random_state=np.random.RandomState(7))
  assert seeds.current() == 0


def test_upstreams_metrics_hand_their_seed_on(monkeypatch):
  made = []
  monkeypatch.setattr(classifiers, "_factory", lambda *call: (
      made.append(classifiers.seeded(*call)) or made[-1]))
  codes = np.random.RandomState(0).normal(size=[2, 40])
  factors = (codes > 0).astype(int)

  class Data:
    num_factors = 2

    def sample(self, number, random_state):
      del random_state
      return factors.T[:number], codes.T[:number]

  sap_score.compute_sap(
      Data(), lambda x: x, np.random.RandomState(3), None, num_train=40,
      num_test=40, batch_size=40, continuous_factors=False)
  assert {each.random_state for each in made} == {3}
