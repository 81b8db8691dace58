"""The part of a network that compaction does not know and keeps as it is."""
from __future__ import annotations

import typing
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from sparse_disent.export import graphs
from sparse_disent.export import nodes

if typing.TYPE_CHECKING:
  from sparse_disent.export import writing

_VARIABLES = ("VarHandleOp", "VariableV2", "Variable")


class Opaque(nodes.Node):
  """A tensor that operations copied from the model's graph compute."""

  def __init__(self, tensor: tf.Tensor, shape: Sequence[int],
               source: nodes.Input, part: Part) -> None:
    """Creates the node.

    Args:
      tensor: The tensor, in the graph that is read.
      shape: Its shape without the batch.
      source: The network's `Input`.
      part: `Part` with those operations.
    """
    super().__init__(tensor.op.name, shape, [source])
    self.tensor = tensor.name
    self.description = f"{tensor.op.name} ({tensor.op.type})"
    self._part = part

  def reads(self, needed: np.ndarray,
            source: nodes.Constants) -> list[np.ndarray]:
    """See `Node`."""
    return [np.full_like(source.mask, needed.any())]

  def emit(self, application: writing.Application, needed: np.ndarray,
           source: nodes.Flow) -> tuple[np.ndarray, tf.Tensor]:
    """See `Node`."""
    tensors = application.once(self._part, source)
    return np.ones_like(needed), tensors[self.tensor]


class Part:
  """A copy of a graph's operations between a network's input and some tensors.

  A tensor that depends on variables but not on the input, such as a masked
  kernel, becomes a single variable.
  """

  def __init__(self, name: str, source: tf.Tensor) -> None:
    """Creates an empty part.

    Args:
      name: Scope of its variables.
      source: The network's input, a tensor.
    """
    self.name = name
    self._source = source
    self._targets = []
    self._values = {}
    self._graph_def = tf.GraphDef()

  def copy(self, targets: list[str], dependent: set[tf.Operation],
           evaluate: Callable[[tf.Tensor], np.ndarray]) -> None:
    """Copies the operations from the graph that is read.

    Args:
      targets: Names of the tensors to compute.
      dependent: Set of the operations that depend on the input.
      evaluate: Function from a tensor that does not depend on it to its value.

    Raises:
      ValueError: If an operation uses a variable itself and not its value.
    """
    self._targets = targets
    graph = self._source.graph
    self._graph_def.library.CopyFrom(graph.as_graph_def().library)
    pending = [graph.get_tensor_by_name(name).op for name in targets]
    seen = {self._source.op}
    while pending:
      op = pending.pop()
      if op in seen:
        continue
      seen.add(op)
      self._graph_def.node.append(op.node_def)
      pending += op.control_inputs
      for tensor in op.inputs:
        if tensor.op in dependent or not _reads_variables(tensor.op):
          pending.append(tensor.op)
        elif tensor.dtype == tf.resource:
          raise ValueError(
              f"Compaction cannot copy {op.name!r} ({op.type}), which uses a "
              f"variable itself and not its value: {tensor.op.name!r}. Only "
              "networks that read their variables can be compacted.")
        else:
          self._values[tensor.name] = evaluate(tensor)

  def emit(self, application: writing.Application,
           source: nodes.Flow) -> dict[str, tf.Tensor]:
    """Adds the copy to the current graph.

    Args:
      application: A `writing.Application`.
      source: `Flow` of the network's input.

    Returns:
      tensors: Dictionary from the names in the former graph to tensors.
    """
    given = {self._source.name: application.widen(
        source, np.ones_like(source.present))}
    for number, (name, value) in enumerate(self._values.items()):
      given[name] = application.variable(self, f"value_{number}", value)
    tensors = tf.import_graph_def(
        self._graph_def, given, self._targets, name=self.name)
    return dict(zip(self._targets, tensors, strict=True))


def _reads_variables(op):
  """Tells whether this operation depends on a variable."""
  return any(op.type in _VARIABLES for op in graphs.ancestors(op))
