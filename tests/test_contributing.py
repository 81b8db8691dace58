"""The recipes of CONTRIBUTING.md, followed to the letter."""
import functools
import re

import conftest
import gin
import gin.tf.external_configurables  # noqa: F401
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from disentanglement_lib.data.ground_truth import named_data
from support import small_data
from support import small_layers
from support import small_models

from sparse_disent.data import names

PAGE = (conftest.ROOT / "CONTRIBUTING.md").read_text()


@functools.cache  # gin takes a name once.
def follow(recipe):
  """Runs the code of a recipe and returns what it defines."""
  section = PAGE.partition(f"### {recipe}\n")[2].partition("\n#")[0]
  code, = re.findall(r"^```python\n(.*?)^```$", section, re.S | re.M)
  defined = {"__name__": "contributing"}
  exec(compile(code, "CONTRIBUTING.md", "exec"), defined)
  return defined


@pytest.mark.parametrize("recipe", [
    "A gate", "An objective", "A metric", "A data set"])
def test_recipes_have_five_steps_and_name_what_there_is(recipe):
  section = PAGE.partition(f"### {recipe}\n")[2].partition("\n#")[0]
  assert re.findall(r"^(\d)\. ", section, re.M) == list("12345")
  own = ("half_gate.py",)
  for path in re.findall(r"`((?:sparse_disent|tests)/[\w/.]+)`", section):
    assert (conftest.ROOT / path).exists() or path.endswith(own)


def test_commands_are_targets_of_the_makefile():
  targets = re.findall(r"^([\w-]+):", (conftest.ROOT / "Makefile").read_text(),
                       re.M)
  named = set(re.findall(r"make ([a-z-]+)", PAGE))
  assert {"install", "test", "test-fast", "lint", "coverage"} <= named
  assert named <= set(targets)


def test_a_gate():
  built = small_layers.Built(follow("A gate")["HalfGate"]())
  np.testing.assert_allclose(
      built.run(built.outputs[0]),
      small_layers.INPUTS @ (0.5 * built.value("layer/kernel")))


def test_an_objective():
  objective = follow("An objective")["L1VAE"](weight=3.0)
  mean = np.random.RandomState(0).normal(size=[8, 5])
  with tf.Graph().as_default(), tf.Session() as session:
    value = session.run(objective.regularizer(
        tf.constant(2.0, tf.float64), tf.constant(mean), None, None))
  np.testing.assert_allclose(value, 2 + 3 * np.abs(mean).sum() / 8)


def test_an_objective_composes_with_gates():
  gin.parse_config(small_models.NETWORKS)
  objective = follow("An objective")["L1VAE"](weight=3.0)
  built = small_models.BuiltSpec(objective)
  built.train(1)
  assert np.isfinite(built.run(built.spec.loss))


def test_a_metric():
  metric = follow("A metric")["compute_code_size"]
  scores = metric(
      small_data.Factors(), small_data.reader(lambda x: 0 * x - [1, 2, 0]),
      np.random.RandomState(0), num_train=20)
  assert scores == {"code_size": 3.0}


def test_a_data_set(monkeypatch):
  monkeypatch.setattr(names, "_registered", {})
  follow("A data set")
  with gin.unlock_config():
    gin.bind_parameter("dataset.name", "dim")
  dim = named_data.get_named_ground_truth_data()
  assert names.known() == ["dim"]
  np.testing.assert_array_equal(
      dim.sample_observations_from_factors(np.array([[4, 2]]), None), [[2, 1]])
