"""Reports on channel masks: densities, penalties, histograms."""
import tensorflow.compat.v1 as tf

from sparse_disent.layers import graph_masks
from sparse_disent.ops import masks


def test_masks(graph: tf.Graph | None = None) -> dict[str, tf.Tensor]:
  """Test-time masks of all masked layers that were built in a graph.

  Args:
    graph: A graph; by default the current one.

  Returns:
    test_masks: Dictionary from layers ("encoder/e2") to tensors.
  """
  return {layer.name: layer.masks[graph_masks.TEST]
          for layer in graph_masks.of_graph(graph).layers.values()}


def densities() -> dict[str, tf.Tensor]:
  """Density of each masked layer in the current graph, at test time.

  Returns:
    densities: Dictionary from names ("density/encoder/e2") to scalars, the
      fractions of mask entries that are not 0.
  """
  return {f"density/{layer}": masks.density(mask)
          for layer, mask in test_masks().items()}


def penalties() -> dict[str, tf.Tensor]:
  """Penalties of the gates in the current graph, an evaluation's.

  Returns:
    penalties: Dictionary from names ("penalty/l1_gate") to scalars, nats, the
      sums over layers.
  """
  sums = {}
  for layer in graph_masks.of_graph().layers.values():
    if layer.penalty is not None:
      name = f"penalty/{layer.kind}"
      sums[name] = (sums[name] + layer.penalty if name in sums
                    else layer.penalty)
  return sums


def evaluation_scalars() -> dict[str, tf.Tensor]:
  """Scalars for evaluation results: all `densities` and `penalties`."""
  return {**densities(), **penalties()}


def summarize_mask(layer: str, mask: tf.Tensor) -> None:
  """Adds a layer's density and a histogram of its mask to the summaries.

  Args:
    layer: Name of the layer, e.g. "encoder/e2".
    mask: Its mask in training, a tensor of any shape.
  """
  with tf.name_scope(None):
    tf.summary.histogram(f"mask/{layer}", mask)
    tf.summary.scalar(
        f"density/{layer}", masks.density(test_masks()[layer]))


def summarize_penalty(kind: str, penalty: tf.Tensor) -> None:
  """Adds a layer's penalty to the summary of its kind, a sum over layers.

  Args:
    kind: Name of the gate, e.g. "l1_gate".
    penalty: Scalar, nats.
  """
  tag = f"penalty/{kind}"
  summaries = tf.get_collection_ref(tf.GraphKeys.SUMMARIES)
  known = graph_masks.of_graph().penalty_summaries
  if kind in known:
    former = known[kind]
    summaries[:] = [summary for summary in summaries
                    if summary is not former.summary]
    penalty += former.total
  with tf.name_scope(f"{tag}/up_to/"):
    # tf.summary.scalar would refuse a tag that was used before.
    summary = tf.raw_ops.ScalarSummary(tags=tag, values=penalty)
  summaries.append(summary)
  known[kind] = graph_masks.PenaltySummary(penalty, summary)
