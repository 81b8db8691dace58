import collections

from sparse_disent.study import recipes


def test_each_model_is_searched_on_seeds_that_confirm_nothing():
  study = recipes.study()
  names = collections.Counter(model["model.name"] for model in study.models)
  assert set(names.values()) == {8 * 3}
  assert {model["model.random_seed"] for model in study.models} == {
      100, 101, 102}
  assert list(study.search.confirm) == list(range(10))
  assert "model.training_steps = 30000" in study.bindings


def test_models_differ_in_what_is_searched():
  rates = {model["AdamOptimizer.learning_rate"]
           for model in recipes.study().models
           if model["model.name"] == "beta_vae"}
  assert len(rates) == 8
  assert all(1e-4 <= rate <= 2e-3 for rate in rates)
