"""The share of an encoder's ReLU units that no image makes active.

    python benchmarks/dead_units.py MODEL_DIR ...

Such a unit passes no gradient on, so that it stays as it is. A unit of a
convolution is a channel: it is dead if it is 0 at all positions of all images.
Prints a row for each model, and a column for each layer in the order of the
data. MODEL_DIR are models that `dlib_train` wrote, of any network with ReLU.
DISENTANGLEMENT_LIB_DATA must hold dSprites.
"""
import argparse
import os

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from disentanglement_lib.data.ground_truth import dsprites

from sparse_disent.common import text_table
from sparse_disent.export import graphs

IMAGES = 1024
BATCH = 128


def activations(output):
  """Returns the outputs of all ReLUs that a tensor depends on, first to last.
  """
  operations = reversed(graphs.ancestors(output.op))
  return [each.outputs[0] for each in operations if each.type == "Relu"]


def dead(largest):
  """Returns the share of units whose largest activation is 0, for each layer.

  Args:
    largest: List of arrays [num_units].
  """
  return [float(np.mean(units <= 0)) for units in largest]


def largest_activations(model_dir, images):
  """Returns an array [num_units] for each ReLU of a model's encoder."""
  with tf.Graph().as_default():
    module = hub.Module(os.path.join(model_dir, "tfhub"))
    placeholder = tf.placeholder(tf.float32, [None, *images.shape[1:]])
    outputs = module({"images": placeholder}, signature="gaussian_encoder",
                     as_dict=True)
    units = [tf.reduce_max(layer, list(range(layer.shape.rank - 1)))
             for layer in activations(outputs["mean"])]
    with tf.Session() as session:
      session.run(tf.global_variables_initializer())
      batches = [session.run(units, {placeholder: images[i:i + BATCH]})
                 for i in range(0, len(images), BATCH)]
  return [np.max(layer, axis=0) for layer in zip(*batches, strict=True)]


def main():
  """Prints."""
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("model_dirs", metavar="MODEL_DIR", nargs="+")
  arguments = parser.parse_args()
  images = dsprites.DSprites([1, 2, 3, 4, 5]).sample_observations(
      IMAGES, np.random.RandomState(0))
  rows = [[model_dir, *(f"{share:.2f}" for share in dead(
      largest_activations(model_dir, images)))]
          for model_dir in arguments.model_dirs]
  layers = [f"layer {i + 1}" for i in range(max(map(len, rows)) - 1)]
  rows = [row + [""] * (len(layers) + 1 - len(row)) for row in rows]
  print("\n".join(text_table.lines([["model", *layers], *rows])))


if __name__ == "__main__":
  main()
