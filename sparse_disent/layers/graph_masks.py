"""Registry of the masks in a graph, so that each is made once.

The registry is stored in a collection of the graph. The key of the collection
is a class, not a string, because TensorFlow does not export such collections.
Hub modules would refuse to be made with a collection that they do not know.
"""
import dataclasses

import tensorflow.compat.v1 as tf

# Modes of a mask.
TRAINING = "training"
TEST = "test"


@dataclasses.dataclass
class MaskedLayer:
  """Tensors of one masked layer that have been made so far.

  Attributes:
    name: Scope of the layer, e.g. "encoder/e2".
    kind: Name of its gate, e.g. "l1_gate".
    masks: Dictionary from modes to masks.
    kernels: Dictionary from modes to the kernels that the layer uses.
    penalty: Penalty that an evaluation reports, nats, or None.
  """

  name: str
  kind: str
  masks: dict[str, tf.Tensor] = dataclasses.field(default_factory=dict)
  kernels: dict[str, tf.Tensor] = dataclasses.field(default_factory=dict)
  penalty: tf.Tensor | None = None


@dataclasses.dataclass
class PenaltySummary:
  """Summary of the penalty of one kind of gate.

  Attributes:
    total: Sum of the penalties of the layers made so far, nats.
    summary: The summary of this sum, a tensor in `tf.GraphKeys.SUMMARIES`.
  """

  total: tf.Tensor
  summary: tf.Tensor


@dataclasses.dataclass(frozen=True)
class Watched:
  """Gates of which a training warns when they are all closed.

  Attributes:
    gates: Test-time gates, a tensor of any shape.
    cure: Sentence that says what keeps gates open.
  """

  gates: tf.Tensor
  cure: str


@dataclasses.dataclass
class GraphMasks:
  """All masked layers of a graph.

  Attributes:
    layers: Dictionary from (name of the layer, kind of the gate).
    penalty_summaries: Dictionary from kinds of gates.
    draw: Number of this step's draw, or None if no gate has drawn.
    watched: Dictionary from what the gates belong to; see `closed_gates`.
  """

  layers: dict[tuple[str, str], MaskedLayer] = dataclasses.field(
      default_factory=dict)
  penalty_summaries: dict[str, PenaltySummary] = dataclasses.field(
      default_factory=dict)
  draw: tf.Tensor | None = None
  watched: dict[str, Watched] = dataclasses.field(default_factory=dict)

  def layer(self, name: str, kind: str) -> MaskedLayer:
    """Returns the entry of a layer; a new one if there is none yet."""
    return self.layers.setdefault((name, kind), MaskedLayer(name, kind))


def of_graph(graph: tf.Graph | None = None) -> GraphMasks:
  """Returns the registry of a graph, by default of the current one."""
  found = (graph or tf.get_default_graph()).get_collection_ref(GraphMasks)
  if not found:
    found.append(GraphMasks())
  return found[0]
