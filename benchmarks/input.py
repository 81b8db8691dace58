"""What the data cost: loading, the stream of images, training steps, the start.

Each command compares side by side in one run, in turn:

  load    dSprites, upstream's way (6 GB at the peak) and ours: time, memory
  stream  images a second, upstream's way and ours, without training
  step    a training step on a constant, on our input and on upstream's
  start   dlib_train up to its first step, and the least of it: importing
          TensorFlow and building the graph

DISENTANGLEMENT_LIB_DATA must hold dSprites.
"""
import argparse
import json
import os
import pathlib
import resource
import sys
import tempfile
import time

import numpy as np
import side_by_side

BATCH_SIZE = 64
CONFIG = "gin_configs/masked_dipvae.gin"


def load(arguments):
  """Loads dSprites and looks at all images, in new processes."""
  def load_once(way, together=1):
    def measure():
      with tempfile.TemporaryDirectory() as folder:
        return side_by_side.run(__file__, "_load", way, str(together), folder,
                                together=together)
    return measure

  return side_by_side.alternate({
      "upstream": load_once("upstream"), "packed": load_once("packed"),
      "packed, one of two processes": load_once("packed", 2),
  }, arguments.rounds), "upstream"


def _load(way, together, folder):
  from disentanglement_lib.data.ground_truth import dsprites
  if way == "upstream":
    dsprites.np = np
  before, start = _proportional_mib(), time.perf_counter()
  data = dsprites.DSprites()
  seconds = time.perf_counter() - start
  for block in range(0, len(data.images), 4096):
    data.images[block:block + 4096].max()
  _meet(int(together), folder, "loaded")
  figures = {
      "seconds to load": seconds,
      "MiB once loaded": _proportional_mib() - before,
      "MiB at the peak": resource.getrusage(
          resource.RUSAGE_SELF).ru_maxrss / 1024}
  _meet(int(together), folder, "measured")
  print(json.dumps(figures))


def _meet(number, folder, what):
  """Waits until so many processes, this one included, are here."""
  pathlib.Path(folder, f"{what} {os.getpid()}").touch()
  deadline = time.time() + 600
  while len(list(pathlib.Path(folder).glob(f"{what} *"))) < number:
    if time.time() > deadline:
      raise TimeoutError(f"one of {number} processes never {what}")
    time.sleep(.01)


def _proportional_mib():
  """Memory of this process; of what n processes share it counts 1/n."""
  with open("/proc/self/smaps_rollup") as rollup:
    return sum(int(line.split()[1]) for line in rollup
               if line.startswith("Pss:")) / 1024


def _ways(data):
  """Returns upstream's data set of single images and ours, as functions."""
  from disentanglement_lib.data.ground_truth import util
  ours = util.tf_data_set_from_ground_truth_data
  return {"upstream": lambda: ours.__wrapped__(data, 0),
          "in bulk": lambda: ours(data, 0)}


