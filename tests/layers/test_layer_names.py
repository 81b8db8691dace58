import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.methods.shared import architectures

from sparse_disent.layers import layer_names

UPSTREAM = {
    "masked_conv_encoder": architectures.conv_encoder,
    "masked_fc_encoder": architectures.fc_encoder,
    "masked_deconv_decoder": architectures.deconv_decoder,
    "masked_fc_decoder": architectures.fc_decoder,
}


@pytest.mark.parametrize("name", UPSTREAM)
def test_there_is_a_name_for_each_layer_of_upstreams_network(name):
  names = {**layer_names.ENCODERS, **layer_names.DECODERS}[name]
  with tf.Graph().as_default():
    if name in layer_names.ENCODERS:
      UPSTREAM[name](tf.zeros([2, 64, 64, 1]), 4)
    else:
      UPSTREAM[name](tf.zeros([2, 4]), [64, 64, 1])
    layers = {variable.op.name.rpartition("/")[0]
              for variable in tf.trainable_variables()}
  assert len(set(names)) == len(names) == len(layers)
