"""Lottery tickets: the masks and the initial weights of an earlier run."""
import shutil

import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.unsupervised import train
from support.small_layers import message

from sparse_disent.layers import RandomGate
from sparse_disent.layers import TicketGate
from sparse_disent.layers import masked
from sparse_disent.layers import saved_masks

# A learning rate of 0 leaves the initial weights in the checkpoint.
CONFIG = """
  dataset.name = "dummy_data"
  model.model = @vae()
  vae.beta = 1.
  encoder.encoder_fn = @masked_conv_encoder
  encoder.num_latent = 6
  decoder.decoder_fn = @masked_deconv_decoder
  reconstruction_loss.loss_fn = @bernoulli_loss
  vae_optimizer.optimizer_fn = @GradientDescentOptimizer
  vae_optimizer.learning_rate = 0.0
  channel_mask.layers = ["e2", "means", "d3"]
  model.random_seed = 3
  model.batch_size = 2
  model.training_steps = 1
  model.eval_steps = 1
"""
LAYERS = ["decoder/d3", "encoder/e2", "encoder/means"]


def run(directory, *bindings):
  gin.clear_config()
  lines = [line.strip() for line in CONFIG.splitlines() if line.strip()]
  train.train_with_gin(str(directory), gin_bindings=[*lines, *bindings])
  return tf.train.load_checkpoint(
      tf.train.latest_checkpoint(str(directory / "tf_checkpoint")))


@pytest.fixture(scope="module", name="earlier")
def earlier_run(tmp_path_factory):
  """A run whose test-time gates, by the median, are open about half."""
  directory = tmp_path_factory.mktemp("earlier") / "model"
  reader = run(directory, "channel_mask.gate = @hard_concrete_gate()",
               "hard_concrete_gate.test_gate = 'median'")
  return directory, reader


def apply(path, shape=(32, 32), name="encoder/e2"):
  """The mask of a layer under the ticket gate, in a training graph."""
  with tf.Graph().as_default(), tf.Session() as session:
    tf.train.get_or_create_global_step()
    scope, _, layer = name.rpartition("/")
    with tf.variable_scope(scope):
      masked.conv2d(tf.ones([1, 4, 4, shape[0]]), shape[1], 4, name=layer,
                    gate=TicketGate(path=str(path)), is_training=True)
    session.run(tf.global_variables_initializer())
    return session.run(f"{name}/ticket_gate/training_mask:0")


@pytest.mark.parametrize("folder", ["", "tfhub", "tf_checkpoint"])
def test_the_mask_is_the_test_time_mask_of_the_earlier_run(earlier, folder):
  directory, reader = earlier
  expected = reader.get_tensor(
      "encoder/e2/hard_concrete_gate/scaled_log_alpha") > 0
  assert 0.3 < expected.mean() < 0.7
  np.testing.assert_array_equal(apply(directory / folder), expected)


def test_a_ticket_run_starts_from_the_weights_and_keeps_the_masks(
    earlier, tmp_path):
  directory, before = earlier
  after = run(tmp_path / "model", "channel_mask.gate = @ticket_gate()",
              f"ticket_gate.path = '{directory}'")
  weights = [name for name in before.get_variable_to_shape_map()
             if name.endswith(("/kernel", "/bias"))]
  assert len(weights) == 26
  for name in weights:
    np.testing.assert_array_equal(
        after.get_tensor(name), before.get_tensor(name))
  for layer in LAYERS:
    log_alpha = before.get_tensor(
        f"{layer}/hard_concrete_gate/scaled_log_alpha")
    np.testing.assert_array_equal(
        after.get_tensor(f"{layer}/ticket_gate/mask"), log_alpha > 0)
  # A ticket is a ticket for the next run.
  np.testing.assert_array_equal(
      apply(tmp_path / "model"), apply(directory))


def save_run(directory, gate, network):
  """Checkpoint of a small network, as a training run leaves it."""
  with tf.Graph().as_default(), tf.Session() as session:
    tf.train.get_or_create_global_step()
    network(gate)
    session.run(tf.global_variables_initializer())
    tf.train.Saver().save(session, str(directory / "model.ckpt"))


def test_channel_masks(tmp_path):
  save_run(tmp_path, RandomGate(granularity="channel"), lambda gate: (
      masked.conv2d(tf.ones([1, 4, 4, 3]), 8, 4, name="layer", gate=gate,
                    is_training=True)))
  assert TicketGate(path=str(tmp_path)).granularity == "channel"
  mask = apply(tmp_path, (3, 8), "layer")
  assert mask.shape == (8,) and mask.sum() == 8 - round(0.55 * 8)


def test_entries_below_0_are_open(monkeypatch):
  """Masks that `l1_gate` has trained may be."""
  mask = np.array([[-0.5, 0.0], [2.0, -0.02]])
  monkeypatch.setattr(saved_masks, "find", lambda path: path)
  monkeypatch.setattr(saved_masks, "read", lambda source: {"layer": mask})
  np.testing.assert_array_equal(
      apply("earlier", (2, 2), "layer"), [[1, 0], [1, 1]])


def test_the_earlier_run_may_go_once_it_has_been_read(tmp_path):
  """As when a run replaces the one whose ticket it is, by --overwrite."""
  folder = tmp_path / "model"
  folder.mkdir()
  save_run(folder, RandomGate(), lambda gate: masked.conv2d(
      tf.ones([1, 4, 4, 3]), 8, 4, name="layer", gate=gate, is_training=True))
  expected = apply(folder, (3, 8), "layer")
  shutil.rmtree(folder)
  np.testing.assert_array_equal(apply(folder, (3, 8), "layer"), expected)


def test_another_architecture(earlier):
  directory, _ = earlier
  with pytest.raises(ValueError) as error:
    apply(directory, (32, 64))
  assert str(error.value) == (
      f"The ticket '{directory}' is that of another architecture: its mask for "
      "the layer 'encoder/e2' has the shape [32, 32], but the layer needs [32, "
      "64]. Use the networks and the latent size of the earlier run.")


def test_a_layer_without_a_mask(earlier):
  directory, _ = earlier
  with pytest.raises(ValueError) as error:
    apply(directory, name="encoder/e3")
  assert str(error.value) == (
      f"The ticket '{directory}' has no mask for the layer 'encoder/e3', only "
      f"for {', '.join(LAYERS)}. Set channel_mask.layers and the networks as "
      "in the earlier run.")


@pytest.mark.parametrize("path", ["/nowhere", None])
def test_no_run(path):
  with pytest.raises(ValueError) as error:
    TicketGate(path=path)
  assert message(error) == (
      "ticket_gate.path must be the directory of an earlier run, of its hub "
      f"module or of its checkpoints, but is {path!r}. There is none of them: "
      "give the model_dir of the earlier run.")


def test_a_run_without_masks(tmp_path):
  save_run(tmp_path, None, lambda gate: masked.dense(
      tf.ones([1, 2]), 3, name="layer", gate=gate, is_training=True))
  with pytest.raises(ValueError) as error:
    TicketGate(path=str(tmp_path))
  assert message(error) == (
      "ticket_gate.path must lead to a run whose networks had channel masks, "
      f"but is '{tmp_path}'. Train one with masked_conv_encoder, for example.")
