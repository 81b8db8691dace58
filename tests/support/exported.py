"""Models to compact, exported by upstream, with weights and gates set here.

Nothing is trained: weights are large enough for outputs to depend on images
also where most channels are closed, biases are of either sign, and gates are
closed by hand.
"""
import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from disentanglement_lib.methods.unsupervised import gaussian_encoder_model
from disentanglement_lib.methods.unsupervised import vae  # noqa: F401

import sparse_disent  # noqa: F401

NETWORKS = {
    "conv": ("conv_encoder", "deconv_decoder"),
    "fc": ("fc_encoder", "fc_decoder"),
    "masked_conv": ("masked_conv_encoder", "masked_deconv_decoder"),
    "masked_fc": ("masked_fc_encoder", "masked_fc_decoder"),
}
# Convolutional networks of upstream's make images of 64 x 64 pixels.
SHAPES = {"conv": [64, 64, 1], "fc": [8, 8, 3],
          "masked_conv": [64, 64, 1], "masked_fc": [8, 8, 3]}
NUM_LATENT = 6
CONFIG = f"""
  encoder.num_latent = {NUM_LATENT}
  vae.beta = 1.
  sparse_vae.objective = @vae()
  reconstruction_loss.loss_fn = @bernoulli_loss
"""
L0_PAIR = "sparse_vae.latent = @l0_pair()"


@gin.configurable("exported")
def _exported(model=gin.REQUIRED):
  return model


def export(directory, networks, *bindings, model="vae", values=None):
  """Exports a model to `directory / "tfhub"`.

  Args:
    directory: A path.
    networks: Key of `NETWORKS`.
    *bindings: Further gin bindings.
    model: Name of the model in gin.
    values: Function from the name and shape of a variable to its value, or to
      None for a weight made up here or for a gate's initial value.

  Returns:
    path: String, of the module.
  """
  encoder, decoder = NETWORKS[networks]
  gin.clear_config()
  gin.parse_config([
      CONFIG, f"encoder.encoder_fn = @{encoder}",
      f"decoder.decoder_fn = @{decoder}", f"exported.model = @{model}()",
      *bindings])
  model, shape = _exported(), SHAPES[networks]
  random_state = np.random.RandomState(0)
  with tf.Graph().as_default(), tf.Session() as session:
    images = tf.placeholder(tf.float32, [None, *shape])
    mean, _ = model.gaussian_encoder(images, is_training=False)
    model.decode(mean, shape, is_training=False)
    session.run(tf.global_variables_initializer())
    for variable in tf.global_variables():
      name, size = variable.op.name, variable.shape.as_list()
      value = values(name, size) if values else None
      if value is None and name.endswith("/kernel"):
        value = random_state.normal(size=size) * 3.0 / np.sqrt(
            np.prod(size[:-1]))
      if value is None and name.endswith("/bias"):
        value = random_state.normal(size=size) / 2.0
      if value is not None:
        variable.load(np.broadcast_to(value, size), session)
    checkpoint = tf.train.Saver().save(session, str(directory / "trained"))
  path = str(directory / "tfhub")
  with tf.Graph().as_default():
    gaussian_encoder_model.export_as_tf_hub(model, shape, checkpoint, path)
  gin.clear_config()
  return path


def outputs(path, images, codes, tags=None):
  """What a module returns: "mean", "logvar", "reconstructed" and "decoded"."""
  with tf.Graph().as_default(), tf.Session() as session:
    module = hub.Module(path, tags=tags)
    images = {"images": tf.constant(images, tf.float32)}
    codes = {"latent_vectors": tf.constant(codes, tf.float32)}
    result = module(images, signature="gaussian_encoder", as_dict=True)
    result["reconstructed"] = module(
        images, signature="reconstructions", as_dict=True)["images"]
    result["decoded"] = module(
        codes, signature="decoder", as_dict=True)["images"]
    session.run(tf.global_variables_initializer())
    return session.run(result)


def arrays(path):
  """Images and codes for a module, six of each."""
  spec = hub.load_module_spec(path)
  random_state = np.random.RandomState(5)
  images = spec.get_input_info_dict("gaussian_encoder")["images"]
  codes = spec.get_input_info_dict("decoder")["latent_vectors"]
  return (random_state.uniform(size=[6, *images.get_shape().as_list()[1:]]),
          random_state.normal(size=[6, codes.get_shape().as_list()[1]]))


def assert_same(before, after, latents=None, *, is_sampled=False, varies=True):
  """Asserts that a module does what another does, within 1e-5.

  Args:
    before: Path of a module.
    after: Path of the other.
    latents: Indices of the latents that the other has; None for all.
    is_sampled: Whether reconstructions are random, and not compared.
    varies: Whether outputs depend on inputs.
  """
  images, codes = arrays(before)
  latents = list(range(codes.shape[1])) if latents is None else latents
  expected = outputs(before, images, codes)
  if varies:
    for name in ("mean", "decoded"):
      scale = max(1.0, np.abs(expected[name]).max())
      assert np.std(expected[name], axis=0).max() > 0.01 * scale
  actual = outputs(after, images, codes[:, latents])
  for name in ("mean", "logvar"):
    _assert_close(actual[name], expected[name][:, latents])
  _assert_close(actual["decoded"], expected["decoded"])
  assert actual["reconstructed"].shape == images.shape
  if not is_sampled:
    _assert_close(actual["reconstructed"], expected["reconstructed"])


def _assert_close(actual, expected):
  scale = max(1.0, np.abs(expected).max())
  np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5 * scale)


def shapes(path):
  """Shapes of a module's variables, by name."""
  checkpoint = hub.load_module_spec(path).checkpoint
  return tf.train.load_checkpoint(checkpoint).get_variable_to_shape_map()
