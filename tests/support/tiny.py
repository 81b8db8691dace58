"""Hub modules of a few hand-made layers, with upstream's signatures."""
import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from sparse_disent.export import module
from sparse_disent.export import reading

IMAGE = [6, 6, 2]
NUM_LATENT = 3


def weights(name, shape, seed=0):
  """A variable with values that are far from 0."""
  random_state = np.random.RandomState(seed)
  value = random_state.choice([-1.0, 1.0], shape) * random_state.uniform(
      0.2, 1.0, shape) / np.sqrt(np.prod(shape[:-1]))
  return variable(name, value)


def variable(name, value):
  """A variable with a value of its own."""
  value = np.asarray(value, np.float32)
  with tf.variable_scope("", reuse=tf.AUTO_REUSE):
    return tf.get_variable(
        name, value.shape, initializer=tf.constant_initializer(value))


def default_encoder(images):
  """Means and log variances that are linear in the images."""
  flat = tf.reshape(images, [-1, int(np.prod(IMAGE))])
  size = [flat.shape[1], NUM_LATENT]
  return [tf.nn.bias_add(
      tf.matmul(flat, weights(f"encoder/{name}/kernel", size, seed)),
      weights(f"encoder/{name}/bias", [NUM_LATENT], seed))
      for seed, name in enumerate(("means", "log_var"))]


def default_decoder(codes):
  """Images that are linear in the codes."""
  width = codes.shape[1]
  flat = tf.matmul(codes, weights(
      "decoder/d1/kernel", [width, int(np.prod(IMAGE))], 2))
  return tf.reshape(flat, [-1, *IMAGE])


def write(directory, encoder=default_encoder, decoder=default_decoder,
          sample=lambda mean, logvar: mean):
  """Writes a module with the given networks.

  Args:
    directory: A path; the module goes to its "tfhub".
    encoder: Function from images to means and log variances.
    decoder: Function from codes to images.
    sample: Function from those to the code that is reconstructed from.

  Returns:
    path: String, of the module.
  """
  values = []

  def module_fn():
    images = tf.placeholder(tf.float32, [None, *IMAGE])
    mean, logvar = encoder(images)
    hub.add_signature("gaussian_encoder", {"images": images},
                      {"mean": mean, "logvar": logvar})
    hub.add_signature("reconstructions", {"images": images},
                      {"images": decoder(sample(mean, logvar))})
    codes = tf.placeholder(tf.float32, [None, mean.shape[1]])
    hub.add_signature("decoder", {"latent_vectors": codes},
                      {"images": decoder(codes)})
    with tf.Session() as session:
      session.run(tf.global_variables_initializer())
      values.append(session.run(
          {value.op.name: value for value in tf.global_variables()}))

  path = str(directory / "tfhub")
  hub.create_module_spec(module_fn).write(path, values[0])
  return path


def compact(path, *, keep_latents=False):
  """Writes a compacted module beside another.

  Returns:
    path: String, of the new module.
    plan: `module.Compacted`.
    variables: `writing.Variables`.
  """
  result = f"{path}_compacted"
  plan = module.plan(reading.read(path), keep_latents=keep_latents)
  return result, plan, module.write(result, plan)
