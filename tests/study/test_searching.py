import numpy as np
import pytest
from scipy import stats
from support import study_work

from sparse_disent.study import definition
from sparse_disent.study import searching

RANGES = {"vae.beta": ("log", 1., 16.), "a.b": ("uniform", -1., 3.),
          "c.d": ("integer", 2, 4), "e.f": ("choice", "@l1_gate()", None)}


@pytest.fixture(scope="module")
def drawn():
  found = searching.draw(RANGES, 2000)
  return {name: [settings[name] for settings in found] for name in RANGES}


@pytest.mark.parametrize(("name", "scaled", "distribution"), [
    ("vae.beta", np.log, stats.uniform(0, np.log(16))),
    ("a.b", np.asarray, stats.uniform(-1, 4))])
def test_numbers_are_uniform_on_their_scale(drawn, name, scaled, distribution):
  # Rounded to three digits, which the test does not see at this size.
  assert stats.kstest(scaled(drawn[name]), distribution.cdf).pvalue > .01


@pytest.mark.parametrize(("name", "values"), [
    ("c.d", [2, 3, 4]), ("e.f", ["@l1_gate()", None])])
def test_choices_are_uniform(drawn, name, values):
  counts = [drawn[name].count(value) for value in values]
  assert sum(counts) == 2000
  assert stats.chisquare(counts).pvalue > .01


def test_draws_are_independent(drawn):
  assert abs(stats.spearmanr(drawn["vae.beta"], drawn["a.b"])[0]) < 4 / 2000**.5


def test_a_larger_search_keeps_the_draws_of_a_smaller_one():
  assert searching.draw(RANGES, 50)[:7] == searching.draw(RANGES, 7)
  assert searching.draw(RANGES, 7, seed=1) != searching.draw(RANGES, 7)


@pytest.mark.parametrize("range_", [
    ("uniform", .999, .9999), ("log", .999, .9999), ("uniform", 1000., 1004.),
    ("uniform", -.9999, -.999), ("uniform", 1., 1. + 1e-12)])
def test_numbers_of_a_narrow_range_stay_in_it_and_differ(range_):
  """With three digits a beta2 below .9999 would be 1."""
  values = [each["a.b"] for each in searching.draw({"a.b": range_}, 500)]
  assert range_[1] <= min(values) < max(values) <= range_[2]
  assert len(set(values)) > 90


@pytest.mark.parametrize("range_", [
    ("log", 0., 1.), ("log", 2., 1.), ("uniform", 1.), ("integer", 1., 2.),
    ("choice",), ("normal", 0., 1.), [1., 2.], 3.])
def test_unknown_ranges_are_named(range_):
  with pytest.raises(ValueError, match="The range of vae.beta must be"):
    searching.draw({"vae.beta": range_}, 3)


@pytest.mark.parametrize("trials", [0, 1.5, True])
def test_a_search_has_trials(trials):
  with pytest.raises(ValueError, match="trials must be 1 or more"):
    searching.draw(RANGES, trials)


SEARCH = definition.Search("mean/mig/x", by=("model.name",), confirm=(0, 1))


def search(**changes):
  """Two models, two settings of each, three seeds."""
  return study_work.study(definition.with_seeds(
      [{"model.name": name, "vae.beta": beta}
       for name in ("a", "b") for beta in (1., 4.)], (100, 101, 102),
      ["model.random_seed", "random_gate.seed"]),
      search=definition.Search(**{**vars(SEARCH), **changes}))


def rows(scores, state="done"):
  return [{"model": number, "state": state, "mean/mig/x": score}
          for number, score in enumerate(scores)]


# Settings (a, 1), (a, 4), (b, 1), (b, 4). Medians .2, .3, .5, none.
SCORES = [.1, .2, .9, .3, .4, .3, .5, .5, .6, .9, .9, float("nan")]


def test_the_best_median_of_each_combination_wins():
  found = searching.best(search(), rows(SCORES))
  assert [(one.settings, one.median) for one in found] == [
      ({"model.name": "a", "vae.beta": 4.}, .3),
      ({"model.name": "b", "vae.beta": 1.}, .5)]
  smallest = searching.best(search(largest=False), rows(SCORES))
  assert smallest[0].median == .2
  assert len(searching.best(search(by=()), rows(SCORES))) == 1


def test_the_best_are_confirmed_on_other_seeds():
  study = searching.confirmation(search(), rows(SCORES))
  assert study.models == [
      {"model.name": name, "vae.beta": beta, "model.random_seed": seed,
       "random_gate.seed": seed}
      for name, beta in (("a", 4.), ("b", 1.)) for seed in (0, 1)]
  assert study.search is None
  assert study.folder(0) == (
      "model.name=a,vae.beta=4.0,model.random_seed=0,random_gate.seed=0")


def test_a_search_is_confirmed_when_it_is_over():
  with pytest.raises(ValueError, match="2 of 12 models of 'numbers' are not"):
    searching.confirmation(search(), rows(SCORES[:10]))
  with pytest.raises(ValueError, match="12 of 12 models"):
    searching.confirmation(search(), rows(SCORES, "running"))


def test_a_score_that_no_model_has_is_named():
  with pytest.raises(ValueError, match="Did you mean 'mean/mig/x'"):
    searching.best(search(score="mean/mig/y"), rows(SCORES))


def test_a_study_that_searches_nothing_has_nothing_to_confirm():
  with pytest.raises(ValueError, match="searches nothing"):
    searching.best(study_work.study(), [])


def test_no_seed_both_searches_and_confirms():
  with pytest.raises(ValueError, match="on the same seeds: 100"):
    search(confirm=(99, 100))
