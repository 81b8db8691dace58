"""Every part of a model that sparse_disent registers with gin, ready to build.

`test_catalogue` loops over it, and fails when a component is missing. Metrics
have a catalogue of their own, `metrics/metric_catalogue`.
"""
import dataclasses

import gin

# beta-VAE with upstream's networks; each component changes what it must.
BASE = """
  import sparse_disent
  dataset.name = "dummy_data"
  model.model = @vae()
  vae.beta = 4.
  encoder.encoder_fn = @conv_encoder
  encoder.num_latent = 6
  decoder.decoder_fn = @deconv_decoder
  reconstruction_loss.loss_fn = @bernoulli_loss
  vae_optimizer.optimizer_fn = @AdamOptimizer
  vae_optimizer.learning_rate = 1e-3
  model.random_seed = 0
  model.batch_size = 4
  model.training_steps = 5
  model.eval_steps = 1
"""
_SPARSE_VAE = """
  model.model = @sparse_vae()
  sparse_vae.objective = @vae()
"""
_MASKED_ENCODER = """
  encoder.encoder_fn = @masked_conv_encoder
  channel_mask.gate = @{gate}()
"""
_L1_OFF = """
  l1_gate.lambda_l1 = 0.
  l1_gate.lambda_l2 = 0.
"""


@dataclasses.dataclass(frozen=True)
class Component:
  """How to build a model with a component, and how to switch it off.

  Attributes:
    bindings: What is bound in addition to `BASE`; `{ticket}` stands for the
      directory of an earlier run.
    off: Further bindings under which it is upstream's model, once all gates
      that the optimizer trains are open; None if there are none.
    reference: What upstream's model needs in addition to `BASE`.
  """

  bindings: str
  off: str | None = ""
  reference: str = ""


def _gate(name, bindings="", off=""):
  return Component(_MASKED_ENCODER.format(gate=name) + bindings, off)


def _network(kind, name, reference):
  return Component(
      f"""
      {kind}.{kind}_fn = @{name}
      channel_mask.gate = @hard_concrete_gate()
      """, "hard_concrete_gate.lambda_l0 = 0.",
      f"{kind}.{kind}_fn = @{reference}")


COMPONENTS = {
    "sparse_vae": Component(_SPARSE_VAE + "sparse_vae.groups = [2, 1, 3]",
                            "sparse_vae.groups = [6]"),
    "l0_pair": Component(_SPARSE_VAE + "sparse_vae.latent = @l0_pair()",
                         "l0_pair.tau = 0."),
    # Its weight of the first step.
    "capacity_vae": Component("""
        model.model = @capacity_vae()
        capacity_vae.c_max = 16.
        capacity_vae.iteration_threshold = 4
    """, "capacity_vae.initial_beta = 4."),
    "warm_up": Component("""
        vae_optimizer.learning_rate = @warm_up()
        warm_up.final = 1e-3
    """),
    # There are no classes in upstream's models.
    "categorical_latent": Component(_SPARSE_VAE + """
        sparse_vae.categorical = @categorical_latent()
        categorical_latent.num_classes = 3
    """, off=None),
    "grouped_encoder": Component(_SPARSE_VAE + """
        sparse_vae.groups = [2, 1, 3]
        encoder.encoder_fn = @grouped_encoder
        grouped_encoder.encoder_fn = @conv_encoder
        grouped_encoder.groups = [2, 1, 3]
    """, """
        sparse_vae.groups = [6]
        grouped_encoder.groups = [6]
    """),
    "channel_mask": _gate(
        "l1_gate", "channel_mask.layers = ['e5', 'means']", _L1_OFF),
    "masked_network": _gate(
        "random_gate", "masked_network.width = 0.5",
        "masked_network.width = 1.0\nrandom_gate.sparsity = 0."),
    "random_gate": _gate("random_gate", off="random_gate.sparsity = 0."),
    "l1_gate": _gate("l1_gate", off=_L1_OFF),
    "hard_concrete_gate": _gate(
        "hard_concrete_gate", off="hard_concrete_gate.lambda_l0 = 0."),
    "magnitude_gate": _gate("magnitude_gate", """
        magnitude_gate.begin_step = 0
        magnitude_gate.end_step = 4
        magnitude_gate.frequency = 1
    """, "magnitude_gate.sparsity = 0."),
    # All gates of the earlier run are open.
    "ticket_gate": _gate("ticket_gate", "ticket_gate.path = '{ticket}'"),
    "masked_conv_encoder": _network(
        "encoder", "masked_conv_encoder", "conv_encoder"),
    "masked_fc_encoder": _network(
        "encoder", "masked_fc_encoder", "fc_encoder"),
    "masked_deconv_decoder": _network(
        "decoder", "masked_deconv_decoder", "deconv_decoder"),
    "masked_fc_decoder": _network(
        "decoder", "masked_fc_decoder", "fc_decoder"),
    # A data set: the model is upstream's as it is.
    "mnist": Component("dataset.name = 'mnist'"),
}
# Modules whose components have other tests; compat's are settings of training,
# data.dependent's of its data, and no parts of a model.
OTHER_CATALOGUES = ("sparse_disent.metrics.", "sparse_disent.postprocessing.",
                    "sparse_disent.compat.", "sparse_disent.data.dependent")


