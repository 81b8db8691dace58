"""What `dlib_train` leaves of a model, made without training it.

The networks are upstream's for tests unless a test binds others: one linear
layer each for means (e1), log variances (e2) and logits (d1).
"""
import copy

import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.methods.unsupervised import gaussian_encoder_model
from disentanglement_lib.methods.unsupervised import train  # noqa: F401
from disentanglement_lib.utils import results

import sparse_disent  # noqa: F401

CONFIG = """
  dataset.name = "dummy_data"
  model.model = @sparse_vae()
  sparse_vae.objective = @vae()
  vae.beta = 1.
  encoder.encoder_fn = @test_encoder
  encoder.num_latent = 5
  decoder.decoder_fn = @test_decoder
  reconstruction_loss.loss_fn = @bernoulli_loss
  vae_optimizer.optimizer_fn = @AdamOptimizer
  vae_optimizer.learning_rate = 1e-3
"""
IMAGES = np.random.RandomState(0).uniform(size=[4, 64, 64, 1])


def export(model_dir, bindings="", values=None, num_channels=1):
  """Writes the directory of a model.

  Args:
    model_dir: Path.
    bindings: String, what is bound in addition to `CONFIG`.
    values: Dictionary from names of variables to arrays; all others have their
      initial values.
    num_channels: Colours of an image.

  Returns:
    variables: Dictionary from names to values, of all variables.
  """
  checkpoint = model_dir / "tf_checkpoint" / "model.ckpt"
  checkpoint.parent.mkdir(parents=True)
  gin.clear_config()
  gin.parse_config(CONFIG + bindings)
  # A copy of a reference with parentheses is what it makes.
  model = copy.deepcopy(gin.query_parameter("model.model"))
  with tf.Graph().as_default(), tf.Session() as session:
    tf.set_random_seed(0)
    tf.train.get_or_create_global_step()
    images = np.repeat(IMAGES, num_channels, axis=-1)
    model.model_fn(tf.constant(images, tf.float32), None, "train", {})
    session.run(tf.global_variables_initializer())
    variables = {variable.op.name: variable
                 for variable in tf.global_variables()}
    for name, value in (values or {}).items():
      session.run(variables[name].assign(value))
    tf.train.Saver().save(session, str(checkpoint))
    variables = session.run(variables)
  with tf.Graph().as_default():
    gaussian_encoder_model.export_as_tf_hub(
        model, [64, 64, num_channels], str(checkpoint),
        str(model_dir / "tfhub"))
  named_data.get_named_ground_truth_data()  # Into the saved configuration.
  results.update_result_directory(str(model_dir / "results"), "train", {})
  gin.clear_config()
  return variables
