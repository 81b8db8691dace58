"""What a training step of our models costs, beside the step it is built on.

Each command compares side by side in one run, in turn, in sessions of one
process, with Adam, on the same constant batch of 64, so that nothing but the
models differs:

  masks    each gate of either granularity; the same networks without masks
  latents  L0Pair on a beta-VAE and on a DIP-VAE; both without
  groups   Grouped-VAEs; a plain VAE, and its encoder and decoder each alone

A round is 100 steps, of which one makes the summaries and, with magnitude
gates, prunes, as in training by default.

Prints a table in Markdown, where a ratio is the median of those of the rounds,
each to what was measured in the same round, with its range. For groups it is
the ratio to what their networks cost: (E + G D) / (E + D) plain steps with one
encoder and (G E + G D) / (E + D) with one for each of the G groups, E and D
being the steps of encoder and decoder alone.
"""
import argparse
import os
import statistics
import sys
import tempfile

import gin
import numpy as np
import side_by_side

import sparse_disent

BATCH_SIZE = 64
STEPS = 100
# Networks without masks and with masks.
NETWORKS = {
    "conv": ("@conv_encoder", "@deconv_decoder",
             "@masked_conv_encoder", "@masked_deconv_decoder"),
    "fc": ("@fc_encoder", "@fc_decoder",
           "@masked_fc_encoder", "@masked_fc_decoder")}
BASE = """
  benchmark.model = @vae()
  vae.beta = 4.
  dip_vae.lambda_od = 20.
  dip_vae.lambda_d_factor = 0.1
  dip_vae.dip_type = "i"
  encoder.num_latent = 10
  reconstruction_loss.loss_fn = @bernoulli_loss
  vae_optimizer.optimizer_fn = @AdamOptimizer
  AdamOptimizer.learning_rate = 1e-4
"""
EARLIER_RUN = """
  dataset.name = "dummy_data"
  model.model = @vae()
  model.random_seed = 0
  model.batch_size = 4
  model.training_steps = 1
  model.eval_steps = 1
"""
GATES = ("random", "l1", "hard_concrete", "magnitude", "ticket")
GRANULARITIES = ("connection", "channel")
SIZES = ([5, 5], [2, 2, 2, 2, 2])
FIGURES = ("ms", "CPU ms")


@gin.configurable("benchmark")
def configured_model(model=gin.REQUIRED):
  """Returns the model of the current configuration."""
  return model


def plain(network):
  """Bindings of networks without masks."""
  return [f"encoder.encoder_fn = {NETWORKS[network][0]}",
          f"decoder.decoder_fn = {NETWORKS[network][1]}"]


def masked(network, gate, granularity, folder):
  """Bindings of networks with masks; a ticket's is that of a random gate."""
  bindings = [f"encoder.encoder_fn = {NETWORKS[network][2]}",
              f"decoder.decoder_fn = {NETWORKS[network][3]}",
              f"channel_mask.gate = @{gate}_gate()"]
  if gate != "ticket":
    bindings.append(f"{gate}_gate.granularity = '{granularity}'")
  if gate == "magnitude":
    bindings += ["magnitude_gate.begin_step = 0",
                 f"magnitude_gate.frequency = {STEPS}"]
  if gate == "ticket":
    path = os.path.join(folder, f"{network}_{granularity}")
    train_once(path, masked(network, "random", granularity, folder))
    bindings.append(f"ticket_gate.path = '{path}'")
  return bindings


def train_once(path, bindings):
  """Makes an earlier run for a ticket."""
  from disentanglement_lib.methods.unsupervised import train
  train.train_with_gin(
      path, False, [], [*EARLIER_RUN.split("\n"), *BASE.split("\n"), *bindings])


def composed(network, *bindings):
  """Bindings of a sparse_vae."""
  return [*plain(network), "benchmark.model = @sparse_vae()",
          "sparse_vae.objective = @vae()", *bindings]


def masks(network, folder):
  """Candidates of the command: dictionary from names to bindings."""
  return {"dense": plain(network), **{
      f"{gate} gate, {granularity}": masked(network, gate, granularity, folder)
      for gate in GATES for granularity in GRANULARITIES}}


def latents(network, unused_folder):
  """As `masks`."""
  gated = "sparse_vae.latent = @l0_pair()"
  return {
      "beta-VAE": plain(network),
      "beta-VAE with L0Pair": composed(network, gated),
      "DIP-VAE": [*plain(network), "benchmark.model = @dip_vae()"],
      "DIP-VAE with L0Pair": composed(
          network, gated, "sparse_vae.objective = @dip_vae()")}


def groups(network, unused_folder):
  """As `masks`."""
  models = {"plain": plain(network), "encoder alone": plain(network),
            "decoder alone": plain(network)}
  for sizes in SIZES:
    one = composed(network, f"sparse_vae.groups = {sizes}")
    models[f"groups {sizes}"] = one
    models[f"groups {sizes}, separate encoders"] = [
        *one, "encoder.encoder_fn = @grouped_encoder",
        f"grouped_encoder.encoder_fn = {NETWORKS[network][0]}",
        f"grouped_encoder.groups = {sizes}"]
  return models