def stream(arguments):
  """Reads batches and does nothing with them."""
  import tensorflow.compat.v1 as tf
  from disentanglement_lib.data.ground_truth import named_data

  from sparse_disent.compat.speed import machine
  machine.keep_memory()  # As training does; it holds for both.
  data = named_data.get_named_ground_truth_data(arguments.data_set)

  def read(images, batches):
    with tf.Graph().as_default(), tf.Session() as session:
      batch = images().batch(BATCH_SIZE, drop_remainder=True)
      next_batch = session.make_callable(
          batch.make_one_shot_iterator().get_next().op)
      for _ in range(20):
        next_batch()
      watch = side_by_side.Stopwatch()
      for _ in range(batches):
        next_batch()
      seconds, cpu_seconds = watch.seconds()
    return {"images a second": batches * BATCH_SIZE / seconds,
            "images a CPU second": batches * BATCH_SIZE / cpu_seconds}

  upstreams, ours = _ways(data).values()
  return side_by_side.alternate({
      "upstream": lambda: read(upstreams, max(1, arguments.batches // 33)),
      "in bulk": lambda: read(ours, arguments.batches)
  }, arguments.rounds), "upstream"


def step(arguments):
  """Trains a beta-VAE with upstream's estimator, hooks and all."""
  import numpy as np
  import tensorflow.compat.v1 as tf
  from disentanglement_lib.data.ground_truth import named_data
  data = named_data.get_named_ground_truth_data(arguments.data_set)
  constant = data.sample_observations(BATCH_SIZE, np.random.RandomState(0))

  def train(features):
    watch = _WatchedSteps()
    _estimator().train(features, hooks=[watch], steps=arguments.steps)
    return watch.figures

  def from_images(images):
    def features(params):
      batch = images().batch(params["batch_size"], drop_remainder=True)
      return batch.make_one_shot_iterator().get_next()
    return lambda: train(features)

  return side_by_side.alternate({
      "constant": lambda: train(lambda params: tf.constant(constant)),
      **{name: from_images(images) for name, images in _ways(data).items()},
  }, arguments.rounds), "constant"


def _estimator():
  import gin
  from disentanglement_lib.methods.unsupervised import train  # noqa: F401
  from disentanglement_lib.methods.unsupervised import vae
  from tensorflow.contrib import tpu
  gin.clear_config()
  gin.parse_config_files_and_bindings(
      [CONFIG], ["model.model = @vae()", "vae.beta = 4."])
  return tpu.TPUEstimator(
      vae.BetaVAE().model_fn, tempfile.mkdtemp(), tpu.RunConfig(),
      train_batch_size=BATCH_SIZE)


def _WatchedSteps():
  """Returns a hook that measures all steps but the first ten."""
  import tensorflow.compat.v1 as tf

  class WatchedSteps(tf.train.SessionRunHook):

    def begin(self):
      self.count = -10

    def after_run(self, *unused):
      self.count += 1
      if self.count == 0:
        self.watch = side_by_side.Stopwatch()

    def end(self, unused_session):
      seconds, cpu_seconds = self.watch.seconds()
      self.figures = {"ms a step": 1e3 * seconds / self.count,
                      "CPU ms a step": 1e3 * cpu_seconds / self.count}

  return WatchedSteps()


def start(arguments):
  """Starts new processes."""
  return side_by_side.alternate({
      name: lambda name=name: side_by_side.run(
          __file__, "_start", name, str(time.time()))
      for name in ("TensorFlow and graph", "dlib_train")
  }, arguments.rounds), "TensorFlow and graph"


def _start(name, started):
  marks = {"started": (float(started), 0.)}

  def mark(event):
    marks[event] = (time.time(), time.process_time())

  if name == "dlib_train":
    # As if the script ran.
    sys.modules["__main__"].__file__ = f"{sys.prefix}/bin/{name}"
  else:
    import tensorflow  # noqa: F401
  mark("imported")
  from disentanglement_lib.methods.unsupervised import train

  from sparse_disent.compat.training import estimator
  from sparse_disent.compat.training import hooks
  build = estimator.TPUEstimator._build

  def build_between_marks(*args):
    mark("building")
    spec = build(*args)
    mark("built")
    return spec

  def finish(*unused):
    mark("stepped")
    spans = ([("started", "stepped")] if name == "dlib_train" else
             [("started", "imported"), ("building", "built")])
    seconds, cpu_seconds = (
        sum(marks[end][i] - marks[begin][i] for begin, end in spans)
        for i in range(2))
    print(json.dumps({"seconds": seconds, "CPU seconds": cpu_seconds}))
    sys.stdout.flush()
    os._exit(0)

  estimator.TPUEstimator._build = build_between_marks
  hooks.TrainingMonitor.after_run = finish
  train.train_with_gin(
      os.path.join(tempfile.mkdtemp(), "model"), gin_config_files=[CONFIG])


def main():
  """Runs one command and prints its table."""
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("command", choices=["load", "stream", "step", "start"])
  parser.add_argument("--rounds", type=int, default=5)
  parser.add_argument("--steps", type=int, default=60,
                      help="training steps a round (step)")
  parser.add_argument("--batches", type=int, default=1000,
                      help="batches a round, of upstream's 1 in 33 (stream)")
  parser.add_argument("--data_set", default="dsprites_full",
                      help="upstream's dataset.name (stream, step)")
  arguments = parser.parse_args()
  results, baseline = globals()[arguments.command](arguments)
  print(side_by_side.table(results, baseline))


if __name__ == "__main__":
  if sys.argv[1:2] in (["_load"], ["_start"]):  # In a process of its own.
    globals()[sys.argv[1]](*sys.argv[2:])
  else:
    main()
