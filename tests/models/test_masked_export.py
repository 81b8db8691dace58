"""What is exported of masked networks, through upstream's own training."""
import os

import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from disentanglement_lib.methods.unsupervised import gaussian_encoder_model
from scipy import special
from support.masked_models import CONFIG
from support.masked_models import IMAGES
from support.masked_models import MASKED
from support.masked_models import OBJECTIVES

from sparse_disent.compat.training import estimator
from sparse_disent.layers import saved_masks

GATES = ["random_gate", "l1_gate", "hard_concrete_gate", "magnitude_gate"]
# 16 of 1,024 entries below the threshold, the others 0.5.
MASK = np.where(np.arange(1024) % 64 == 0, 0.009, 0.5).reshape(32, 32)



def variables(reader, name):
  """Variables of all masked layers."""
  return [reader.get_tensor(key) for key in reader.get_variable_to_shape_map()
          if key.endswith(f"/{name}") and not key.startswith(
              ("encoder/e1/", "decoder/d6/"))]


# The sums that the gates' docstrings state, at their defaults.
PENALTIES = {
    "l1_gate": lambda reader: (
        1e-3 * sum(np.abs(mask).sum()
                   for mask in variables(reader, "l1_gate/scaled_mask"))
        + 0.01 * sum(np.sqrt((kernel**2).sum())
                     for kernel in variables(reader, "kernel"))),
    "hard_concrete_gate": lambda reader: 1e-3 * sum(
        special.expit(location - 2 / 3 * np.log(0.1 / 1.1)).sum()
        for location in variables(
            reader, "hard_concrete_gate/scaled_log_alpha")),
}


def export(directory, gate):
  """Exports an untrained model from its training graph's checkpoint."""
  gin.clear_config()
  gin.parse_config([
      CONFIG, f"encoder.encoder_fn = @{MASKED['conv'][0]}",
      f"decoder.decoder_fn = @{MASKED['conv'][1]}",
      f"channel_mask.gate = @{gate}()"])
  model = OBJECTIVES["vae"]()
  with tf.Graph().as_default(), tf.Session() as session:
    tf.set_random_seed(0)
    tf.train.get_or_create_global_step()
    model.model_fn(tf.constant(IMAGES), None, "train", {})
    session.run(tf.global_variables_initializer())
    for variable in tf.trainable_variables():
      if variable.name == "encoder/e2/l1_gate/scaled_mask:0":
        session.run(variable.assign(MASK))
    checkpoint = tf.train.Saver().save(session, str(directory / "trained"))
  with tf.Graph().as_default():
    gaussian_encoder_model.export_as_tf_hub(
        model, [64, 64, 1], checkpoint, str(directory / "tfhub"))
  return str(directory / "tfhub"), tf.train.load_checkpoint(checkpoint)


@pytest.fixture(scope="module", params=GATES, name="exported")
def exported_module(request, tmp_path_factory):
  return request.param, *export(
      tmp_path_factory.mktemp("export"), request.param)


def test_evaluation_results_hold_densities_and_penalties(exported):
  gate, path, reader = exported
  gin.parse_config([
      CONFIG, f"encoder.encoder_fn = @{MASKED['conv'][0]}",
      f"decoder.decoder_fn = @{MASKED['conv'][1]}",
      f"channel_mask.gate = @{gate}()"])
  results = estimator.TPUEstimator(
      OBJECTIVES["vae"]().model_fn, os.path.dirname(path),
      eval_batch_size=4).evaluate(
          lambda params: tf.constant(IMAGES), steps=1,
          checkpoint_path=path.replace("tfhub", "trained"))
  ours = {name: value for name, value in results.items() if "/" in name}
  assert len([name for name in ours if name.startswith("density/")]) == 11
  assert ours["density/encoder/e2"] == pytest.approx({
      "random_gate": 0.45, "l1_gate": 1 - 16 / 1024}.get(gate, 1.0), abs=1e-3)
  assert len(ours) == 11 + (gate in PENALTIES)
  if gate in PENALTIES:
    assert ours[f"penalty/{gate}"] == pytest.approx(
        PENALTIES[gate](reader), rel=1e-4)


def means(path, tags):
  with tf.Graph().as_default(), tf.Session() as session:
    module = hub.Module(path, tags=tags)
    outputs = module({"images": tf.constant(IMAGES)}, as_dict=True,
                     signature="gaussian_encoder")
    session.run(tf.global_variables_initializer())
    return session.run(outputs["mean"])


def test_both_graphs_are_deterministic_and_the_same(exported):
  _, path, _ = exported
  results = [means(path, tags) for tags in (None, None, {"train"}, {"train"})]
  for result in results[1:]:
    np.testing.assert_array_equal(result, results[0])


@pytest.mark.parametrize("tags", [(), ("train",)])
def test_graphs_hold_no_noise_update_penalty_or_summary(exported, tags):
  gate, path, reader = exported
  meta_graph = hub.load_module_spec(path).meta_graph(tags)
  initializers = {node.name for node in meta_graph.graph_def.node
                  if node.name.endswith("/Assign")}
  types = {node.op for node in meta_graph.graph_def.node
           if node.name not in initializers}
  # Upstream's own noise, in its signature "reconstructions".
  types.remove("RandomStandardNormal")
  assert not [name for name in types if "Random" in name or "Assign" in name
              or "Summary" in name or name == "IdentityN"]
  collections = set(meta_graph.collection_def)
  assert collections <= {"variables", "trainable_variables"}
  with tf.Graph().as_default():
    tf.train.import_meta_graph(meta_graph)
    names = {variable.op.name for variable in tf.global_variables()}
  assert names == set(reader.get_variable_to_shape_map()) - {"global_step"}


def test_l1_masks_have_exact_zeros(tmp_path):
  path, _ = export(tmp_path, "l1_gate")
  spec = hub.load_module_spec(path)
  with tf.Graph().as_default(), tf.Session() as session:
    saver = tf.train.import_meta_graph(spec.meta_graph())
    saver.restore(session, spec.checkpoint)
    mask, kernel = session.run([
        saved_masks.in_graph(session.graph)["encoder/e2"],
        "encoder/e2/l1_gate/test_kernel:0"])
  np.testing.assert_array_equal(mask, np.where(MASK < 0.01, 0.0, 0.5))
  assert np.all(kernel[:, :, MASK < 0.01] == 0.0)
  assert (kernel == 0.0).sum() == 16 * 16
