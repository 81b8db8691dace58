"""Modules written here are read by TensorFlow 1.15, and the other way round.

The same script makes a model, its representation and its scores on both sides:
here, and in a Python 3.7 that has TensorFlow 1.15.
"""
import os
import subprocess

import numpy as np
import pytest
import tensorflow as tf

from sparse_disent.compat.hub import modules

tf1 = tf.compat.v1

# What the two versions of TensorFlow may differ by in float32.
TOLERANCE = 1e-4

# Runs under Python 3.7 and here.
SCRIPT = '''
import json, sys, types
try:
  import seaborn
except ImportError:  # Upstream plots with it, and does not require it.
  sys.modules["seaborn"] = types.ModuleType("seaborn")
from disentanglement_lib.evaluation import evaluate
from disentanglement_lib.evaluation.metrics import mig
from disentanglement_lib.methods.unsupervised import train
from disentanglement_lib.methods.unsupervised import vae
from disentanglement_lib.postprocessing import postprocess
import numpy as np
import tensorflow_hub as hub

TRAIN = """
dataset.name = "dummy_data"
model.model = @vae()
model.batch_size = 4
model.training_steps = 10
model.eval_steps = 1
model.random_seed = 0
vae.beta = 1.
encoder.encoder_fn = @conv_encoder
encoder.num_latent = 10
decoder.decoder_fn = @deconv_decoder
reconstruction_loss.loss_fn = @bernoulli_loss
vae_optimizer.optimizer_fn = @AdamOptimizer
AdamOptimizer.learning_rate = 0.001
""".split("\\n")
POSTPROCESS = """
dataset.name = "auto"
postprocess.postprocess_fn = @mean_representation
postprocess.random_seed = 0
""".split("\\n")
EVALUATE = """
dataset.name = "auto"
evaluation.evaluation_fn = @mig
evaluation.random_seed = 0
mig.num_train = 500
discretizer.discretizer_fn = @histogram_discretizer
discretizer.num_bins = 20
""".split("\\n")

def make(folder, files=(), bindings=TRAIN):
  train.train_with_gin(folder + "/model", False, list(files), bindings)
  represent(folder, "representation")

def represent(folder, name):
  postprocess.postprocess_with_gin(
      folder + "/model", folder + "/" + name, False, [], POSTPROCESS)

def values(folder, images, deterministic=False):
  with hub.eval_function_for_module(folder + "/model/tfhub") as f:
    result = f(dict(images=images), signature="gaussian_encoder", as_dict=True)
    result.update(
        f(dict(latent_vectors=result["mean"]), signature="decoder",
          as_dict=True))
    sampled = f(dict(images=images), signature="reconstructions", as_dict=True)
    assert sampled["images"].shape == images.shape
    if deterministic:
      result["reconstructions"] = sampled["images"]
  with hub.eval_function_for_module(folder + "/representation/tfhub") as f:
    result["representation"] = f(
        dict(images=images), signature="representation")
  return result

def score(folder, name, representation="representation"):
  evaluate.evaluate_with_gin(
      folder + "/" + representation, folder + "/" + name, False, [], EVALUATE)
  with open(folder + "/" + name + "/results/json/evaluation_results.json") as f:
    return json.load(f)["discrete_mig"]
'''

TF1_MAIN = '''
_, here, there, masked, new_ops, images, output = sys.argv
images = np.load(images)
make(there)
result = {"here_" + key: value for key, value in values(here, images).items()}
result.update({"there_" + key: value
               for key, value in values(there, images).items()})
result.update({"masked_" + key: value
               for key, value in values(masked, images, True).items()})
result["here_score"] = score(here, "metric_there")
result["there_score"] = score(there, "metric_there")
with hub.eval_function_for_module(new_ops) as f:
  result["new_ops"] = f(images)
np.savez(output, **result)
'''


# Our main model, short.
MASKED = ["dataset.name = 'dummy_data'", "model.training_steps = 10",
          "model.eval_steps = 1", "AdamOptimizer.learning_rate = .001"]


def run_python(python, *arguments):
  environment = {key: value for key, value in os.environ.items()
                 if key != "PYTHONPATH"}
  return subprocess.run([python, *arguments], env=environment, text=True,
                        capture_output=True, check=False)


