"""Every way in which two numbers can differ, and what is said of it."""
import pytest

from sparse_disent.baselines import matching
from sparse_disent.baselines import record

CONFIG = (("discretizer.num_bins", "20"), ("mig.num_train", "10000"))
FACTS = dict(source="s", implementation="i", dataset="dsprites_full",
             method="m", representation="mean", metric="mig", steps=300000,
             score="discrete_mig", config=CONFIG, value=0.1, num_latent=10,
             networks="conv_encoder and deconv_decoder")


def judge(own=(), **baseline):
  return matching.judge(record.Record(**{**FACTS, **dict(own)}),
                        record.Record(**{**FACTS, **baseline}))


def test_alike_in_all_that_counts():
  assert judge() == matching.Verdict()
  # Other code and other hyperparameters are what comparisons are for.
  assert judge(implementation="j", method="n", seed=5, source="t",
               settings=(("vae.beta", "16"),)) == matching.Verdict()


@pytest.mark.parametrize("baseline, barrier", [
    ({"representation": "sampled"}, "another representation: sampled"),
    ({"representation": "active_mean"}, "another representation: active_mean"),
    ({"variant": "importances"}, "another variant of the metric: importances"),
    ({"config": (("discretizer.num_bins", "30"), CONFIG[1])},
     "another variant of the metric: discretizer.num_bins 30, not 20"),
    ({"network": "half the width"}, "another network: half the width")])
def test_barriers(baseline, barrier):
  assert judge(**baseline) == matching.Verdict(barriers=(barrier,))


@pytest.mark.parametrize("baseline, remark", [
    ({"representation": "mean and sampled"},
     "mean and sampled representations pooled"),
    ({"representation": "not stated"}, "representation not stated"),
    ({"config": None}, "settings of the metric not stated"),
    ({"config": CONFIG[1:]}, "discretizer.num_bins not stated"),
    ({"config": (CONFIG[0], ("mig.num_train", "60"))},
     "another sample size: mig.num_train 60, not 10,000"),
    ({"steps": 1000}, "1,000 training steps, not 300,000"),
    ({"steps": None}, "training steps not stated"),
    ({"num_latent": 3}, "3 latents, not 10"),
    ({"num_latent": 1}, "1 latent, not 10"),
    ({"num_latent": None}, "number of latents not stated"),
    ({"networks": "a and b"}, "a and b, not conv_encoder and deconv_decoder"),
    ({"data": "re-rendered"}, "re-rendered dSprites, not original: the number "
     "of pixels that are on differs by 2, of 128 million"),
    ({"data": "unknown"},
     "not known whether both are on the original dSprites")])
def test_remarks(baseline, remark):
  assert judge(**baseline) == matching.Verdict(remarks=(remark,))


def test_what_is_not_known_of_own_models_is_not_said_to_differ():
  assert judge({"num_latent": None, "networks": ""}) == matching.Verdict()
  assert judge(networks="") == matching.Verdict()


def test_two_re_rendered_data_sets_are_alike():
  own = {"data": "re-rendered"}
  assert judge(own, data="re-rendered") == matching.Verdict()


def test_the_same_doubt_on_both_sides_is_a_doubt():
  assert judge({"data": "unknown"}, data="unknown").remarks
  assert judge({"steps": None}, steps=None).remarks


def test_pooled_representations_are_not_those_of_ours():
  verdict = judge({"representation": "active_mean"},
                  representation="mean and sampled")
  assert verdict.barriers == ("another representation: mean and sampled",)


def test_the_width_of_an_own_network_is_a_barrier_too():
  assert judge({"network": "half the width"}).barriers


@pytest.mark.parametrize("score", [
    "num_pruned_latents", "active_latents", "expected_active_latents"])
def test_counts_are_not_set_beside_each_other(score):
  assert matching.judge(*pair(score=score)).barriers == (
      f"a count is no score: {score}",)


def test_parts_of_a_loss_are_compared_within_one_model():
  facts = dict(metric="training", config=())
  for score in ("loss", "regularizer", "l0_penalty"):
    assert matching.judge(*pair(score=score, **facts)).barriers == (
        "a part of another objective's loss: theirs",)
    own, _ = pair(score=score, **facts)
    assert not matching.judge(own, own).barriers
  for score in ("reconstruction_loss", "kl_loss", "elbo"):
    assert not matching.judge(*pair(score=score, **facts)).barriers


def pair(**facts):
  """Records of one score, of two models."""
  return [record.Record(**{**FACTS, **facts, "method": method})
          for method in ("ours", "theirs")]
