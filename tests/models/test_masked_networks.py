"""Masked networks under upstream's own models: parity, penalties, training.

With all gates open loss and gradients are those of upstream's networks on the
same weights.
"""
import contextlib
import functools

import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.shared import architectures
from disentanglement_lib.methods.unsupervised import train
from scipy import stats
from support.masked_models import CONFIG
from support.masked_models import IMAGES
from support.masked_models import MASKED
from support.masked_models import OBJECTIVES
from support.masked_models import UPSTREAM
from support.masked_models import Built
from support.masked_models import relative_difference

from sparse_disent import models
from sparse_disent.compat.training import estimator
from sparse_disent.compat.training import hooks
from sparse_disent.compat.training import preflight
from sparse_disent.layers import layer_names
from sparse_disent.layers import saved_masks
from sparse_disent.layers import watching
from sparse_disent.models import masked_networks

# Networks differ in nothing but a product with 1, so the sums are the same.
# Summation order in TensorFlow's threads is not: measured at most 1e-6.
TOLERANCE = 5e-6
OPEN_GATES = {
    "random_gate": "random_gate.sparsity = 0.0",
    "l1_gate": "l1_gate.lambda_l1 = 0.0\nl1_gate.lambda_l2 = 0.0",
    "hard_concrete_gate": "hard_concrete_gate.lambda_l0 = 0.0",
    "magnitude_gate": "magnitude_gate.sparsity = 0.0",
}
objectives = pytest.mark.parametrize("objective", sorted(OBJECTIVES))


def masked(objective, gate, *bindings, kind="conv", mode="train"):
  return Built(objective, MASKED[kind], f"channel_mask.gate = @{gate}()",
               *bindings, mode=mode)


def loss_and_gradients(built, feeds=None):
  return built.run([built.spec.loss, built.gradients(built.weights)], feeds)


@functools.cache
def upstreams_loss_and_gradients(objective, kind):
  return loss_and_gradients(Built(objective, UPSTREAM[kind]))


@pytest.mark.parametrize("objective, gate, kind", [
    *((objective, "hard_concrete_gate", "conv")
      for objective in sorted(OBJECTIVES)),
    *(("vae", gate, "conv") for gate in sorted(OPEN_GATES)
      if gate != "hard_concrete_gate"),
    ("vae", "l1_gate", "fc")])
def test_open_gates_give_upstreams_loss_and_gradients(
    objective, gate, kind, record_property):
  expected = upstreams_loss_and_gradients(objective, kind)
  built = masked(objective, gate, OPEN_GATES[gate], kind=kind)
  feeds = {}
  if gate == "hard_concrete_gate":
    feeds = {mask: np.ones(mask.shape) for mask in built.masks().values()}
    assert len(feeds) == 11
  actual = loss_and_gradients(built, feeds)
  assert len(actual[1]) == len(expected[1]) == (26 if kind == "conv" else 16)
  differences = [relative_difference(actual[0], expected[0]), max(
      relative_difference(*pair)
      for pair in zip(actual[1], expected[1], strict=True))]
  record_property("relative differences of loss and gradients",
                  [float(value) for value in differences])
  assert max(differences) < TOLERANCE


def log_alpha_gradients(built):
  """Gradients and values of log_alpha, and gradients of all weights."""
  return built.run([built.gradients(built.gates), built.gates,
                    built.gradients(built.weights)])


@objectives
def test_the_penalty_is_added_to_the_gates_gradient_once(objective):
  free = masked(objective, "hard_concrete_gate",
                "hard_concrete_gate.lambda_l0 = 0.0")
  charged = masked(objective, "hard_concrete_gate",
                   "hard_concrete_gate.lambda_l0 = 0.5")
  main, _, weights = log_alpha_gradients(free)
  total, log_alpha, charged_weights = log_alpha_gradients(charged)
  assert len(total) == 11
  for one, two, location in zip(main, total, log_alpha, strict=True):
    expected = 0.5 * stats.logistic.pdf(location - 2 / 3 * np.log(0.1 / 1.1))
    np.testing.assert_allclose(
        two - one, expected, atol=2e-6 * np.abs(two).max())
  for one, two in zip(weights, charged_weights, strict=True):
    assert relative_difference(two, one) < TOLERANCE
  assert relative_difference(*(
      built.run(built.spec.loss) for built in (charged, free))) < TOLERANCE


