"""Reports on channel masks: densities, penalties, histograms."""
import re

import tensorflow.compat.v1 as tf

from sparse_disent.ops import masks

# What the names of a layer's mask and of the kernel it computes with begin
# with, below the scope of its gate: "encoder/e2/l1_gate/test_mask". Its penalty
# is there, too.
TRAINING = "training"
TEST = "test"
PENALTY = "current_penalty"

_TEST_MASK = re.compile(rf"(.+)/[^/]+/{TEST}_mask")
_PENALTY = re.compile(rf".+/([^/]+)/{PENALTY}")


def test_masks(graph=None):
  """The test-time masks of all masked layers in a graph.

  Args:
    graph: A graph; by default the current one.

  Returns:
    test_masks: Dictionary from layers ("encoder/e2") to tensors.
  """
  return dict(_found(_TEST_MASK, graph or tf.get_default_graph()))


def densities():
  """Density of each masked layer in the current graph, at test time.

  Returns:
    densities: Dictionary from names ("density/encoder/e2") to scalars, the
      fractions of mask entries that are not 0.
  """
  return {f"density/{layer}": masks.density(mask)
          for layer, mask in test_masks().items()}


def penalties():
  """Penalties of the gates in the current graph, one of an evaluation.

  Returns:
    penalties: Dictionary from names ("penalty/l1_gate") to scalars, nats, the
      sums over layers.
  """
  sums = {}
  for kind, penalty in _found(_PENALTY, tf.get_default_graph()):
    name = f"penalty/{kind}"
    sums[name] = sums[name] + penalty if name in sums else penalty
  return sums


def evaluation_scalars():
  """Returns the scalars of evaluation: all `densities` and `penalties`."""
  return {**densities(), **penalties()}


def summarize_mask(layer, mask):
  """Adds a layer's density and a histogram of its mask to the summaries.

  Args:
    layer: Name of the layer, e.g. "encoder/e2".
    mask: Its mask in training, a tensor of any shape.
  """
  with tf.name_scope(None):
    tf.summary.histogram(f"mask/{layer}", mask)
    tf.summary.scalar(
        f"density/{layer}", masks.density(test_masks()[layer]))


def summarize_penalty(kind, penalty):
  """Adds a layer's penalty to the summary of its kind, a sum over layers.

  Args:
    kind: Name of the gate, e.g. "l1_gate".
    penalty: Scalar, nats.
  """
  tag = f"penalty/{kind}"
  summaries = tf.get_collection_ref(tf.GraphKeys.SUMMARIES)
  for summary in summaries:
    if summary.op.name.startswith(f"{tag}/up_to/"):
      summaries.remove(summary)
      penalty += summary.op.inputs[1]
      break
  with tf.name_scope(f"{tag}/up_to/"):
    # Unlike tf.summary.scalar this takes a tag that was used before.
    summaries.append(tf.raw_ops.ScalarSummary(tags=tag, values=penalty))


def _found(pattern, graph):
  """Pairs of the group in an op's name and what the op returns."""
  matches = ((pattern.fullmatch(op.name), op) for op in graph.get_operations())
  return [(match.group(1), op.outputs[0]) for match, op in matches if match]
