"""Separate trunks: what each is trained by, and its message."""
import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.shared import architectures
from support.small_models import IMAGES
from support.small_models import NETWORKS
from support.small_models import Built

from sparse_disent.models import grouped_encoder
from sparse_disent.models import trunks

GROUPS = [2, 1, 2]


@pytest.fixture(autouse=True)
def networks(clean_gin):
  gin.parse_config(NETWORKS)
  gin.parse_config("""
    encoder.encoder_fn = @grouped_encoder
    grouped_encoder.groups = [2, 1, 2]
    grouped_encoder.encoder_fn = @test_encoder
  """)


def test_each_prefix_trains_one_trunk_alone():
  built = Built(parts={"groups": GROUPS})
  variables = [variable for variable in built.graph.get_collection(
      tf.GraphKeys.TRAINABLE_VARIABLES) if "encoder" in variable.name]
  assert len(variables) == 3 * 4
  for group in (1, 2, 3):
    gradients = built.gradients(
        built.scalars[f"reconstruction_loss_prefix_{group}"], variables)
    for variable, gradient in zip(variables, gradients, strict=True):
      is_own = variable.name.startswith(f"encoder/group_{group}/")
      moved = gradient is not None and np.any(built.run(gradient) != 0)
      assert moved == is_own, variable.name


def test_outputs_are_those_of_the_trunks_in_order():
  with tf.Graph().as_default(), tf.Session() as session:
    outputs = architectures.make_gaussian_encoder(
        tf.constant(IMAGES, tf.float32))
    session.run(tf.global_variables_initializer())
    means, log_vars = session.run(outputs)
    weights = {variable.name: session.run(variable)
               for variable in tf.global_variables()}
  for actual, layer in ((means, "e1"), (log_vars, "e2")):
    expected = [
        IMAGES.reshape([8, 36]) @ weights[f"encoder/group_{group}/{layer}/"
                                          "kernel:0"] for group in (1, 2, 3)]
    np.testing.assert_allclose(
        actual, np.concatenate(expected, axis=1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("is_training", [True, False])
def test_every_trunk_is_told_the_mode(is_training):
  modes = []

  def encoder(input_tensor, num_latent, is_training):
    del input_tensor
    modes.append(is_training)
    return [tf.zeros([8, num_latent])] * 2

  grouped_encoder(IMAGES, 5, is_training, encoder_fn=encoder)
  assert modes == [is_training] * 3


def test_message():
  with pytest.raises(ValueError) as error:
    grouped_encoder(None, 6)
  assert str(error.value).splitlines()[0] == (
      "grouped_encoder.groups must sum to encoder.num_latent, but [2, 1, 2] "
      "sums to 5 and encoder.num_latent is 6. Use the groups of "
      "sparse_vae.groups.")


@pytest.mark.parametrize("groups", [6, [7, -1], [], [3.0, 3.0], None])
def test_sizes_that_are_none(groups):
  with pytest.raises(ValueError) as error:
    grouped_encoder(None, 6, groups=groups)
  assert str(error.value).splitlines()[0] == (
      "grouped_encoder.groups must be a list of positive integers, but is "
      f"{groups!r}. Use the groups of sparse_vae.groups.")


@pytest.mark.parametrize("own, model", [
    ([2, 1, 2], [3, 2]), ([2, 1, 2], [2, 1, 2]), ([2, 1, 2], [5]),
    ([2, 1, 2], None), ([2, 1, 2], [9])])
def test_groups_that_refine_those_of_the_model_pass(own, model):
  gin.parse_config([f"grouped_encoder.groups = {own}",
                    f"sparse_vae.groups = {model}"])
  trunks.check_groups()


def test_groups_that_do_not_refine_those_of_the_model_are_named():
  gin.parse_config("sparse_vae.groups = [1, 4]")
  with pytest.raises(ValueError, match=(
      r"grouped_encoder.groups must refine sparse_vae.groups, but \[2, 1, 2\] "
      r"splits \[1, 4\] elsewhere. Use \[1, 4\], or smaller groups")):
    trunks.check_groups()
  gin.parse_config("encoder.encoder_fn = @conv_encoder")
  trunks.check_groups()


@pytest.mark.parametrize("bindings", [
    ["G = [2, 3]", "grouped_encoder.groups = %G"],
    ["ENCODER = @grouped_encoder", "encoder.encoder_fn = %ENCODER"]])
def test_groups_and_encoders_that_are_macros_are_checked(bindings):
  gin.parse_config(["sparse_vae.groups = [1, 4]", *bindings])
  with pytest.raises(ValueError, match="must refine"):
    trunks.check_groups()


@pytest.mark.parametrize("bindings", [
    ["grouped_encoder.encoder_fn = @grouped_encoder"],
    ["INNER = @grouped_encoder", "grouped_encoder.encoder_fn = %INNER"]])
def test_an_encoder_of_itself_is_named(bindings):
  # With a single group, each encoder would make the next one for ever.
  gin.parse_config(["grouped_encoder.groups = [5]", *bindings])
  with pytest.raises(ValueError) as error:
    trunks.check_groups()
  assert str(error.value) == (
      "grouped_encoder.encoder_fn must be another encoder, but is "
      "@grouped_encoder. Such as @conv_encoder.")


def test_an_encoder_of_itself_in_another_scope_passes():
  gin.parse_config(["grouped_encoder.encoder_fn = @inner/grouped_encoder",
                    "inner/grouped_encoder.encoder_fn = @conv_encoder"])
  trunks.check_groups()