def test_factor_vaes_two_optimizers_step_along_that_gradient():
  built = masked("factor_vae", "hard_concrete_gate",
                 "hard_concrete_gate.lambda_l0 = 50.0")
  gradients, before = built.run([built.gradients(built.gates), built.gates])
  built.run(built.spec.train_op)
  for gradient, old, new in zip(
      gradients, before, built.run(built.gates), strict=True):
    penalty = 50.0 * stats.logistic.pdf(old - 2 / 3 * np.log(0.1 / 1.1))
    assert np.abs(penalty).max() > 5.0
    np.testing.assert_allclose(old - new, 1e-3 * gradient, atol=2e-6)


def causes(op):
  """All that has to run before an operation."""
  found, queue = set(), [op]
  while queue:
    current = queue.pop()
    new = {*current.control_inputs, *(x.op for x in current.inputs)} - found
    found |= new
    queue.extend(new)
  return found


def test_no_optimizer_advances_the_step_before_a_decoders_draw(tmp_path):
  """FactorVAE's discriminator does not need the decoder to be done."""

  class Done(Exception):
    """Nothing has to be trained."""

  def model_fn(features, labels, mode, params):
    gin.parse_config([CONFIG, "encoder.encoder_fn = @conv_encoder",
                      "decoder.decoder_fn = @masked_deconv_decoder",
                      "channel_mask.gate = @hard_concrete_gate()"])
    OBJECTIVES["factor_vae"]().model_fn(features, labels, mode, params)
    graph, step = tf.get_default_graph(), tf.train.get_global_step()
    draw = graph.get_operation_by_name("channel_mask/draw")
    read, = (op for op in causes(draw) if op.type == "ReadVariableOp")
    advances = [op for op in graph.get_operations()
                if op.type == "AssignAddVariableOp"
                and op.inputs[0].name == step.handle.name]
    assert len(advances) == 2
    assert all(read in causes(op) for op in advances)
    raise Done

  model = estimator.TPUEstimator(model_fn, tmp_path, train_batch_size=4)
  with pytest.raises(Done):
    model.train(lambda params: tf.constant(IMAGES), steps=1)


