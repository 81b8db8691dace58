"""Rules for values that gin sets on upstream's functions and on ours.

Upstream checks few of them. A wrong one shows after hours as an error from deep
inside, as a score of 0, or not at all. `check` refuses it once gin is
configured, before anything is computed or deleted.
"""
import dataclasses
import inspect
import os
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import gin
from gin import config as gin_config

from sparse_disent.common import checks
from sparse_disent.compat.startup import calls

# Packages whose functions the rules are for. A user's own function may give the
# same parameter another meaning.
_PACKAGES = ("disentanglement_lib", "sparse_disent", "tf")
_SEEDS = 2**32
_LARGEST = 2**63
# Bytes of one image, its reconstruction and one gradient, in a data set of the
# smallest images; and of one latent in the dense layers beside it, with
# gradients and the two moments of Adam.
_BYTES_PER_IMAGE = 3 * 4 * 28 * 28
_BYTES_PER_LATENT = 4 * 4 * 3 * 256


@dataclasses.dataclass(frozen=True)
class Rule:
  """A rule for a value.

  Attributes:
    holds: Function that decides whether a value keeps the rule.
    text: Words after "must".
    cure: Sentence that says what to give instead.
    of_references: Whether it is about `@name` and `@name()` themselves. Other
      rules leave out what a function is yet to compute.
    call: How upstream calls the function, or uses the object.
  """

  holds: Callable[[Any], bool]
  text: str
  cure: str
  of_references: bool = False
  call: calls.Call | None = None


def _is_count(value):
  return checks.is_integer(value, 1)


def _number(holds):
  return lambda value: checks.is_number(value) and holds(float(value))


def _is_list_of(holds):
  return lambda value: (isinstance(value, (list, tuple)) and len(value) > 0
                        and all(map(holds, value)))


def _counts(cure):
  return Rule(_is_count, "be a positive integer", cure)


def _at_least_0(cure):
  return Rule(_number(lambda x: x >= 0), "be a number of 0 or greater", cure)


def _within(low, high, cure, ends=True):
  return Rule(_number(lambda x: low <= x <= high if ends else low < x < high),
              f"lie {'in' if ends else 'between'} {low} "
              f"{'to' if ends else 'and'} {high}", cure)


def _one_of(*values):
  names = " or ".join(map(repr, values))
  return Rule(lambda value: value in values, f"be {names}", "Give one of them.")


def _function(example, *call):
  return Rule(lambda value: _is_reference(value, evaluate=False),
              "be a function, with @ and without ()", f"Such as {example}.",
              of_references=True, call=calls.Call(*call) if call else None)


def _made(example, method="", optional=False):
  return Rule(lambda value: _is_reference(value, evaluate=True)
              or optional and value is None,
              "be an object, with @ and ()", f"Such as {example}.",
              of_references=True,
              call=calls.Call(method=method) if method else None)


def _is_reference(value, evaluate):
  return (isinstance(value, gin_config.ConfigurableReference)
          and value.evaluate == evaluate)


_SEED = Rule(
    lambda value: checks.is_integer(value, 0) and int(value) < _SEEDS,
    "be an integer in 0 to 2**32 - 1",
    "A run without a seed cannot be repeated: give one, such as 0.")
_TEXT = Rule(lambda value: isinstance(value, str) and "\n" not in value,
             "be text in quotes, in one line", "Such as \"mine\".")
_FLAG = Rule(lambda value: isinstance(value, bool), "be True or False",
             "Write it without quotes.")
_BATCH = _counts("Upstream's study trains with 64.")
_SAMPLES = _counts("Upstream's study uses 10000, and 5000 for tests.")
_POINTS = Rule(
    lambda value: _is_count(value) or _is_list_of(_is_count)(value),
    "be a positive integer, or a list of them",
    "Upstream's study uses 10000, and 5000 for tests.")
_WEIGHT = _at_least_0("It weighs a part of the loss.")
_RATE = Rule(
    lambda value: value is None or _number(lambda x: x >= 0)(value)
    or isinstance(value, gin_config.ConfigurableReference),
    "be a number of 0 or greater", "Upstream's study uses 0.0001.")
_DECAY = Rule(_number(lambda x: 0 <= x < 1), "be at least 0 and below 1",
              "TensorFlow's default of beta1 is 0.9.")
