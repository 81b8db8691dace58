"""All components: gradients, training, export, postprocessing, parity."""
import copy
import inspect
import json

import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from disentanglement_lib.methods.unsupervised import train
from disentanglement_lib.postprocessing import postprocess
from support import catalogue
from support import small_mnist

import sparse_disent  # noqa: F401
from sparse_disent.data import files

IMAGES = np.random.RandomState(0).uniform(size=[8, 64, 64, 1]).astype(
    np.float32)
NOISE = np.random.RandomState(1).normal(size=[8, 6])
NAMES = sorted(catalogue.COMPONENTS)
# float32 gradients are summed in another order (measured: at most 1e-6 apart).
TOLERANCE = 5e-6


@pytest.mark.parametrize("name", sorted(catalogue.DEFAULTS))
def test_defaults(name):
  parameters = inspect.signature(gin.get_configurable(name)).parameters
  expected = catalogue.DEFAULTS[name]
  assert {key: parameters[key].default for key in expected} == expected


def test_every_component_is_in_the_catalogue():
  others = set().union(*map(
      catalogue.registered, catalogue.OTHER_CATALOGUES))
  assert catalogue.registered("sparse_disent.") - others == set(
      catalogue.COMPONENTS)
  assert catalogue.registered("sparse_disent.compat.") == {
      "run_config", "training"}
  assert catalogue.registered("sparse_disent.data.dependent") == {
      "correlated", "constrained"}


@pytest.fixture(scope="module", autouse=True)
def mnist_file(tmp_path_factory):
  directory = tmp_path_factory.mktemp("data")
  small_mnist.write(directory)
  with pytest.MonkeyPatch.context() as patch:
    patch.setenv(files.VARIABLE, str(directory))
    yield


@pytest.fixture(scope="module")
def ticket(tmp_path_factory):
  """The directory of an earlier run."""
  model_dir = str(tmp_path_factory.mktemp("ticket") / "model")
  gin.clear_config()
  train.train_with_gin(model_dir, gin_bindings=lines(catalogue.TICKET))
  return model_dir


def lines(config):
  return [line.strip() for line in config.splitlines() if line.strip()]


def configure(ticket, *configs):
  """Binds the base and more, and returns the model."""
  gin.clear_config()
  gin.parse_config("\n".join(
      line.replace("{ticket}", ticket)
      for config in (catalogue.BASE, *configs) for line in lines(config)))
  # A copy of a reference with parentheses is what it makes.
  return copy.deepcopy(gin.query_parameter("model.model"))


def losses(model, weights=None):
  """Builds a training graph; loss, gradients and values of the weights.

  Args:
    model: A model.
    weights: Values for the networks' variables; gates are opened. If None, all
      variables keep their initial values.

  Returns:
    Loss; dictionary of gradients, None included; list of values.
  """
  with tf.Graph().as_default() as graph, tf.Session() as session:
    tf.set_random_seed(0)
    tf.train.get_or_create_global_step()
    loss = model.model_fn(tf.constant(IMAGES), None, "train", {}).loss
    variables = tf.trainable_variables()
    session.run(tf.global_variables_initializer())
    networks = [variable for variable in variables
                if "/kernel" in variable.name or "/bias" in variable.name]
    if weights is not None:
      for variable, value in zip(networks, weights, strict=True):
        session.run(variable.assign(value))
      for variable in variables:
        if variable.name == "encoder/l0_pair/scaled_log_alpha:0":
          session.run(variable.assign(np.full(variable.shape, 50.0)))
    gradients = tf.gradients(loss, variables)
    present = {variable.name: gradient for variable, gradient in zip(
        variables, gradients, strict=True) if gradient is not None}
    feeds = {} if weights is None else {
        noise_of(graph): NOISE, **open_masks(graph)}
    value, values = session.run([loss, present], feeds)
    return (value, {variable.name: values.get(variable.name)
                    for variable in variables}, session.run(networks))


def noise_of(graph):
  """Our noise tensor, or that of upstream's sampling."""
  try:
    return graph.get_tensor_by_name("latent_noise:0")
  except KeyError:
    normal, = (op for op in graph.get_operations()
               if op.type == "RandomStandardNormal"
               and not op.name.startswith(("encoder", "decoder")))
    return normal.outputs[0]


