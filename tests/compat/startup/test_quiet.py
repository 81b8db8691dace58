import logging
import subprocess
import sys

import pytest

from sparse_disent.compat.startup import quiet


def record(message):
  return logging.LogRecord("tensorflow", logging.WARNING, "", 0, message, (),
                           None)


@pytest.mark.parametrize("message", [
    "From disentanglement_lib/methods/vae.py:1: f is deprecated and will go.\n"
    "Instructions for updating:\nUse g",
    "It seems that global step (tf.train.get_global_step) has not been "
    "increased."])
def test_advice_to_rename_is_dropped(message):
  assert not quiet._RenamingAdvice().filter(record(message))


@pytest.mark.parametrize("message", [
    "From my_model.py:1: f is deprecated.\nInstructions for updating:\nUse g",
    "The loss is very large.", "tensorflow could not find the GPU"])
def test_what_concerns_the_user_is_kept(message):
  assert quiet._RenamingAdvice().filter(record(message))


def test_a_run_of_upstreams_networks_writes_nothing(tmp_path):
  """Also checks that the same warning from a user's own code is shown.

  TensorFlow's libraries write lines of their own where there is no GPU.
  """
  code = """
from disentanglement_lib.methods.shared import architectures
import tensorflow.compat.v1 as tf
with tf.Graph().as_default():
  images = tf.data.Dataset.from_tensors(tf.zeros([2, 64, 64, 1]))
  images = images.make_one_shot_iterator().get_next()
  means, _ = architectures.conv_encoder(images, 3)
  images = architectures.deconv_decoder(means, [64, 64, 1])
  with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    session.run(images)
import warnings
warnings.warn("mine")
"""
  result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, text=True,
                          capture_output=True, check=True)
  assert result.stderr.splitlines() == ["<string>:13: UserWarning: mine"]