# Defaults, by their sources.
DEFAULTS = {
    # Shi et al., Table 1; gates are open in four of five draws at the start.
    "l0_pair": {"temperature": 0.05, "tau": 0.1, "gamma": -0.1, "zeta": 1.1,
                "initial_log_alpha": 1.3862943611198906,
                "test_gate": "louizos", "learning_rate_multiplier": 1.0},
    # JointVAE's temperature, the evidence lower bound's weight.
    "categorical_latent": {"num_classes": 10, "temperature": 0.67,
                           "weight": 1.0},
    # Louizos et al., all but the weight.
    "hard_concrete_gate": {"lambda_l0": 1e-3, "drop_rate": 0.5,
                           "temperature": 2 / 3, "gamma": -0.1, "zeta": 1.1,
                           "test_gate": "louizos", "penalty_reduction": "sum",
                           "granularity": "connection",
                           "learning_rate_multiplier": 1.0},
    # lambda_l2 and the sparsity are Rakowski's; lambda_l1 is one of his.
    "l1_gate": {"lambda_l1": 1e-3, "lambda_l2": 0.01, "threshold": 0.01,
                "penalty_reduction": "sum", "granularity": "connection",
                "learning_rate_multiplier": 1.0},
    "random_gate": {"sparsity": 0.55, "seed": 0, "granularity": "connection"},
    "magnitude_gate": {"sparsity": 0.55, "initial_sparsity": 0.0,
                       "begin_step": 1000, "end_step": 8000,
                       "frequency": 100, "granularity": "connection"},
    "sparse_vae": {"dip_diagonal": "all"},
    # The rate of upstream's study, to start with.
    "warm_up": {"initial": 1e-4, "steps": 1500},
    "capacity_vae": {"c_min": 0.5, "initial_beta": 10.0, "rate": 0.01},
    # Burda et al.'s threshold, wherever a latent is active or not.
    "active_latents": {"variance_threshold": 0.01, "kl_threshold": 0.01},
    "factor_sparsity": {"variance_threshold": 0.01, "threshold": 0.1},
    "total_correlation": {"variance_threshold": 0.01, "num_neighbors": 3},
    "active_mean_representation": {"variance_threshold": 0.01},
    "active_sampled_representation": {"variance_threshold": 0.01},
    "rotated_representation": {"angle_degrees": 45.0},
    # TensorFlow 1's, but for the seed, which it drew anew in each run.
    "run_config": {"tf_random_seed": 1, "keep_checkpoint_max": 5,
                   "save_checkpoints_secs": None, "save_summary_steps": 100,
                   "log_step_count_steps": 100, "reduced_precision": False},
}


def registered(prefix):
  """Names of what gin knows of the modules whose names have a prefix."""
  return {component.name for _, component in gin.config._REGISTRY.items()
          if component.wrapped.__module__.startswith(prefix)}


TICKET = BASE + _gate("random_gate").bindings + """
  random_gate.sparsity = 0.
  model.training_steps = 1
"""
