"""Where the time of a training step goes, and how near it is to the limit.

    python benchmarks/step_profile.py [conv|fc]

Trains upstream's beta-VAE (batch 64) on one batch and prints the time of a
step, what each kind of operation takes of it, and the time that its
multiplications would take at the speed of a large matrix product on this
machine. Operations run beside each other and under a tracer, so that their
times add up to more than a step's.
"""
import argparse
import collections
import statistics
import time

import training_peers

# Multiply-adds of each layer for one image, forwards: encoder, then decoder.
MULTIPLY_ADDS = {
    "conv": (16 * 32 * 32**2, 16 * 32**2 * 16**2, 4 * 32 * 64 * 8**2,
             4 * 64**2 * 4**2, 1024 * 256, 256 * 20,
             10 * 256, 256 * 1024, 16 * 64**2 * 4**2, 16 * 64 * 32 * 8**2,
             16 * 32**2 * 16**2, 16 * 32 * 32**2),
    "fc": (4096 * 1200, 1200**2, 1200 * 20,
           10 * 1200, 1200**2, 1200**2, 1200 * 4096),
}


def operations(network):
  """Returns the floating-point operations of a step.

  Two a multiply-add; backwards as many again for the gradients of the weights
  and of the inputs. Optimizer and activations are left out.
  """
  return 3 * 2 * training_peers.BATCH_SIZE * sum(MULTIPLY_ADDS[network])


def product_speed(tf, session, size=2048, times=9):
  """Returns the operations a second of a product of two large matrices."""
  with session.graph.as_default():
    matrix = tf.Variable(tf.random_uniform([size, size]))
    product = tf.matmul(matrix, matrix)
  session.run(matrix.initializer)
  multiply = session.make_callable(product.op)
  multiply()
  return 2 * size**3 / seconds_a_call(multiply, times)


def seconds_a_call(function, times):
  """Returns the median time of a call."""
  seconds = []
  for _ in range(times):
    start = time.perf_counter()
    function()
    seconds.append(time.perf_counter() - start)
  return statistics.median(seconds)


def kinds(tf, session, train_op, steps):
  """Returns a counter of milliseconds a step of each kind of operation."""
  options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
  spent = collections.Counter()
  for _ in range(steps):
    metadata = tf.RunMetadata()
    session.run(train_op, options=options, run_metadata=metadata)
    for device in metadata.step_stats.dev_stats:
      for node in device.node_stats:
        # "name = Kind(inputs)"
        kind = node.timeline_label.partition(" = ")[2].partition("(")[0]
        spent[kind or node.node_name] += (
            node.op_end_rel_micros - node.op_start_rel_micros) / 1e3 / steps
  return spent


def main():
  """Prints the profile of one network."""
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("network", nargs="?", choices=["conv", "fc"],
                      default="conv")
  parser.add_argument("--steps", type=int, default=50)
  arguments = parser.parse_args()
  network, steps = arguments.network, arguments.steps
  tf, session, spec = training_peers.graph_on_a_constant(
      [*training_peers.bindings_of(network), "dataset.name = 'dummy_data'"])
  train_once = session.make_callable(spec.train_op)
  seconds_a_call(train_once, 10)
  seconds = seconds_a_call(train_once, steps)
  speed = product_speed(tf, session)
  limit = operations(network) / speed
  print(f"{network} VAE: {1e3 * seconds:.1f} ms a step\n"
        f"{operations(network) / 1e9:.2f} GFLOP a step at {speed / 1e9:.0f} "
        f"GFLOP/s: {1e3 * limit:.1f} ms, {limit / seconds:.0%} of it\n")
  for kind, spent in kinds(tf, session, spec.train_op, steps).most_common(14):
    print(f"{spent:9.2f} ms  {kind}")


if __name__ == "__main__":
  main()
