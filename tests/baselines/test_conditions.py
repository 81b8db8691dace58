import pathlib

import disentanglement_lib

from sparse_disent.baselines import conditions

STUDY = (pathlib.Path(disentanglement_lib.__file__).parent
         / "config/unsupervised_study_v1/metric_configs")


def upstream(name):
  """The bindings of one of upstream's own gin files."""
  lines = (STUDY / f"{name}.gin").read_text().splitlines()
  pairs = (line.split("=", 1) for line in lines
           if "=" in line and not line.startswith("#"))
  return {name.strip(): text.strip() for name, text in pairs}


def test_mig_is_defined_by_its_bins_not_by_its_samples():
  variant, sizes = conditions.split(upstream("mig"))
  assert variant == {"discretizer.discretizer_fn": "histogram_discretizer",
                     "discretizer.num_bins": 20}
  assert sizes == {"mig.num_train": 10000}


def test_a_batch_is_one_vote_of_the_factor_vae_score():
  variant, sizes = conditions.split(upstream("factor_vae_metric"))
  assert variant == {"factor_vae_score.batch_size": 64,
                     "prune_dims.threshold": 0.05}
  assert sizes == {"factor_vae_score.num_variance_estimate": 10000,
                   "factor_vae_score.num_train": 10000,
                   "factor_vae_score.num_eval": 5000}


def test_seeds_paths_and_names_are_no_conditions():
  assert conditions.split({
      "connectivity.model_dir": "'a'", "mine.path": "'b'", "a/mine.seed": "1",
      "evaluation.name": "'mig'", "evaluation.random_seed": "0"}) == ({}, {})


def test_a_batch_of_other_metrics_is_a_chunk():
  assert conditions.split({"dci.batch_size": "16"}) == ({}, {})


def test_predictors_make_variants():
  trees, _ = conditions.split(upstream("downstream_task_boosted_trees"))
  logistic, _ = conditions.split(
      upstream("downstream_task_logistic_regression"))
  assert conditions.differences(trees, logistic) == (
      ["predictor.predictor_fn logistic_regression_cv, not "
       "gradient_boosting_classifier"], [])


def test_values_are_compared_not_their_spelling():
  ours, _ = conditions.split({"prune_dims.threshold": "0.",
                              "scope/discretizer.num_bins": "20"})
  theirs, _ = conditions.split({"prune_dims.threshold": "0.0",
                                "discretizer.num_bins": "20"})
  assert conditions.differences(ours, theirs) == ([], [])


def test_what_one_side_does_not_state():
  assert conditions.differences({"a.b": 1}, {"a.c": 1}) == (
      [], ["a.b", "a.c"])


def test_relevant_pairs_keep_their_text():
  assert conditions.relevant({
      "mig.num_train": "10000", "mig.batch_size": "16",
      "evaluation.name": "'mig'", "discretizer.num_bins": "20"}) == (
          ("discretizer.num_bins", "20"), ("mig.num_train", "10000"))


def test_hostile_values_are_text():
  assert conditions.split({"a.b": "(" * 5000})[0] == {"a.b": "(" * 5000}


def test_the_folder_of_a_model_is_no_variant():
  assert conditions.split({
      "active_latents.model_dir": "'mine/model'",
      "active_latents.kl_threshold": "0.01"}) == (
          {"active_latents.kl_threshold": 0.01}, {})