_ENCODER = _function(
    "@conv_encoder", 0, ("input_tensor", "num_latent", "is_training"))
_OPTIMIZER = _function("@AdamOptimizer")

# By function and parameter; the first that fits counts. "*" is for all
# functions of `_PACKAGES`.
RULES = {
    ("train.model", "model"): _made("@sparse_vae() or @vae()", "model_fn"),
    ("train.model", "training_steps"): _counts("Upstream's study: 300000."),
    ("train.model", "eval_steps"): _counts(
        "Upstream's default is 1000 batches."),
    ("train.model", "batch_size"): _BATCH,
    ("encoder", "num_latent"): _counts("Upstream's study uses 10."),
    ("encoder", "encoder_fn"): _ENCODER,
    ("decoder", "decoder_fn"): _function(
        "@deconv_decoder", 0, ("latent_tensor", "output_shape", "is_training")),
    ("discriminator", "discriminator_fn"): _function(
        "@fc_discriminator", 1, ("is_training",)),
    ("reconstruction_loss", "loss_fn"): _function("@bernoulli_loss", 3),
    ("reconstruction_loss", "activation"): _one_of("logits", "tanh"),
    ("bernoulli_loss", "subtract_true_image_entropy"): _FLAG,
    ("vae_optimizer", "optimizer_fn"): _OPTIMIZER,
    ("vae_optimizer", "learning_rate"): _RATE,
    ("discriminator_optimizer", "optimizer_fn"): _OPTIMIZER,
    ("discriminator_optimizer", "learning_rate"): _RATE,
    ("AdamOptimizer", "learning_rate"): _RATE,
    ("AdamOptimizer", "beta1"): _DECAY,
    ("AdamOptimizer", "beta2"): _DECAY,
    ("AdamOptimizer", "epsilon"): Rule(
        _number(lambda x: x > 0), "be a number greater than 0",
        "TensorFlow's default is 1e-08."),
    ("GradientDescentOptimizer", "learning_rate"): _RATE,
    ("MomentumOptimizer", "learning_rate"): _RATE,
    ("RMSPropOptimizer", "learning_rate"): _RATE,
    ("vae", "beta"): _WEIGHT,
    ("beta_tc_vae", "beta"): _WEIGHT,
    ("factor_vae", "gamma"): _WEIGHT,
    ("annealed_vae", "gamma"): _WEIGHT,
    ("annealed_vae", "c_max"): _at_least_0("It is a capacity in nats."),
    ("annealed_vae", "iteration_threshold"): _counts(
        "It is the step at which the capacity is c_max."),
    ("dip_vae", "lambda_od"): _WEIGHT,
    ("dip_vae", "lambda_d_factor"): _WEIGHT,
    ("dip_vae", "dip_type"): _one_of("i", "ii"),
    ("sparse_vae", "objective"): _made("@dip_vae()", "model_fn"),
    ("sparse_vae", "latent"): _made("@l0_pair()", optional=True),
    ("sparse_vae", "categorical"): _made(
        "@categorical_latent()", optional=True),
    ("channel_mask", "gate"): _made(
        "@hard_concrete_gate()", "test_mask", optional=True),
    ("grouped_encoder", "encoder_fn"): _ENCODER,
    ("run_config", "reduced_precision"): _FLAG,
    ("training", "resume"): _FLAG,
    ("dataset", "name"): _TEXT,
    ("postprocess", "postprocess_fn"): _function(
        "@mean_representation", 4),
    ("evaluation", "evaluation_fn"): _function(
        "@mig", 2, ("random_state",)),
    ("discretizer", "discretizer_fn"): _function(
        "@histogram_discretizer", 2),
    ("predictor", "predictor_fn"): _function("@logistic_regression_cv"),
    ("irs", "diff_quantile"): _within(0, 1, "Upstream's default is 0.99."),
    ("prune_dims", "threshold"): _at_least_0("Upstream's study uses 0.05."),
    ("sap_score", "continuous_factors"): _FLAG,
    ("strong_downstream_task", "n_experiment"): _SAMPLES,
    ("reduced_downstream_task", "num_factors_to_remove"): _SAMPLES,
    ("abstract_reasoning", "model"): _made("@TwoStageModel()"),
    ("abstract_reasoning", "num_iterations"): _SAMPLES,
    ("abstract_reasoning", "training_steps_per_iteration"): _SAMPLES,
    ("abstract_reasoning", "eval_steps_per_iteration"): _SAMPLES,
    ("*", "name"): _TEXT,
    ("*", "random_seed"): _SEED,
    ("*", "batch_size"): _BATCH,
    ("downstream_task", "num_train"): _POINTS,
    ("strong_downstream_task", "num_train"): _POINTS,
    ("reduced_downstream_task", "num_train"): _POINTS,
    ("*", "num_train"): _SAMPLES,
    ("*", "num_test"): _SAMPLES,
    ("*", "num_eval"): _SAMPLES,
    ("*", "num_variance_estimate"): _SAMPLES,
    ("*", "num_bins"): Rule(
        lambda value: _is_count(value) and value > 1,
        "be an integer of 2 or greater", "Upstream's study uses 20."),
    ("*", "train_percentage"): _within(0, 1, "Such as 0.9.", ends=False),
}
_SAMPLING_AT_ONCE = ("train.model", "beta_vae_sklearn", "factor_vae_score")