def test_a_network_applied_twice_is_charged_once():
  built = masked("vae", "l1_gate", "l1_gate.lambda_l1 = 0.5")
  with built.graph.as_default():
    codes = tf.ones([2, 10])
    with tf.variable_scope("", reuse=tf.AUTO_REUSE):
      losses = [tf.reduce_sum(architectures.make_decoder(
          codes, [64, 64, 1], is_training=True)) for _ in range(2)]
    mask, = (variable for variable in built.gates
             if variable.name == "decoder/d3/l1_gate/scaled_mask:0")
    one, both = (tf.gradients(loss, mask)[0]
                 for loss in (losses[0], sum(losses)))
  one, both = built.run([one, both])
  # All masks are 1, so the penalty's gradient is its weight.
  np.testing.assert_allclose(both - 0.5, 2 * (one - 0.5), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("gate", sorted(OPEN_GATES))
def test_evaluation_has_no_penalty_and_no_noise_of_its_own(gate):
  built = masked("vae", gate, mode="eval")
  types = [op.type for op in built.graph.get_operations()]
  assert "IdentityN" not in types
  assert not built.masks()
  first, second = (built.run(built.spec.loss) for _ in range(2))
  np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("kind", ["conv", "fc"])
def test_default_layers(kind):
  built = masked("vae", "random_gate", kind=kind)
  expected = (["e2", "e3", "e4", "e5", "means", "log_var", "d1", "d2", "d3",
               "d4", "d5"] if kind == "conv" else
              ["e2", "means", "log_var", "d1", "d2", "d3"])
  assert list(built.masks()) == expected


@pytest.mark.parametrize("gate", [*sorted(OPEN_GATES), "ticket_gate"])
@pytest.mark.parametrize("kind", ["conv", "fc", "grouped"])
def test_channels_are_masked_up_to_the_heads(gate, kind, monkeypatch):
  encoder = MASKED.get(kind, MASKED["fc"])[0]
  inner = ["e2", "e3", "e4", "e5"] if kind == "conv" else ["e2"]
  trunks = (["encoder/group_1", "encoder/group_2"] if kind == "grouped"
            else ["encoder"])
  expected = [f"{trunk}/{layer}" for trunk in trunks for layer in inner]
  if gate == "ticket_gate":
    sizes = {"e2": 32 if kind == "conv" else 1200, "e3": 64, "e4": 64,
             "e5": 256}
    ticket_of(monkeypatch, {
        layer: np.ones(sizes[layer.rpartition("/")[2]]) for layer in expected})
  else:
    gin.parse_config(f"{gate}.granularity = 'channel'")
  gin.parse_config(f"""
    channel_mask.gate = @{gate}()
    encoder.num_latent = 10
    encoder.encoder_fn = @{"grouped_encoder" if kind == "grouped" else encoder}
    grouped_encoder.encoder_fn = @{encoder}
    grouped_encoder.groups = [4, 6]
  """)
  with tf.Graph().as_default():
    architectures.make_gaussian_encoder(
        tf.constant(IMAGES), is_training=False)
    assert list(watching.test_masks()) == expected


def ticket_of(monkeypatch, masks):
  """Binds a ticket whose earlier run had these masks."""
  monkeypatch.setattr(saved_masks, "find", lambda path: path)
  monkeypatch.setattr(saved_masks, "read", lambda source: masks)
  gin.bind_parameter("ticket_gate.path", "earlier")


def test_chosen_layers_of_both_networks():
  built = masked("vae", "random_gate",
                 'channel_mask.layers = ["e1", "log_var", "d6"]')
  assert list(built.masks()) == ["e1", "log_var", "d6"]


@pytest.mark.parametrize("layer, kind, known", [
    ("e6", "conv", "e1, e2, e3, e4, e5, means, log_var"),
    ("d5", "fc", "d1, d2, d3, d4"),
    ("e3", "fc", "e1, e2, means, log_var"),
    ("mean", "conv", "e1, e2, e3, e4, e5, means, log_var")])
def test_unknown_layers(layer, kind, known):
  with pytest.raises(ValueError) as error:
    masked("vae", "random_gate", f'channel_mask.layers = ["e2", "{layer}"]',
           kind=kind)
  assert str(error.value).splitlines()[0] == (
      "channel_mask.layers must name layers of the networks, but holds "
      f"{layer!r}. This one has {known}.")


@pytest.mark.parametrize("kind", ["conv", "fc"])
def test_without_a_gate_networks_are_upstreams(kind):
  built = Built("vae", MASKED[kind], "channel_mask.gate = None")
  assert not built.masks() and not built.gates
  loss, gradients = loss_and_gradients(built)
  expected_loss, expected = upstreams_loss_and_gradients("vae", kind)
  assert relative_difference(loss, expected_loss) < TOLERANCE
  for pair in zip(gradients, expected, strict=True):
    assert relative_difference(*pair) < TOLERANCE


def test_a_smaller_dense_network_has_fewer_channels():
  built = Built("vae", MASKED["conv"], "channel_mask.gate = None",
                "masked_network.width = 0.5")
  shapes = [variable.shape.as_list() for variable in built.weights
            if variable.name.endswith("kernel:0")]
  # Of upstream's [4, 4, 1, 32], ..., [1024, 256], [256, 10], and back.
  assert shapes == [
      [4, 4, 1, 16], [4, 4, 16, 16], [2, 2, 16, 32], [2, 2, 32, 32],
      [512, 128], [128, 10], [128, 10],
      [10, 128], [128, 512], [4, 4, 32, 32], [4, 4, 16, 32], [4, 4, 16, 16],
      [4, 4, 1, 16]]


ENCODER = "encoder.encoder_fn = @masked_conv_encoder"


def test_a_gate_that_is_missing_costs_no_older_model(tmp_path):
  (tmp_path / "older").touch()
  with pytest.raises(ValueError) as error:
    train.train_with_gin(str(tmp_path), True, [], [ENCODER])
  assert str(error.value) == (
      "channel_mask.gate is missing, but masked_conv_encoder has masks. Write "
      "channel_mask.gate = @hard_concrete_gate(), or None for dense networks.")
  assert (tmp_path / "older").exists()


def test_a_gate_may_be_set_in_the_scope_of_its_network():
  gin.parse_config(["encoder.encoder_fn = @sparse/masked_conv_encoder",
                    "sparse/channel_mask.gate = @random_gate()"])
  masked_networks.check_configuration()


@pytest.mark.parametrize("bindings, message", [
    ([ENCODER, "random_gate.sparsity = 2.0"], "random_gate.sparsity must lie"),
    ([ENCODER, 'channel_mask.layers = ["e9"]'], "but holds 'e9'. This one has "
     "e1, e2, e3, e4, e5, means, log_var."),
    # The decoder is upstream's.
    ([ENCODER, 'channel_mask.layers = ["d2"]'], "but holds 'd2'"),
    (["encoder.encoder_fn = @conv_encoder"], "no network has masks. Choose")])
def test_a_wrong_configuration_costs_no_older_model(
    bindings, message, tmp_path):
  (tmp_path / "older").touch()
  with pytest.raises(ValueError) as error:
    train.train_with_gin(str(tmp_path), True, [], [
        "channel_mask.gate = @random_gate()", *bindings])
  assert message in str(error.value)
  assert (tmp_path / "older").exists()


@pytest.mark.parametrize("bindings", [
    [ENCODER],
    ["encoder.encoder_fn = @a_scope/masked_conv_encoder"],
    ["network = @masked_conv_encoder", "encoder.encoder_fn = %network"],
    ["encoder.encoder_fn = @grouped_encoder",
     "grouped_encoder.encoder_fn = @masked_conv_encoder"]])
def test_networks_are_found_however_they_are_bound(bindings):
  gin.parse_config(["channel_mask.gate = @random_gate()",
                    'channel_mask.layers = ["e5"]', *bindings])
  masked_networks.check_configuration()


def test_a_network_that_nothing_uses_does_not_count():
  gin.parse_config(["channel_mask.gate = @random_gate()",
                    "encoder.encoder_fn = @conv_encoder",
                    "grouped_encoder.encoder_fn = @masked_conv_encoder"])
  with pytest.raises(ValueError, match="no network has masks"):
    masked_networks.check_configuration()


@gin.configurable
def encoder_around_ours(input_tensor, num_latent, is_training=True):
  return models.masked_conv_encoder(input_tensor - 0.5, num_latent, is_training)


@pytest.mark.parametrize("bindings", [
    ["decoder.decoder_fn = @deconv_decoder"],
    ["decoder.decoder_fn = @masked_deconv_decoder",
     'channel_mask.layers = ["e2", "d3"]']])
def test_a_network_of_the_users_own_may_apply_ours(bindings):
  gin.parse_config([
      CONFIG, "encoder.encoder_fn = @encoder_around_ours",
      "channel_mask.gate = @random_gate()", *bindings])
  masked_networks.check_configuration()
  with tf.Graph().as_default():
    architectures.make_gaussian_encoder(
        tf.zeros([2, 64, 64, 1]), is_training=False)
    assert "encoder/e2" in watching.test_masks()


@gin.configurable
def encoder_without_masks(input_tensor, num_latent, is_training=True):
  return architectures.conv_encoder(input_tensor, num_latent, is_training)


@pytest.mark.parametrize("name, refused", [
    ("encoder_without_masks", True), ("encoder_around_ours", False)])
def test_a_network_of_the_users_own_without_masks_is_refused(name, refused):
  """Its training would go on without any mask."""
  gin.parse_config([CONFIG, f"encoder.encoder_fn = @{name}",
                    "decoder.decoder_fn = @deconv_decoder",
                    "channel_mask.gate = @random_gate()"])
  masked_networks.check_configuration()
  assert masked_networks.MaskCheck in hooks.TRAINING_HOOKS
  with tf.Graph().as_default():
    architectures.make_gaussian_encoder(
        tf.zeros([2, 64, 64, 1]), is_training=True)
    with contextlib.nullcontext() if not refused else pytest.raises(
        ValueError, match="channel_mask.gate is set, but no network has masks"):
      masked_networks.MaskCheck().begin()


def test_a_layer_that_no_network_has_is_found_beside_own_ones():
  gin.parse_config([
      "encoder.encoder_fn = @encoder_around_ours",
      "channel_mask.gate = @random_gate()", 'channel_mask.layers = ["e9"]'])
  with pytest.raises(ValueError, match="but holds 'e9'"):
    masked_networks.check_configuration()


@pytest.mark.parametrize("width", ["0.5", "%half"])
def test_a_width_that_no_network_has_is_refused(width):
  """A dense network of full width would be taken for a smaller one."""
  gin.parse_config([
      "encoder.encoder_fn = @conv_encoder", "half = 0.5",
      "decoder.decoder_fn = @deconv_decoder", f"masked_network.width = {width}",
      "grouped_encoder.encoder_fn = @masked_conv_encoder"])
  with pytest.raises(ValueError) as error:
    preflight.check_model()
  assert str(error.value) == (
      "masked_network.width is 0.5, but neither encoder nor decoder has one. "
      "Choose masked networks, e.g. encoder.encoder_fn = @masked_conv_encoder, "
      "or leave the width out.")


@pytest.mark.parametrize("bindings", [
    ["decoder.decoder_fn = @masked_deconv_decoder"],
    ["encoder.encoder_fn = @encoder_around_ours"],
    ["encoder.encoder_fn = @conv_encoder", "masked_network.width = 1.0"]])
def test_a_width_that_a_network_may_have_passes(bindings):
  gin.parse_config(["masked_network.width = 0.5", *bindings])
  masked_networks.check_width()


def test_every_network_is_in_the_table():
  assert {*layer_names.ENCODERS, *layer_names.DECODERS} == {
      name for pair in MASKED.values() for name in pair}
