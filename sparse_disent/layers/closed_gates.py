"""Warns when every gate of a layer has closed in training.

No gradient passes a layer whose gates are all closed in training, too. A model
may then have stopped learning without any error, hours before its scores show
it. Random gates that are closed in tests may still open in some steps.
"""
from typing import Any

import tensorflow.compat.v1 as tf

from sparse_disent.common import progress
from sparse_disent.layers import graph_masks

EVERY_STEPS = 100


def watch(what: str, gates: tf.Tensor, cure: str) -> None:
  """Lets trainings of the current graph warn when all these gates are closed.

  Args:
    what: What the gates belong to, e.g. "layer encoder/e5".
    gates: Test-time gates, a tensor of any shape.
    cure: Sentence that says what keeps gates open.
  """
  graph_masks.of_graph().watched[what] = graph_masks.Watched(gates, cure)


class ClosedGatesWarning(tf.train.SessionRunHook):
  """Prints one line for each watched layer whose gates have all closed.

  Looks at the gates every 100 steps, and at the end.
  """

  def begin(self) -> None:
    """Adds the operations that look at gates to the graph."""
    self._calls = 0
    self._cures = {}
    self._is_open = {}
    with tf.name_scope("closed_gates/"):
      for what, watched in graph_masks.of_graph().watched.items():
        self._cures[what] = watched.cure
        self._is_open[what] = tf.reduce_any(tf.not_equal(watched.gates, 0.0))
    self._step = tf.train.get_global_step()

  def after_run(self, run_context: Any, run_values: Any) -> None:
    """Looks at the gates if it is time to."""
    self._calls += 1
    if self._calls % EVERY_STEPS == 0:
      self._look(run_context.session)

  def end(self, session: tf.Session) -> None:
    """Looks at the gates of the last step."""
    self._look(session)

  def _look(self, session):
    """Warns of what has closed, and forgets it."""
    if not self._is_open:
      return
    is_open, step = session.run([self._is_open, self._step])
    for what in [what for what in self._is_open if not is_open[what]]:
      del self._is_open[what]
      progress.note(
          f"All gates of {what} are closed at step {step}: nothing passes in "
          "evaluation and exports, and little is learned there. "
          f"{self._cures[what]}")
