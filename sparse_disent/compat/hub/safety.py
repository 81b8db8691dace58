"""Refuses modules whose operations reach beyond the computation.

A graph is a program: some operations read and write files, use the network, run
Python or end the process. Allowed are operations that TensorFlow's registry
calls stateless, but for the kinds in `_BEYOND`, and the stateful ones in
`_STATEFUL`: variables, random numbers, tables in memory, control flow, checks.
Those are what modules of upstream's and ours hold. An operation that this file
does not know, of a later TensorFlow for example, is refused if it is stateful.
"""
import os
import re
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from tensorflow.python.framework import op_def_registry

from sparse_disent.common import trust

# Names of stateless operations that take paths, addresses or names of programs.
# TensorFlow calls `ReadFile`, `PyFuncStateless`, `DebugIdentity` (which writes
# to URLs), `GenerateVocabRemapping` and `DecodeProtoV2` (which read files)
# stateless.
_BEYOND = re.compile(
    r"File|Path|Reader|Dataset|Iterator|Snapshot|Py[A-Z]|Debug|Proto|Vocab|"
    r"Save|Restore|Checkpoint|Dump|Send|Recv|Host|Rpc|Remote|Collective|Nccl|"
    r"Xla|TPU|Custom|Abort|Barrier|Bigquery|Kafka|Aws|Gcs")
_STATEFUL = re.compile(
    # Variables.
    r"VarHandleOp|Variable(V2|Shape)?|VarIsInitializedOp|ReadVariableOp|"
    r"Assign(Add|Sub)?VariableOp|Resource(Gather|GatherNd|StridedSliceAssign)|"
    r"Resource(Scatter|Apply|SparseApply)\w+|TemporaryVariable|"
    # Random numbers.
    r"Random(StandardNormal|Uniform|UniformInt|Gamma|Poisson|PoissonV2|Shuffle|"
    r"Crop)|TruncatedNormal|ParameterizedTruncatedNormal|Multinomial|"
    r"Stateful(Uniform\w*|StandardNormal\w*|TruncatedNormal|RandomBinomial)|"
    r"RngSkip|RngReadAndSkip|NonDeterministicInts|StatelessRandomGetAlg|"
    r"SampleDistortedBoundingBox(V2)?|\w+CandidateSampler|"
    # Tables in memory, from constants.
    r"(Mutable)?(Dense)?HashTable(OfTensors)?(V2)?|InitializeTableV2|"
    r"LookupTable(Find|Size|Export|Import|Insert|Remove)V2|"
    # Control flow. The bodies of functions are checked as well.
    r"(Stateful)?PartitionedCall|(Stateless)?(If|Case|While)|"
    r"TensorArray\w*|Stack(Push|Pop|Close)?(V2)?|"
    # Checks, and what has no effect. `_writes_to_a_file` checks PrintV2.
    r"Assert|CheckNumerics(V2)?|Print(V2)?|GuaranteeConst|DeepCopy|Empty|"
    r"GraphDefVersion|DeviceIndex|IsTensorFloat32Enabled|Timestamp|"
    r"CudnnRNN\w*|DisableCopyOnRead")
_MOST_NAMED = 5


def check(path: str | os.PathLike, graph_defs: Iterable[Any]) -> None:
  """Checks all operations of a model, unless the user trusts it.

  Args:
    path: path of the model, for the message.
    graph_defs: iterable of `GraphDef`.

  Raises:
    ValueError: if an operation is not allowed.
  """
  if trust.is_given():
    return
  found = {node.op: node.name for graph_def in graph_defs
           for node in _forbidden(graph_def)}
  if found:
    listed = [f"{op} ('{name}')" for op, name in sorted(found.items())]
    more = ", ..." if len(listed) > _MOST_NAMED else ""
    raise ValueError(
        f"The model in '{path}' is not loaded, as it may read or write "
        "files, use the network or run programs, by its operations "
        f"{', '.join(listed[:_MOST_NAMED])}{more}. {trust.CURE}")


def _forbidden(graph_def: Any) -> Iterator[Any]:
  """Yields the nodes that are not allowed, in the graph and what it calls.

  Functions that nothing calls never run. A part of a training's graph still
  lists those of the data set.
  """
  bodies = {function.signature.name: function.node_def
            for function in graph_def.library.function}
  gradients = {entry.function_name: entry.gradient_func
               for entry in graph_def.library.gradient}
  seen, pending = set(), [graph_def.node]
  while pending:
    for node in pending.pop():
      if node.op not in bodies and not _is_allowed(node):
        yield node
      called = _called(node)
      called |= {gradients[name] for name in called & gradients.keys()}
      for name in called & bodies.keys() - seen:
        seen.add(name)
        pending.append(bodies[name])


def _called(node):
  """Returns the names of the functions that a node may call."""
  functions = [function for value in node.attr.values()
               for function in (value.func, *value.list.func)]
  return {node.op, *(function.name for function in functions)}


def _is_allowed(node):
  definition = op_def_registry.get(node.op)
  if definition is None or _writes_to_a_file(node):
    return False
  if definition.is_stateful:
    return _STATEFUL.fullmatch(node.op) is not None
  return _BEYOND.search(node.op) is None


def _writes_to_a_file(node):
  return node.op == "PrintV2" and (
      b"://" in node.attr["output_stream"].s)
