"""The test-time masks of a run that was saved."""
import functools
import os
import re

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from sparse_disent.compat.hub import safety
from sparse_disent.layers import graph_masks

_MARKER = "tfhub_module.pb"
# The name that `Gate` gives a mask: "encoder/e2/l1_gate/test_mask".
_TEST_MASK = re.compile(rf"(.+)/[^/]+/{graph_masks.TEST}_mask")


def find(path: str | os.PathLike) -> str | None:
  """Finds the hub module or the checkpoint of a run.

  Args:
    path: Directory of a run (`model_dir`), of its hub module, or of its
      checkpoints.

  Returns:
    source: Directory of a hub module or prefix of a checkpoint; None if there
      is neither.
  """
  if not isinstance(path, (str, os.PathLike)):
    return None
  for directory in (path, os.path.join(path, "tfhub")):
    if os.path.isfile(os.path.join(directory, _MARKER)):
      return os.fspath(directory)
  for directory in (path, os.path.join(path, "tf_checkpoint")):
    checkpoint = tf.train.latest_checkpoint(directory)
    if checkpoint and os.path.isfile(f"{checkpoint}.meta"):
      return checkpoint
  return None


def in_graph(graph: tf.Graph) -> dict[str, tf.Tensor]:
  """Finds the test-time masks in a graph that was read from a file.

  Such a graph has no registry, so masks are found by names of operations.

  Args:
    graph: The graph of a saved module or checkpoint.

  Returns:
    test_masks: Dictionary from layers ("encoder/e2") to tensors.
  """
  matches = ((_TEST_MASK.fullmatch(op.name), op)
             for op in graph.get_operations())
  return {match.group(1): op.outputs[0] for match, op in matches if match}


def read(source: str) -> dict[str, np.ndarray]:
  """Evaluates the test-time masks; again only if the source has changed.

  Args:
    source: The return value of `find`.

  Returns:
    masks: Dictionary from layers ("encoder/e2") to arrays, [in, out] or [out];
      empty if the networks have no masks.
  """
  return dict(_read(source, os.stat(_changed_with(source)).st_mtime_ns))


def _changed_with(source):
  """File that changes whenever its source does."""
  if os.path.isdir(source):
    return os.path.join(source, _MARKER)
  return f"{source}.index"


# Cached, as every application of a network makes a new gate, which reads this.
@functools.lru_cache(maxsize=2)
def _read(source, unused_time):
  if os.path.isdir(source):
    spec = hub.load_module_spec(source)
    meta_graph, checkpoint = spec.meta_graph(), spec.checkpoint
  else:
    meta_graph, checkpoint = f"{source}.meta", source
  with tf.Graph().as_default() as graph, tf.Session() as session:
    tf.train.import_meta_graph(meta_graph, clear_devices=True)
    test_masks = in_graph(graph)
    if not test_masks:
      return {}
    safety.check(source, [tf.graph_util.extract_sub_graph(
        graph.as_graph_def(),
        [mask.op.name for mask in test_masks.values()])])
    # Not the saver in the graph, whose operations could be any.
    tf.train.Saver().restore(session, checkpoint)
    return session.run(test_masks)
