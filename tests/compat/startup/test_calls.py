"""Functions that gin is given where upstream calls them otherwise."""
import gin
import pytest
from disentanglement_lib.evaluation import evaluate  # noqa: F401 Registers.
from disentanglement_lib.methods.unsupervised import train  # noqa: F401
from disentanglement_lib.postprocessing import postprocess  # noqa: F401
from support import metric_catalogue

from sparse_disent.compat.startup import calls
from sparse_disent.compat.startup import settings


@gin.configurable(module="test_calls")
def takes_more(input_tensor, num_latent, is_training, width, slope=1.0):
  return input_tensor, num_latent, is_training, width, slope


@gin.configurable(module="test_calls")
def takes_all(*args, **kwargs):
  return args, kwargs


def check(*bindings):
  gin.parse_config(bindings)
  settings.check()


@pytest.mark.parametrize("binding, message", [
    ("encoder.encoder_fn = @fc_decoder",
     "encoder.encoder_fn must be a function of input_tensor and num_latent and "
     "is_training, but is @fc_decoder. Such as @conv_encoder."),
    ("encoder.encoder_fn = @takes_more", "encoder.encoder_fn must"),
    ("decoder.decoder_fn = @conv_encoder", "decoder.decoder_fn must"),
    ("discriminator.discriminator_fn = @fc_encoder", "discriminator_fn must be "
     "a function of 1 argument and is_training"),
    ("reconstruction_loss.loss_fn = @vae", "loss_fn must be a function of 3 "
     "arguments, but is @vae"),
    ("evaluation.evaluation_fn = @mean_representation", "evaluation_fn must"),
    ("postprocess.postprocess_fn = @vae", "postprocess_fn must"),
    ("discretizer.discretizer_fn = @mig", "discretizer_fn must"),
    ("model.model = @l0_pair()", r"model must be an object with a method "
     r"model_fn, but is @l0_pair\(\)"),
    ("sparse_vae.objective = @l1_gate()", "objective must be an object with"),
    ("channel_mask.gate = @vae()", "gate must be an object with a method "
     "test_mask"),
])
def test_what_upstream_cannot_call_is_refused(binding, message):
  with pytest.raises(ValueError, match=message):
    check(binding)


@pytest.mark.parametrize("binding", [
    "encoder.encoder_fn = @masked_conv_encoder",
    "encoder.encoder_fn = @takes_all", "decoder.decoder_fn = @fc_decoder",
    "discriminator.discriminator_fn = @fc_discriminator",
    *(f"reconstruction_loss.loss_fn = @{name}_loss"
      for name in ("bernoulli", "l2")),
    "vae_optimizer.optimizer_fn = @GradientDescentOptimizer",
    "postprocess.postprocess_fn = @sampled_representation",
    "model.model = @factor_vae()", "model.model = @takes_all()",
    "channel_mask.gate = @random_gate()"])
def test_what_upstream_can_call_is_right(binding):
  check(binding)


def test_what_gin_binds_counts_as_given():
  check("encoder.encoder_fn = @takes_more", "takes_more.width = 3")
  check("encoder.encoder_fn = @a/takes_more", "a/takes_more.width = 3")


@pytest.mark.parametrize("name", sorted(metric_catalogue.METRICS))
def test_our_metrics_suit(name):
  check(f"evaluation.evaluation_fn = @{name}")


@pytest.mark.parametrize("bindings, message", [
    (["sparse_vae.objective = @sparse_vae()"],
     r"sparse_vae.objective is @sparse_vae\(\), which needs itself"),
    (["BETA = %BETA", "vae.beta = %BETA"], "%BETA, which needs itself"),
    (["A = %B", "B = [1, %A]"], "which needs itself"),
    (["a/sparse_vae.objective = @a/sparse_vae()"], "which needs itself")])
def test_what_needs_itself_is_refused(bindings, message):
  with pytest.raises(ValueError, match=message):
    check(*bindings)


def test_an_inner_scope_may_end_a_cycle():
  check("sparse_vae.objective = @a/sparse_vae()",
        "a/sparse_vae.objective = @vae()")


@pytest.mark.parametrize("binding, message", [
    ("vae.beta = @l0_pair()", r"number of 0 or greater, but is @l0_pair\(\)"),
    ("run_config.reduced_precision = 'yes'", "must be True or False"),
    ("training.resume = 1", "must be True or False")])
def test_an_object_or_text_is_no_number_and_no_flag(binding, message):
  with pytest.raises(ValueError, match=message):
    check(binding)


def test_a_rule_names_the_arguments():
  assert calls.Call(2, ("a",)).rule == "be a function of 2 arguments and a"
