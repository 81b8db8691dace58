"""Networks that compaction does not know are kept, and what follows is not."""
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from support import tiny
from support.exported import assert_same

MASK = np.array([1.0, 0.0, 1.0], np.float32)


def third_party(images):
  """Layers with a normalization, and gates behind them that close a latent."""
  tensor = tf.nn.conv2d(
      images, tiny.weights("encoder/a/kernel", [3, 3, 2, 4], 3) * tiny.variable(
          "encoder/a/mask", [1, 0, 1, 1]), 1, "SAME")
  tensor = tf.nn.batch_normalization(
      tensor, tiny.weights("encoder/mean", [4]), 2.0,
      tiny.weights("encoder/offset", [4]), None, 1e-3)
  tensor = tf.nn.leaky_relu(tensor)
  tensor = tf.nn.max_pool2d(tensor, 2, 2, "VALID")
  mean, logvar = (
      tf.matmul(tf.layers.flatten(tensor), tiny.weights(
          f"encoder/{name}/kernel", [36, 3], seed))
      for seed, name in enumerate(("means", "log_var")))
  return mean * MASK, logvar * MASK


def decoder(codes):
  return tiny.default_decoder(codes * MASK)


def test_a_part_is_kept(tmp_path):
  path = tiny.write(tmp_path, third_party, decoder)
  compacted, plan, variables = tiny.compact(path)
  assert_same(path, compacted, [0, 2])
  # Both heads are cut, and read the same copy.
  values = variables.values
  assert values["encoder/means/kernel"].shape == (36, 2)
  assert values["encoder/log_var/kernel"].shape == (36, 2)
  assert values["decoder/d1/kernel"].shape == (2, 72)
  kept = [value.shape for name, value in values.items() if "value" in name]
  # The masked kernel, and what the normalization takes from variables.
  assert sorted(kept) == [(3, 3, 2, 4), (4,)]
  end, = plan.model.encoder.unknown
  assert end.endswith(" (MaxPool)")


def test_nothing_is_known(tmp_path):
  path = tiny.write(
      tmp_path, lambda images: [tf.nn.leaky_relu(part) for part in
                                tiny.default_encoder(images)],
      lambda codes: tf.nn.leaky_relu(tiny.default_decoder(codes)))
  compacted, plan, variables = tiny.compact(path)
  assert_same(path, compacted)
  assert len(plan.model.encoder.unknown) == 2
  assert len(plan.model.decoder.unknown) == 1
  assert variables.layers == {}
  assert sum(value.size for value in variables.values.values()) == (
      2 * (72 * 3 + 3) + 3 * 72)


def test_functions_are_kept(tmp_path):
  @tf.function
  def twice(tensor):
    return 2.0 * tensor

  path = tiny.write(tmp_path, lambda images: [
      twice(part) for part in tiny.default_encoder(images)])
  compacted, _, _ = tiny.compact(path)
  assert_same(path, compacted)


def test_a_variable_that_is_more_than_its_value(tmp_path):
  def encoder(images):
    mean, logvar = tiny.default_encoder(images)
    table = tiny.weights("encoder/table", [5, 3])
    rows = tf.cast(mean[:, 0] > 0, tf.int32)
    return mean + tf.nn.embedding_lookup(table, rows), logvar

  path = tiny.write(tmp_path, encoder)
  with pytest.raises(ValueError) as error:
    tiny.compact(path)
  message = str(error.value)
  assert message.startswith("Compaction cannot copy '")
  assert message.endswith(
      " (ResourceGather), which uses a variable itself and not its value: "
      "'encoder/table'. Only networks that read their variables can be "
      "compacted.")