def check() -> None:
  """Checks all values that gin has been given.

  Raises:
    ValueError: A value breaks its rule, asks for more memory than there is, or
      needs itself.
  """
  calls.check_cycles()
  for scope, selector, parameter, value in _values():
    rule = _rule(selector, parameter)
    name = f"{scope}/" if scope else ""
    name += f"{selector.rpartition('.')[2]}.{parameter}"
    checks.check(not isinstance(value, int) or abs(value) < _LARGEST, name,
                 "be below 2**63", value, "Computers count in 64 bits.")
    if rule is not None and _is_known(value, rule):
      checks.check(rule.holds(value), name, rule.text, value, rule.cure)
      if rule.call and isinstance(value, gin_config.ConfigurableReference):
        checks.check(calls.suits(value, rule.call), name, rule.call.rule, value,
                     rule.cure)
    _check_memory(selector, parameter, name, value)


def _values() -> Iterator[tuple[str, str, str, Any]]:
  for (scope, selector), parameters in gin_config._CONFIG.items():
    if selector.partition(".")[0] in _PACKAGES:
      for parameter, value in parameters.items():
        yield scope, selector, parameter, _resolved(value)


def _resolved(value):
  """Returns the value of a macro, or any other value as it is."""
  for _ in range(10):  # A macro may be another macro.
    if not _is_macro(value):
      break
    name = value.scoped_selector.rpartition("/")[0]
    values = gin_config._CONFIG.get((name, "gin.macro"), {})
    if "value" not in values:
      break
    value = values["value"]
  return value


def _is_macro(value):
  return (_is_reference(value, evaluate=True)
          and value.selector.rpartition(".")[2] == "macro")


def _rule(selector, parameter):
  """Returns the rule of a parameter, by the function's name or by "*"."""
  for (function, name), rule in RULES.items():
    if name == parameter and (
        function == "*" or f".{selector}".endswith(f".{function}")):
      return rule
  return None


def _is_known(value, rule):
  """Tells whether a value is known before the function that makes it runs."""
  return not _is_macro(value) and value is not gin.REQUIRED and (
      rule.of_references or not _is_reference(value, evaluate=True)
      or inspect.isclass(value.configurable.wrapped))  # It makes an object.


def _check_memory(selector, parameter, name, value):
  """Refuses sizes for which there is no memory, at the very least."""
  function = next((function for function in _SAMPLING_AT_ONCE
                   if f".{selector}".endswith(f".{function}")), None)
  if parameter == "batch_size" and function:
    size = _BYTES_PER_IMAGE
  elif parameter == "num_latent" and selector.endswith(".encoder"):
    size = _BYTES_PER_LATENT
  else:
    return
  if _is_count(value) and int(value) * size > memory():
    raise ValueError(
        f"{name} is {value!r}, which needs at least "
        f"{int(value) * size / 1e9:,.0f} GB of memory, but this machine has "
        f"{memory() / 1e9:,.0f} GB. Give at most {memory() // size}.")


def memory() -> int:
  """Returns the memory of this machine in bytes."""
  return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