def export_new_ops(path):
  """Writes a module of ops that TensorFlow 1.15 knows under older names.

  It holds a variable with a random initializer, a conditional, and noise that
  is a function of a seed and the global step.
  """
  def module_fn():
    images = tf1.placeholder(tf.float32, [None, 64, 64, 1])
    step = tf1.train.get_or_create_global_step()
    kernel = tf1.get_variable("kernel", initializer=(
        lambda: tf.random.stateless_uniform([64, 1], [1, 2])))
    seed = tf.stack([tf.constant(7, tf.int64), step])
    noise = tf.random.stateless_normal([64], seed)
    modules.add_signature(None, images, tf.cond(
        tf.reduce_sum(images) > 0.,
        lambda: tf.matmul(images[..., 0] + noise, kernel[None]),
        lambda: tf.zeros_like(images[..., 0])))

  with tf.Graph().as_default():
    module = modules.Module(modules.create_module_spec(module_fn))
    with tf1.Session() as session:
      session.run(tf1.global_variables_initializer())
      module.variable_map["global_step"].load(5, session)
      module.export(path, session)


@pytest.fixture(name="sides", scope="module")
def both_sides(tmp_path_factory, tf1_python):
  """Returns (functions of SCRIPT, the folder, images, what TF1 computed)."""
  folder = tmp_path_factory.mktemp("interchange")
  functions = {"__name__": "here"}
  exec(SCRIPT, functions)
  images = np.random.RandomState(0).randint(
      0, 2, [16, 64, 64, 1]).astype(np.float32)
  np.save(folder / "images.npy", images)
  functions["make"](str(folder / "here"))
  functions["make"](
      str(folder / "masked"), ["gin_configs/masked_dipvae.gin"], MASKED)
  export_new_ops(folder / "new_ops")
  (folder / "script.py").write_text(SCRIPT + TF1_MAIN)
  run = run_python(
      tf1_python, str(folder / "script.py"),
      *(str(folder / name) for name in (
          "here", "there", "masked", "new_ops", "images.npy", "result.npz")))
  assert run.returncode == 0, run.stderr[-4000:]
  return functions, folder, images, np.load(folder / "result.npz")


@pytest.mark.parametrize("origin", ["here", "there", "masked"])
def test_same_values_on_both_sides(sides, origin, record_property):
  functions, folder, images, in_tf1 = sides
  values = functions["values"](
      str(folder / origin), images, deterministic=origin == "masked")
  differences = {
      name: float(np.abs(value - in_tf1[f"{origin}_{name}"]).max())
      for name, value in values.items()}
  record_property("largest_difference", float(max(differences.values())))
  assert set(differences) - {"reconstructions"} == {
      "images", "logvar", "mean", "representation"}
  assert ("reconstructions" in differences) == (origin == "masked")
  assert all(value.std() > 0. for value in values.values())
  assert max(differences.values()) < TOLERANCE, differences


@pytest.mark.parametrize("origin", ["here", "there"])
def test_same_score_on_both_sides(sides, origin):
  functions, folder, _, in_tf1 = sides
  score = functions["score"](str(folder / origin), "metric_here")
  assert score == pytest.approx(float(in_tf1[f"{origin}_score"]), abs=1e-6)


def test_model_from_there_is_represented_here(sides):
  functions, folder, _, in_tf1 = sides
  functions["represent"](str(folder / "there"), "representation_here")
  score = functions["score"](
      str(folder / "there"), "metric_all_here", "representation_here")
  assert score == pytest.approx(float(in_tf1["there_score"]), abs=1e-6)


def test_model_from_there_is_visualized_here(sides, tmp_path):
  from disentanglement_lib.visualize import visualize_model
  _, folder, _, _ = sides
  visualize_model.visualize(
      str(folder / "there/model"), str(tmp_path / "visualization"),
      num_animations=1, num_frames=2, num_points_irs=2000)
  pictures = {str(path.relative_to(tmp_path / "visualization"))
              for path in tmp_path.rglob("*.*")}
  assert {"reconstructions/reconstructions.jpg", "sampled/samples.jpg",
          "traversals/traversals9.jpg",
          "animated_traversals/std_gaussian_cycle0.gif"} <= pictures


def test_new_ops_give_the_same_numbers_there(sides, record_property):
  _, folder, images, in_tf1 = sides
  with modules.eval_function_for_module(folder / "new_ops") as f:
    output = f(images)
  difference = float(np.abs(output - in_tf1["new_ops"]).max())
  record_property("largest_difference", float(difference))
  assert output.std() > 0.
  assert difference < TOLERANCE
