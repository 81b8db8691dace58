"""Tags of training's summaries, the same as those of evaluation.

TensorFlow 1 makes the tag of a summary from the name of its operation. If the
model has an operation or a scope of that name, which upstream's models have of
`reconstruction_loss` and `elbo`, the tag gets a number: "reconstruction_loss_1"
in training, beside "reconstruction_loss" in evaluation.
"""
import re

import tensorflow.compat.v1 as tf

_NUMBERED = re.compile(r"(.+)_\d+")
_LOSS = "loss"


def agree_with_evaluation(loss: tf.Tensor) -> None:
  """Takes the numbers off the tags of the current graph's summaries.

  A number stays if it was asked for: if nothing in the graph has the name
  without it, or if two summaries would have one tag. The loss gets a summary,
  as it has one in evaluation.

  Args:
    loss: Scalar, the training loss.
  """
  summaries = tf.get_collection_ref(tf.GraphKeys.SUMMARIES)
  tags = list(map(_tag, summaries))
  plain = [_plain(tag, loss.graph) for tag in tags]
  for i, (tag, asked) in enumerate(zip(tags, plain, strict=True)):
    if tag != asked and plain.count(asked) == 1:
      summaries[i] = _copy(summaries[i], asked)
  if _LOSS not in plain:
    summaries.append(tf.raw_ops.ScalarSummary(tags=_LOSS, values=loss))


def _tag(summary):
  """The tag of a scalar or a histogram; "" if it is not known."""
  if summary.op.type not in ("ScalarSummary", "HistogramSummary"):
    return ""
  tag = tf.get_static_value(summary.op.inputs[0])
  return "" if tag is None else tag.item().decode()


def _plain(tag, graph):
  """The name that was asked for, if the graph itself has added the number."""
  match = _NUMBERED.fullmatch(tag)
  if match is None:
    return tag
  name = match.group(1)
  is_taken = any(
      operation.name == name or operation.name.startswith(f"{name}/")
      for operation in graph.get_operations())
  return name if is_taken else tag


def _copy(summary, tag):
  """A summary of the same values under another tag."""
  values = summary.op.inputs[1]
  if summary.op.type == "ScalarSummary":
    return tf.raw_ops.ScalarSummary(tags=tag, values=values)
  return tf.raw_ops.HistogramSummary(tag=tag, values=values)
