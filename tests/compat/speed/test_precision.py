import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.compat.speed import machine
from sparse_disent.compat.speed import precision
from sparse_disent.compat.training import estimator
from sparse_disent.compat.training import preflight


@pytest.fixture
def computes_in_bfloat16(monkeypatch):
  monkeypatch.setattr(machine, "cpu_flags", lambda: {"avx2", "avx512_bf16"})
  monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)


def train(tmp_path):
  """Trains one dense layer for two steps; returns what sessions were given."""
  configs = []
  create = tf.train.MonitoredTrainingSession

  def model_fn(features, labels, mode, params):
    del labels, params
    loss = tf.reduce_mean(tf.layers.dense(features, 3)**2)
    if mode == estimator.ModeKeys.EVAL:
      return estimator.TPUEstimatorSpec(mode=mode, loss=loss)
    train_op = tf.train.AdamOptimizer(.1).minimize(
        loss, global_step=tf.train.get_global_step())
    return estimator.TPUEstimatorSpec(mode=mode, loss=loss, train_op=train_op)

  def spy(*args, config=None, **kwargs):
    configs.append(config)
    return create(*args, config=config, **kwargs)

  model = estimator.TPUEstimator(
      model_fn, tmp_path, estimator.RunConfig(), train_batch_size=8,
      eval_batch_size=8)
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(tf.train, "MonitoredTrainingSession", spy)
    model.train(lambda params: tf.ones([params["batch_size"], 4]), steps=2)
  return model, [config.graph_options.rewrite_options
                 .auto_mixed_precision_onednn_bfloat16 for config in configs]


def test_float32_is_the_default(tmp_path):
  assert train(tmp_path)[1] == [0]


def test_gin_turns_it_on(tmp_path, computes_in_bfloat16):
  gin.bind_parameter("run_config.reduced_precision", True)
  model, modes = train(tmp_path)
  assert modes == [1]  # RewriterConfig.ON
  reader = tf.train.load_checkpoint(model.latest_checkpoint())
  variables = reader.get_variable_to_dtype_map()
  assert variables.pop("global_step") == tf.int64
  assert len(variables) == 8  # Kernel and bias, Adam's moments and powers.
  assert set(variables.values()) == {tf.float32}
  # An evaluation, in float32, takes them.
  loss = model.evaluate(
      lambda params: tf.ones([params["batch_size"], 4]), steps=1)["loss"]
  row = reader.get_tensor("dense/kernel").sum(0)
  expected = np.mean((row + reader.get_tensor("dense/bias"))**2)
  np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_other_settings_of_a_session_stay():
  config = tf.ConfigProto(intra_op_parallelism_threads=3)
  reduced = precision.reduce(config)
  assert reduced.intra_op_parallelism_threads == 3
  assert not config.graph_options.rewrite_options.ByteSize()


def test_any_of_the_instructions_will_do(monkeypatch, computes_in_bfloat16):
  precision.check()
  monkeypatch.setattr(machine, "cpu_flags", lambda: {"amx_bf16"})
  precision.check()


def test_a_processor_without_it_is_refused(monkeypatch):
  monkeypatch.setattr(machine, "cpu_flags", lambda: {"avx2", "avx512f"})
  with pytest.raises(ValueError) as error:
    precision.check()
  assert str(error.value) == (
      "run_config.reduced_precision is True: this processor has none of the "
      "instructions avx512_bf16 and amx_bf16, and would train in float32 all "
      "the same. Leave the binding out.")


def test_without_onednn_it_is_refused(monkeypatch, computes_in_bfloat16):
  monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
  with pytest.raises(ValueError, match="TF_ENABLE_ONEDNN_OPTS is 0. Unset it"):
    precision.check()


def test_beside_a_gpu_it_is_refused(monkeypatch, computes_in_bfloat16):
  monkeypatch.setattr(precision.tf.config, "list_physical_devices",
                      lambda kind: [kind])
  with pytest.raises(ValueError, match="there is a GPU"):
    precision.check()


def test_it_is_refused_before_an_old_model_is_deleted(tmp_path, monkeypatch):
  from disentanglement_lib.methods.unsupervised import train as upstreams
  monkeypatch.setattr(machine, "cpu_flags", frozenset)
  kept = tmp_path / "model" / "kept"
  kept.parent.mkdir()
  kept.touch()
  assert estimator.check_run_config in preflight.MODEL_CHECKS
  with pytest.raises(ValueError, match="run_config.reduced_precision is True"):
    upstreams.train_with_gin(
        str(kept.parent), True,
        gin_bindings=["run_config.reduced_precision = True"])
  assert kept.exists()


def test_the_estimator_refuses_it_by_itself(tmp_path, monkeypatch):
  monkeypatch.setattr(machine, "cpu_flags", frozenset)
  model = estimator.TPUEstimator(
      None, tmp_path, estimator.RunConfig(reduced_precision=True))
  with pytest.raises(ValueError, match="run_config.reduced_precision is True"):
    model.train(None, steps=1)