class Candidate:
  """A graph and its session; a call measures a round."""

  def __init__(self, images, bindings, part=None):
    """Builds the graph, and trains a round to warm up.

    Args:
      images: [batch_size, height, width, num_channels].
      bindings: Strings, what differs from `BASE`.
      part: "encoder" or "decoder" to train that alone, None for the model.
    """
    import tensorflow.compat.v1 as tf

    from sparse_disent.compat.training import building
    gin.clear_config()
    gin.parse_config("\n".join([BASE, *bindings]))
    with tf.Graph().as_default(), building.quick_operations():
      tf.set_random_seed(0)
      tf.train.get_or_create_global_step()
      train_op = train_op_of(configured_model(), tf.constant(images), part)
      summaries = tf.summary.merge_all()
      session = tf.Session()
      session.run(tf.global_variables_initializer())
      self._step = session.make_callable(train_op)
      self._last_step = session.make_callable(
          train_op if summaries is None else [train_op, summaries])
    self()

  def __call__(self):
    """Returns the milliseconds of a step."""
    watch = side_by_side.Stopwatch()
    for _ in range(STEPS - 1):
      self._step()
    self._last_step()
    return dict(zip(FIGURES, (1e3 * seconds / STEPS
                              for seconds in watch.seconds()), strict=True))


def train_op_of(model, images, part):
  """The step of a model, or of one of its networks by itself.

  The encoder alone has the KL divergence for a loss; the decoder alone gets
  noise to decode.
  """
  import tensorflow.compat.v1 as tf
  from disentanglement_lib.methods.shared import losses
  from disentanglement_lib.methods.shared import optimizers
  from disentanglement_lib.methods.unsupervised import vae
  if part is None:
    return model.model_fn(images, None, "train", {}).train_op
  if part == "encoder":
    loss = vae.compute_gaussian_kl(*model.gaussian_encoder(images, True))
  else:
    noise = np.random.RandomState(0).normal(size=[BATCH_SIZE, 10])
    decoded = model.decode(
        tf.constant(noise, tf.float32), images.get_shape().as_list()[1:], True)
    loss = tf.reduce_mean(losses.make_reconstruction_loss(images, decoded))
  return optimizers.make_vae_optimizer().minimize(
      loss, global_step=tf.train.get_global_step())


def expected(command, name, values):
  """What a candidate is compared with, for each round.

  Args:
    command: Name of the command.
    name: Name of the candidate.
    values: Dictionary from candidates to arrays [rounds].

  Returns:
    expected: [rounds].
  """
  first = next(iter(values.values()))
  if command == "latents":
    return values[name.removesuffix(" with L0Pair")]
  if not name.startswith("groups"):
    return first
  encoder, decoder = values["encoder alone"], values["decoder alone"]
  number = name.count(",", 0, name.index("]")) + 1
  encoders = number if "separate" in name else 1
  return first * (encoders * encoder + number * decoder) / (encoder + decoder)


def table(command, network, results):
  """The table, as lines of Markdown."""
  yield f"| {network}: {command} | ms | ratio | CPU ms | ratio |"
  yield "|---|---:|---|---:|---|"
  by_figure = {figure: {
      name: np.array(numbers) for (name, of), numbers in results.items()
      if of == figure} for figure in FIGURES}
  for name in by_figure[FIGURES[0]]:
    cells = [name]
    for values in by_figure.values():
      ratios = values[name] / expected(command, name, values)
      cells += [f"{statistics.median(values[name]):.3g}",
                f"{statistics.median(ratios):.2f} "
                f"({min(ratios):.2f} to {max(ratios):.2f})"]
    yield f"| {' | '.join(cells)} |"


def main():
  """Runs one command and prints its table."""
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("command", choices=["masks", "latents", "groups"])
  parser.add_argument("--network", choices=NETWORKS, default="conv")
  parser.add_argument("--rounds", type=int, default=9)
  parser.add_argument("--only", default="", help="what names must contain")
  arguments = parser.parse_args()
  sparse_disent.register()
  from disentanglement_lib.data.ground_truth import named_data
  from disentanglement_lib.methods.unsupervised import train  # noqa: F401
  data = named_data.get_named_ground_truth_data("dsprites_full")
  images = data.sample_observations(BATCH_SIZE, np.random.RandomState(0))
  with tempfile.TemporaryDirectory() as folder:
    models = globals()[arguments.command](arguments.network, folder)
    candidates = {}
    for name, bindings in models.items():
      if not candidates or arguments.only in name:
        part = name.removesuffix(" alone") if "alone" in name else None
        candidates[name] = Candidate(
            images.astype(np.float32), bindings, part)
        print(f"built {name}", file=sys.stderr)
  results = side_by_side.alternate(candidates, arguments.rounds)
  print("\n".join(table(arguments.command, arguments.network, results)))


if __name__ == "__main__":
  main()
