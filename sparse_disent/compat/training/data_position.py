"""The data of a fork's input, from the batch at which a training goes on.

Upstream's data set begins at any batch (see `bulk_input`). A fork may change
its images before they make batches, or read others. Then a session that
continues a training first draws the batches that the steps before have drawn.
"""
from typing import Any

import tensorflow.compat.v1 as tf

from sparse_disent.common.progress import progress


class SeekBatch(tf.train.SessionRunHook):
  """Draws a number of batches from all iterators of the current graph."""

  def __init__(self, batches: int) -> None:
    """Creates the hook.

    Args:
      batches: number of batches to draw.
    """
    self._batches = batches

  def begin(self) -> None:
    """Finds the iterators."""
    self._next = [operation for operation in
                  tf.get_default_graph().get_operations()
                  if operation.type == "IteratorGetNext"]

  def after_create_session(self, session: Any, coord: Any) -> None:
    """Draws, and makes nothing of what is drawn."""
    if self._next:
      run = session.make_callable(self._next)
      with progress(self._batches, "going back to the data's place",
                    unit="batches") as shown:
        for _ in range(self._batches):
          run()
          shown.update()
