"""Evaluation of a model: means over batches, and their summary."""
from collections.abc import Mapping
from typing import Any

import tensorflow.compat.v1 as tf

# Functions without arguments, called in the graph of the evaluated model. Each
# returns a dict from names to scalar tensors; their means join the results.
EVALUATION_SCALARS = []


def metrics_of(spec: Any) -> tuple[dict[str, tf.Tensor], tf.Operation]:
  """Returns the dict of metric values and the op that updates them all."""
  metrics = {"loss": tf.metrics.mean(spec.loss)}
  if spec.eval_metrics is not None:
    metric_fn, tensors = spec.eval_metrics
    metrics.update(metric_fn(**tensors) if isinstance(tensors, dict)
                   else metric_fn(*tensors))
  for scalars in EVALUATION_SCALARS:
    metrics.update({name: tf.metrics.mean(value)
                    for name, value in scalars().items()})
  values = {name: value for name, (value, _) in metrics.items()}
  values["global_step"] = tf.train.get_global_step()
  return values, tf.group(*[update for _, update in metrics.values()])


def run(session: Any, values: dict[str, tf.Tensor], update_op: tf.Operation,
        steps: int | None, shown: Any) -> dict[str, Any]:
  """Evaluates up to `steps` batches and returns the means."""
  batches = 0
  while steps is None or batches < steps:
    try:
      session.run(update_op)
    except tf.errors.OutOfRangeError:
      break
    batches += 1
    shown.update_to(batches)
  return session.run_step_fn(
      lambda step_context: step_context.session.run(values))


def write_summary(results: Mapping[str, Any], directory: str) -> None:
  """Writes the results of an evaluation for TensorBoard.

  Args:
    results: dict from names to numbers, `global_step` among them.
    directory: where the events go.
  """
  summary = tf.Summary(value=[
      tf.Summary.Value(tag=key, simple_value=float(value))
      for key, value in results.items() if key != "global_step"])
  with tf.Graph().as_default(), tf.summary.FileWriter(directory) as writer:
    writer.add_summary(summary, int(results["global_step"]))