def open_masks(graph):
  """Feeds for random masks, of which no setting opens all."""
  masks = [op.outputs[0] for op in graph.get_operations()
           if op.name.endswith("hard_concrete_gate/training_mask")]
  return {mask: np.ones(mask.shape) for mask in masks}


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_learns(name, ticket):
  loss, gradients, _ = losses(
      configure(ticket, catalogue.COMPONENTS[name].bindings))
  assert np.isfinite(loss)
  for variable, gradient in gradients.items():
    assert gradient is not None, variable
    assert np.isfinite(gradient).all(), variable
    assert np.any(gradient != 0), variable


@pytest.mark.parametrize("name", [
    name for name in NAMES if catalogue.COMPONENTS[name].off is not None])
def test_switched_off_it_is_upstreams_model(name, ticket):
  component = catalogue.COMPONENTS[name]
  _, _, weights = losses(configure(ticket, component.reference))
  expected = losses(configure(ticket, component.reference), weights)
  actual = losses(
      configure(ticket, component.bindings, component.off), weights)
  np.testing.assert_allclose(actual[0], expected[0], rtol=TOLERANCE)
  of_networks = [gradient for variable, gradient in actual[1].items()
                 if "/kernel" in variable or "/bias" in variable]
  for one, two in zip(of_networks, expected[1].values(), strict=True):
    assert np.abs(one - two).max() <= TOLERANCE * np.abs(two).max()


class Trained:
  """A model after five steps, through upstream's own scripts."""

  def __init__(self, directory, ticket, name):
    self.bindings = catalogue.COMPONENTS[name].bindings
    self.directory = directory / "model"
    bindings = lines(catalogue.BASE + self.bindings.replace("{ticket}", ticket))
    gin.clear_config()
    train.train_with_gin(str(self.directory), gin_bindings=bindings)
    # Twice: the encoder has no noise.
    self.means, again = (
        run_module(self.directory / "tfhub", "gaussian_encoder")["mean"]
        for _ in range(2))
    np.testing.assert_array_equal(self.means, again)


def run_module(path, signature, name="images", inputs=IMAGES):
  with tf.Graph().as_default(), tf.Session() as session:
    outputs = hub.Module(str(path))(
        {name: tf.constant(inputs)}, signature=signature, as_dict=True)
    session.run(tf.global_variables_initializer())
    return session.run(outputs)


@pytest.fixture(scope="module", params=NAMES, name="trained")
def trained_component(request, tmp_path_factory, ticket):
  return Trained(tmp_path_factory.mktemp("trained"), ticket, request.param)


def test_five_steps_of_training(trained):
  results = json.loads(
      (trained.directory / "results/json/train_results.json").read_text())
  assert results["global_step"] == 5
  assert np.isfinite([value for value in results.values()
                      if not isinstance(value, str)]).all()


def test_reloaded_module_is_the_model_of_the_checkpoint(trained, ticket):
  model = configure(ticket, trained.bindings)
  with tf.Graph().as_default(), tf.Session() as session:
    means, _ = model.gaussian_encoder(tf.constant(IMAGES), is_training=False)
    tf.train.Saver().restore(session, tf.train.latest_checkpoint(
        str(trained.directory / "tf_checkpoint")))
    np.testing.assert_allclose(trained.means, session.run(means), atol=1e-6)
  assert trained.means.shape == (8, 6)


def test_reloaded_decoder_takes_what_the_encoder_returns(trained):
  images = run_module(trained.directory / "tfhub", "decoder",
                      "latent_vectors", trained.means)["images"]
  assert images.shape == (8, 64, 64, 1) and np.isfinite(images).all()


def test_postprocessed_mean_is_the_encoders(trained, tmp_path):
  postprocess.postprocess_with_gin(
      str(trained.directory), str(tmp_path / "mean"), gin_bindings=[
          "dataset.name = 'auto'", "postprocess.random_seed = 0",
          "postprocess.postprocess_fn = @mean_representation"])
  representation, = run_module(
      tmp_path / "mean" / "tfhub", "representation").values()
  np.testing.assert_allclose(representation, trained.means, atol=1e-6)
