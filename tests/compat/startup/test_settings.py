"""Rules for values that gin sets."""
import gin
import pytest
from disentanglement_lib.evaluation import evaluate  # noqa: F401 Registers.
from disentanglement_lib.evaluation.abstract_reasoning import reason  # noqa: F401
from disentanglement_lib.methods.unsupervised import train  # noqa: F401
from disentanglement_lib.postprocessing import postprocess  # noqa: F401

from sparse_disent.compat.startup import settings


@gin.configurable(module="test_settings")
def annealer():
  return 1.0


def check(*bindings):
  gin.parse_config(bindings)
  settings.check()


@pytest.mark.parametrize("binding", [
    "model.training_steps = 300000", "model.random_seed = 4294967295",
    "vae.beta = 0", "vae.beta = 1e-3", "dip_vae.dip_type = 'ii'",
    "encoder.encoder_fn = @conv_encoder", "model.model = @vae()",
    "sparse_vae.latent = None", "discretizer.num_bins = 2",
    "downstream_task.num_train = [10, 100]", "irs.diff_quantile = 1.0",
    "vae_optimizer.learning_rate = None",
    "vae_optimizer.learning_rate = @exponential_decay",
    "AdamOptimizer.beta1 = 0", "vae.beta = @annealer()",
    "a/vae.beta = 4"])
def test_what_the_studies_use_is_right(binding):
  check(binding)


@pytest.mark.parametrize("binding, message", [
    ("model.eval_steps = 0", "model.eval_steps must be a positive integer, but "
     "is 0. Upstream's default is 1000 batches."),
    ("a/vae.beta = -1", "a/vae.beta must be a number of 0 or greater, but is "
     "-1. It weighs a part of the loss."),
    ("model.random_seed = None", "model.random_seed must be an integer in 0 to "
     r"2\*\*32 - 1, but is None"),
    ("model.model = @vae", "model.model must be an object, with @ and "
     r"\(\), but is @vae. Such as @sparse_vae\(\) or @vae\(\)."),
    ("dip_vae.dip_type = 'iii'", "must be 'i' or 'ii', but is 'iii'"),
    ("mig.num_train = 0", "mig.num_train must be a positive integer"),
    ("mig.num_train = [10]", r"num_train must be a positive integer, but is "
     r"\[10\]"),
    ("dci_validation.train_percentage = 1.0", "lie between 0 and 1"),
    ("model.training_steps = 1000000000000000000000000",
     r"training_steps must be below 2\*\*63, but is 1000000"),
    ("model.batch_size = True", "positive integer, but is True"),
])
def test_what_is_wrong_is_named(binding, message):
  with pytest.raises(ValueError, match=message):
    check(binding)


def test_a_macro_counts_as_its_value():
  with pytest.raises(ValueError, match="training_steps must be .* but is -3"):
    check("STEPS = -3", "MORE = %STEPS", "model.training_steps = %MORE")


@pytest.mark.parametrize("binding", [
    "model.batch_size = 100000000", "encoder.num_latent = 100000000",
    "beta_vae_sklearn.batch_size = 100000000"])
def test_what_no_machine_has_memory_for_is_refused(binding, monkeypatch):
  monkeypatch.setattr(settings, "memory", lambda: 64 * 10**9)
  with pytest.raises(ValueError, match=(
      r"is 100000000, which needs at least [\d,]+ GB of memory, but this "
      r"machine has 64 GB. Give at most \d+")):
    check(binding)


def test_functions_of_users_may_give_names_another_meaning():
  @gin.configurable(module="mine")
  def my_metric(num_train=0, batch_size=None):
    return num_train, batch_size

  check("my_metric.num_train = 0", "my_metric.batch_size = None")


def test_each_rule_is_for_a_parameter_that_there_is():
  for function, parameter in settings.RULES:
    if function != "*":
      gin.config.ParsedBindingKey.parse(
          ("", "unsupervised.train.model" if "." in function else function,
           parameter))
