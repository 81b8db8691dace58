"""Training in reduced precision, for processors that compute in bfloat16.

TensorFlow rewrites the graph. Matrix products, convolutions and the operations
between them run in bfloat16. Variables, their updates, losses and sums over
many elements stay float32. bfloat16 has the range of float32, so that no loss
has to be scaled. On a processor without bfloat16 instructions TensorFlow would
silently train in float32; `check` raises an error instead.
"""
import os

import tensorflow as tf
import tensorflow.compat.v1 as tf1
from tensorflow.core.protobuf import rewriter_config_pb2

from sparse_disent.compat.speed import machine

# Processor features as Linux names them; one of them is enough.
INSTRUCTIONS = ("avx512_bf16", "amx_bf16")


def check() -> None:
  """Raises a ValueError if this machine cannot train in bfloat16."""
  if tf.config.list_physical_devices("GPU"):
    raise _error(
        "it is for training on a CPU, but there is a GPU. On recent ones "
        "TensorFlow computes in TF32 without being asked. Hide the GPU with "
        "CUDA_VISIBLE_DEVICES=-1, or leave the binding out.")
  if not machine.cpu_flags() & set(INSTRUCTIONS):
    raise _error(
        "this processor has none of the instructions "
        f"{' and '.join(INSTRUCTIONS)}, and would train in float32 all the "
        "same. Leave the binding out.")
  if os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1").lower() in ("0", "false"):
    raise _error(
        "bfloat16 is computed by oneDNN, but TF_ENABLE_ONEDNN_OPTS is "
        f"{os.environ['TF_ENABLE_ONEDNN_OPTS']}. Unset it.")


def _error(reason):
  return ValueError(f"run_config.reduced_precision is True: {reason}")


def reduce(session_config: tf1.ConfigProto) -> tf1.ConfigProto:
  """Returns a copy of a `ConfigProto` that makes training run in bfloat16."""
  reduced = tf1.ConfigProto()
  reduced.CopyFrom(session_config)
  rewriting = reduced.graph_options.rewrite_options
  rewriting.auto_mixed_precision_onednn_bfloat16 = (
      rewriter_config_pb2.RewriterConfig.ON)
  return reduced
