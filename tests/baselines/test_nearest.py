from support import small_baselines as small
from support import small_comparison

from sparse_disent.baselines import nearest

STUDY = {"method": "beta_vae", "settings": (("vae.beta", "4"),)}
PLAIN = {"sparse_vae.latent": "None"}


def find(folder, *changes, **options):
  return nearest.find(small_comparison.compare(folder, *changes, **options))


def test_fewer_differences_come_before_a_closer_value(tmp_path):
  small.own_run(tmp_path, mig=0.25, steps=1000, config=PLAIN)
  found, = find(tmp_path, {**STUDY, "value": 0.9, "steps": 1000},
                {**STUDY, "value": 0.25})
  assert (found.key, found.own, found.differences) == ("A", 0.25, ())
  assert str(found) == (
      "mine (A) has MIG 0.250 (dsprites_full, mean). Nearest is 0.900 of "
      "beta_vae, beta 4 (s). What differs: nothing that is stated.")


def test_of_equal_circumstances_the_closest_value(tmp_path):
  small.own_run(tmp_path, mig=0.25, config=PLAIN)
  found, = find(tmp_path, *(
      {**STUDY, "settings": (("vae.beta", str(beta)),), "value": value}
      for beta, value in ((1, 0.1), (6, 0.3), (8, 0.9))))
  assert found.differences == ("vae.beta 6, not 4.0",)
  assert found.beside.distribution.record.value == 0.3


def test_only_the_metrics_that_are_asked_for(tmp_path):
  small.own_run(tmp_path, mig=0.25, config=PLAIN)
  found = small_comparison.compare(tmp_path, STUDY)
  assert [each.panel.metric for each in nearest.find(found, ["mig"])] == ["mig"]
  assert nearest.find(found, ["dci"]) == []


def test_the_same_objective_comes_first(tmp_path):
  small.own_run(tmp_path, mig=0.25, steps=1000, config=PLAIN)
  other = {"method": "dip_vae", "value": 0.25, "steps": 1000,
           "settings": (("dip_vae.lambda_od", "4"),)}
  found, = find(tmp_path, other, {**STUDY, "value": 0.9})
  assert found.differences == ("300,000 training steps, not 1,000",)
  found, = find(tmp_path, other)
  assert found.differences == ("another model, dip_vae",)


def test_losses_of_a_training_are_no_rivals_of_a_score(tmp_path):
  """A loss needs no settings of a metric, so that it differs in less."""
  small.own_run(tmp_path, mig=0.25, steps=1000, config=PLAIN)
  loss = {**STUDY, "metric": "training", "score": "reconstruction_loss",
          "representation": "", "config": (), "value": 40.0, "steps": 1000}
  found, = find(tmp_path, loss, {**STUDY, "config": None, "value": 0.9})
  assert found.panel.metric == "mig"
  assert found.differences == ("settings of the metric not stated",
                               "300,000 training steps, not 1,000")
  found, = find(tmp_path, loss)
  assert found.panel.score == "reconstruction_loss"


def test_parts_that_upstream_lacks_are_named(tmp_path):
  small.own_run(tmp_path, config={
      "sparse_vae.latent": "@l0_pair()", "channel_mask.gate": "@l1_gate()"})
  found, = find(tmp_path, STUDY)
  assert found.differences == ("no gates on the latents and no channel masks",)


def test_parameters_that_a_source_does_not_state(tmp_path):
  small.own_run(tmp_path, config={**PLAIN, "vae.gamma": "1."})
  found, = find(tmp_path, STUDY)
  assert found.differences == ("vae.gamma not stated",)


def test_a_source_without_hyperparameters_says_so(tmp_path):
  """The name alone does not make two models one."""
  small.own_run(tmp_path, config={**PLAIN, "model.name": "'beta_vae'"})
  found, = find(tmp_path, {
      "method": "beta_vae", "settings": (("encoder.num_latent", "3"),),
      "num_latent": 3})
  assert found.differences == ("hyperparameters not stated",
                               "3 latents, not 4")


def test_reference_runs_of_ours_are_the_last_resort(tmp_path):
  small.own_run(tmp_path, mig=0.25, steps=1000, config=PLAIN)
  ours = {**STUDY, "source": "reference_runs", "value": 0.25, "steps": 1000}
  found, = find(tmp_path, ours, {**STUDY, "value": 0.9})
  assert found.beside.distribution.record.source == "s"
  found, = find(tmp_path, ours)
  assert found.beside.distribution.record.source == "reference_runs"


def test_a_model_without_anything_comparable_has_none(tmp_path):
  small.own_run(tmp_path / "a", config=PLAIN)
  small.own_run(tmp_path / "b", mig=None, config={
      **PLAIN, "model.name": "'other'"})
  found = find(tmp_path, STUDY)
  assert [entry.key for entry in found] == ["A"]
  assert not find(tmp_path, {**STUDY, "representation": "sampled"})
