"""One peer of training.py, trained in a process of its own for some seconds.

Runs under the Python 3.7 of TensorFlow 1.15 and under PyTorch's Python, too,
and imports nothing of ours there.
"""
import contextlib
import json
import os
import resource
import sys
import tempfile
import time

BATCH_SIZE = 64
BINDINGS = """
  model.model = @vae()
  model.random_seed = 0
  model.batch_size = 64
  model.training_steps = 1000000
  vae.beta = 4.
  encoder.num_latent = 10
  reconstruction_loss.loss_fn = @bernoulli_loss
  vae_optimizer.optimizer_fn = @AdamOptimizer
  AdamOptimizer.learning_rate = 1e-4
"""
NETWORKS = {"conv": ("conv_encoder", "deconv_decoder"),
            "fc": ("fc_encoder", "fc_decoder")}


class Watch:
  """Measures the steps after a warm-up, then prints and ends the process."""

  def __init__(self, started, warm_up, seconds):
    self._started, self._first = started, None
    self._warm_up, self._seconds = warm_up, seconds
    self._begin = None

  def step(self, count_steps):
    """Is called after each step, or after each call of several steps.

    Args:
      count_steps: Function that returns the number of steps until now.
    """
    now = time.time()
    if self._first is None:
      self._first = now
    elif self._begin is None:
      if now - self._first >= self._warm_up:
        self._begin, self._count = now, count_steps()
        self._usage = resource.getrusage(resource.RUSAGE_SELF)
    elif now - self._begin >= self._seconds:
      self._finish(now, count_steps() - self._count)

  def _finish(self, now, steps):
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "steps a second": steps / (now - self._begin),
        "CPU ms a step, user": 1e3 / steps * (
            usage.ru_utime - self._usage.ru_utime),
        "CPU ms a step, system": 1e3 / steps * (
            usage.ru_stime - self._usage.ru_stime),
        "page faults a step": (
            usage.ru_minflt - self._usage.ru_minflt) / steps,
        "seconds to the first step": self._first - self._started,
        "MiB at the peak": usage.ru_maxrss / 1024,
        "MiB, a share of what is shared": _proportional_mib()}))
    sys.stdout.flush()
    os._exit(0)


def _proportional_mib():
  """Memory of this process; of what n processes share it counts 1/n."""
  with open("/proc/self/smaps_rollup") as rollup:
    return sum(int(line.split()[1]) for line in rollup
               if line.startswith("Pss:")) / 1024


def ours(watch, bindings):
  """`dlib_train`, under TensorFlow 1.15 upstream alone."""
  # As if the script ran.
  sys.modules["__main__"].__file__ = f"{sys.prefix}/bin/dlib_train"
  from disentanglement_lib.methods.unsupervised import train
  from tensorflow.contrib import tpu
  tf = train.tf  # Not imported before upstream: it would keep its defaults.
  original = tpu.TPUEstimator.train

  class Hook(tf.train.SessionRunHook):

    def begin(self):
      self.steps = tf.train.get_global_step()

    def after_run(self, run_context, unused_values):
      watch.step(lambda: run_context.session.run(self.steps))

  def watched(self, input_fn, steps):
    return original(self, input_fn, hooks=[Hook()], steps=steps)

  tpu.TPUEstimator.train = watched
  train.train_with_gin(os.path.join(tempfile.mkdtemp(), "model"),
                       gin_bindings=bindings)


def upstream(watch, bindings):
  """Upstream's input and a plain loop on current TensorFlow."""
  import numpy
  import tensorflow  # noqa: F401  Imported first, it keeps its own defaults.
  from disentanglement_lib.data.ground_truth import dsprites
  from disentanglement_lib.data.ground_truth import util

  from sparse_disent.compat.training import building
  from sparse_disent.compat.training import estimator
  from sparse_disent.compat.training import loop
  estimator.machine.keep_memory = lambda: None
  building.quick_operations = contextlib.nullcontext
  dsprites.np = numpy
  util.tf_data_set_from_ground_truth_data = (
      util.tf_data_set_from_ground_truth_data.__wrapped__)
  loop.run = _plain_loop
  ours(watch, bindings)


def _plain_loop(spec, settings, unused_shown):
  import tensorflow.compat.v1 as tf
  with tf.train.MonitoredTrainingSession(
      checkpoint_dir=settings.model_dir, save_checkpoint_secs=600,
      hooks=[tf.train.NanTensorHook(spec.loss), *spec.training_hooks,
             *settings.hooks]
      ) as session:
    while not session.should_stop():
      session.run(spec.train_op)


def constant(watch, bindings):
  """The same graph on one batch, with no loop around it."""
  tf, session, spec = graph_on_a_constant(bindings)
  steps = tf.train.get_global_step(session.graph)
  train_once = session.make_callable(spec.train_op)
  while True:
    train_once()
    watch.step(lambda: session.run(steps))


def graph_on_a_constant(bindings):
  """Returns upstream's TensorFlow, a session, and what its model returned."""
  import gin
  import numpy as np
  from disentanglement_lib.data.ground_truth import named_data
  from disentanglement_lib.methods.unsupervised import train  # noqa: F401
  from disentanglement_lib.methods.unsupervised import vae

  from sparse_disent.compat.speed import machine
  from sparse_disent.compat.training import building
  machine.keep_memory()  # As training does, as are the operations.
  tf = vae.tf
  gin.parse_config(bindings)
  images = named_data.get_named_ground_truth_data().sample_observations(
      BATCH_SIZE, np.random.RandomState(0))
  with tf.Graph().as_default() as graph, building.quick_operations():
    tf.train.get_or_create_global_step()
    spec = vae.BetaVAE().model_fn(
        tf.constant(images, tf.float32), None, "train", {})
    initializer = tf.global_variables_initializer()
  session = tf.Session(graph=graph)
  session.run(initializer)
  return tf, session, spec


def pytorch(watch, network):
  """PyTorch, eager, on one batch."""
  import torch_vae
  for step, _ in enumerate(torch_vae.train(network, BATCH_SIZE), 1):
    watch.step(lambda step=step: step)


def main():
  """Trains one peer until its watch has seen enough."""
  peer, network = sys.argv[1:3]
  watch = Watch(*map(float, sys.argv[3:6]))
  if peer == "pytorch":
    pytorch(watch, network)
  globals()[peer](watch, bindings_of(network) + sys.argv[6:])


def bindings_of(network):
  """Returns gin bindings of a model with these networks, but for the data."""
  encoder, decoder = NETWORKS[network]
  return [line.strip() for line in BINDINGS.strip().splitlines()] + [
      "encoder.encoder_fn = @" + encoder, "decoder.decoder_fn = @" + decoder]


if __name__ == "__main__":
  main()
