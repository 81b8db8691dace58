import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf2
import tensorflow.compat.v1 as tf
from tensorflow.contrib import framework as contrib_framework
from tensorflow.contrib import tpu as contrib_tpu

from sparse_disent.compat.startup import contrib
from sparse_disent.compat.training import estimator

# What each module of TensorFlow 1.15.5 exports, by `dir`.
EXPORTS = {
    "contrib.tpu": """
        AsyncCheckpointSaverHook CrossShardOptimizer DeviceAssignment
        InfeedQueue InputPipelineConfig RunConfig TPUConfig
        TPUDistributionStrategy TPUEstimator TPUEstimatorSpec Topology
        batch_parallel bfloat16_scope core cross_replica_sum device_assignment
        export_estimator_savedmodel infeed_dequeue infeed_dequeue_tuple
        infeed_enqueue infeed_enqueue_tuple initialize_system
        keras_to_tpu_model outfeed_dequeue outfeed_dequeue_tuple
        outfeed_enqueue outfeed_enqueue_tuple outside_compilation profiler
        repeat replicate rewrite shard shutdown_system while_loop""",
    "contrib.framework": """
        BoundedTensorSpec RecordInput TensorSpec VariableDeviceChooser
        add_arg_scope add_model_variable arg_scope arg_scoped_arguments argsort
        assert_global_step assert_or_get_global_step assert_same_float_dtype
        assert_scalar assert_scalar_int assign_from_checkpoint
        assign_from_checkpoint_fn assign_from_values assign_from_values_fn
        convert_to_tensor_or_sparse_tensor convolutional_delta_orthogonal
        convolutional_orthogonal_1d convolutional_orthogonal_2d
        convolutional_orthogonal_3d create_global_step current_arg_scope
        deprecated deprecated_arg_values deprecated_args filter_variables
        fuse_op get_global_step get_graph_from_inputs get_local_variables
        get_model_variables get_name_scope get_or_create_global_step
        get_placeholders get_trainable_variables get_unique_variable
        get_variable_full_name get_variables get_variables_by_name
        get_variables_by_suffix get_variables_to_restore global_variable
        has_arg_scope init_from_checkpoint is_tensor list_variables
        load_and_remap_matrix_initializer load_checkpoint
        load_embedding_initializer load_linear_multiclass_bias_initializer
        load_variable load_variable_slot_initializer local_variable
        model_variable nest prepend_name_scope py_func reduce_sum_n
        remove_squeezable_dimensions smart_case smart_cond smart_constant_value
        sort strip_name_scope variable with_same_shape with_shape
        zero_initializer""",
    "contrib": """
        autograph batching bayesflow checkpoint cloud cluster_resolver compiler
        constrained_optimization copy_graph crf cudnn_rnn data deprecated
        distribute distributions eager estimator factorization feature_column
        ffmpeg framework graph_editor grid_rnn image input_pipeline integrate
        keras kernel_methods labeled_tensor layers learn legacy_seq2seq
        linear_optimizer lookup losses memory_stats metrics mixed_precision
        model_pruning nn opt optimizer_v2 periodic_resample predictor proto
        quantization quantize receptive_field recurrent reduce_slice_ops
        remote_fused_graph resampler rnn rpc saved_model seq2seq signal slim
        solvers sparsemax specs staging stat_summarizer stateless summary
        tensor_forest tensorboard testing tfprof timeseries tpu training
        util""",
    "estimator": """
        BaselineClassifier BaselineEstimator BaselineRegressor BestExporter
        BinaryClassHead BoostedTreesClassifier BoostedTreesEstimator
        BoostedTreesRegressor CheckpointSaverHook CheckpointSaverListener
        DNNClassifier DNNEstimator DNNLinearCombinedClassifier
        DNNLinearCombinedEstimator DNNLinearCombinedRegressor DNNRegressor
        Estimator EstimatorSpec EvalSpec Exporter FeedFnHook FinalExporter
        FinalOpsHook GlobalStepWaiterHook Head LatestExporter LinearClassifier
        LinearEstimator LinearRegressor LoggingTensorHook
        LogisticRegressionHead ModeKeys MultiClassHead MultiHead MultiLabelHead
        NanLossDuringTrainingError NanTensorHook PoissonRegressionHead
        ProfilerHook RegressionHead RunConfig SecondOrStepTimer SessionRunArgs
        SessionRunContext SessionRunHook SessionRunValues StepCounterHook
        StopAtStepHook SummarySaverHook TrainSpec VocabInfo WarmStartSettings
        add_metrics classifier_parse_example_spec experimental export inputs
        regressor_parse_example_spec tpu train_and_evaluate""",
    "estimator.tpu": """
        InputPipelineConfig RunConfig TPUConfig TPUEstimator TPUEstimatorSpec
        experimental""",
}
# What public models and scripts that build on upstream use of it.
USED = ("contrib.tpu.RunConfig", "contrib.tpu.TPUConfig",
        "contrib.tpu.TPUEstimator", "contrib.tpu.TPUEstimatorSpec",
        "contrib.framework.assign_from_checkpoint_fn",
        "contrib.framework.nest", "estimator.ModeKeys",
        "estimator.SessionRunHook", "estimator.tpu.RunConfig",
        "estimator.tpu.TPUConfig", "estimator.tpu.TPUEstimator",
        "estimator.tpu.TPUEstimatorSpec")
# Line 1 of a script, and what may follow.
FIRST_LINES = {
    # Modules of metrics may not import upstream before the decorator.
    "import gin.tf": "gin.configurable('mine', blacklist=['a'])(lambda a: a)",
    "from tensorflow.contrib import tpu": "tpu.TPUEstimatorSpec",
    "from tensorflow.compat.v1 import estimator": "estimator.tpu.RunConfig",
    "from tensorflow.compat.v1.estimator import tpu": "tpu.TPUEstimator",
    "from tensorflow_estimator.python.estimator.tpu import tpu_estimator":
        "tpu_estimator.TPUEstimator",
}


def attribute(path):
  value = tf
  for name in path.split("."):
    value = getattr(value, name)
  return value


def run(code, cwd):
  """Runs code in a fresh Python of this environment, away from the sources."""
  return subprocess.run([sys.executable, "-c", code], cwd=cwd, text=True,
                        capture_output=True, check=False)


@pytest.mark.parametrize("line", FIRST_LINES)
def test_line_1_of_a_script(line, tmp_path):
  result = run(f"{line}\nassert {FIRST_LINES[line]}\n"
               "from disentanglement_lib.methods.unsupervised import train",
               tmp_path)
  assert result.returncode == 0, result.stderr[-2000:]


def test_tensorflow_hub_first_without_pkg_resources(tmp_path):
  code = ("import sys; from importlib import util; find = util.find_spec\n"
          "class Setuptools81:\n"
          "  @classmethod\n"
          "  def find_spec(cls, name, path=None, target=None):\n"
          "    if name == 'pkg_resources': raise ModuleNotFoundError(name)\n"
          "sys.meta_path.insert(0, Setuptools81)\n"
          "util.find_spec = lambda name, *args: (\n"
          "    None if name == 'pkg_resources' else find(name, *args))\n"
          "import tensorflow_hub as hub\n"
          "assert hub.load and 'pkg_resources' not in sys.modules\n"
          "import disentanglement_lib\n"
          "assert hub.Module\n")
  result = run(code, tmp_path)
  assert result.returncode == 0, result.stderr[-2000:]


def test_programs_that_import_tensorflow_alone_are_left_alone(tmp_path):
  code = ("import sys; import gin; import tensorflow as tf;"
          "import tensorflow.compat.v1 as tf1;"
          "print(any(hasattr(each, name) for each in (tf, tf1)"
          " for name in ('contrib', 'estimator')),"
          "[name for name in sys.modules if name.startswith(("
          "'sparse_disent.', 'disentanglement_lib', 'tensorflow_estimator',"
          "'tensorflow.contrib', 'tensorflow.estimator'))])")
  assert run(code, tmp_path).stdout == "False []\n"


def test_without_tensorflow_its_absence_is_the_error(tmp_path):
  result = run("import sys; sys.modules['tensorflow'] = None\n"
               "from tensorflow.contrib import tpu", tmp_path)
  assert result.stderr.splitlines()[-1] == (
      "ModuleNotFoundError: No module named 'tensorflow.contrib'; 'tensorflow' "
      "is not a package")


@pytest.mark.parametrize("path", USED)
def test_what_public_code_uses_is_there(path):
  assert attribute(path) is not None


@pytest.mark.parametrize("module", EXPORTS)
def test_every_name_of_tensorflow_1_is_there_or_explained(module):
  for name in EXPORTS[module].split():
    path = f"tensorflow.{module}"
    try:
      assert attribute(f"{module}.{name}") is not None
    except AttributeError as error:
      assert str(error).startswith(
          f"{path}.{name} is not in sparse_disent's stand-in for TensorFlow "
          f"1's {path}: use ")


@pytest.mark.parametrize("path, cure", [
    ("contrib.slim", "the package tf_slim (`pip install --no-deps tf_slim`)"),
    ("contrib.framework.arg_scope",
     "the package tf_slim (`pip install --no-deps tf_slim`)"),
    ("contrib.distributions", "tensorflow_probability.distributions"),
    ("contrib.crf", "tensorflow.compat.v1, or write it yourself"),
    ("contrib.tpu.Topology", "tf.tpu, or training on a CPU or GPU"),
    ("estimator.Estimator",
     "tf.estimator.tpu.TPUEstimator and its TPUEstimatorSpec, which train and "
     "evaluate on a CPU or GPU")])
def test_what_to_use_instead(path, cure):
  parent, _, name = f"tensorflow.{path}".rpartition(".")
  message = (f"{parent}.{name} is not in sparse_disent's stand-in for "
             f"TensorFlow 1's {parent}: use {cure}.")
  with pytest.raises(AttributeError) as error:
    attribute(path)
  assert str(error.value) == message
  for statement in (f"import {parent}.{name}", f"from {parent} import {name}"):
    with pytest.raises(ImportError) as error:
      exec(statement)
    assert str(error.value) == message


def test_what_is_asked_of_every_module_has_pythons_own_error():
  assert not hasattr(tf.contrib, "__file__")
  assert not hasattr(tf.contrib, "__wrapped__")


def test_both_versions_of_tensorflow_have_the_same():
  assert tf2.contrib is tf.contrib
  assert tf2.estimator is tf.estimator
  for name in ("contrib.tpu", "contrib.tpu.python.tpu.tpu_config", "estimator",
               "estimator.tpu"):
    assert (sys.modules[f"tensorflow.{name}"]
            is sys.modules[f"tensorflow.compat.v1.{name}"])


def test_a_module_that_is_there_needs_no_explanation():
  contrib.explain_missing("disentanglement_lib.nonsense")
  contrib.explain_missing("tensorflow.nonsense")


def test_contrib_has_what_upstream_imports():
  assert contrib_tpu.TPUEstimator is estimator.TPUEstimator
  assert contrib_tpu.RunConfig(
      tpu_config=contrib_tpu.TPUConfig(iterations_per_loop=500))


def test_the_repositorys_name_for_it_works_too():
  from tensorflow_estimator.python.estimator.tpu import tpu_config
  from tensorflow_estimator.python.estimator.tpu.tpu_estimator import (
      TPUEstimatorSpec,
  )
  assert tpu_config.RunConfig is estimator.RunConfig
  assert TPUEstimatorSpec is estimator.TPUEstimatorSpec


def test_estimator_names():
  assert tf.estimator.ModeKeys.TRAIN == "train"
  assert tf2.estimator.SessionRunHook is tf.train.SessionRunHook


@pytest.fixture
def checkpoint(tmp_path):
  """The path of one with the variable `there`, [1, 2]."""
  path = str(tmp_path / "model")
  with tf.Graph().as_default(), tf.Session() as session:
    tf.get_variable("there", initializer=np.float32([1., 2.]))
    session.run(tf.global_variables_initializer())
    tf.train.Saver().save(session, path)
  return path


def test_assign_from_checkpoint_fn_restores_under_other_names(checkpoint):
  with tf.Graph().as_default(), tf.Session() as session:
    here = tf.get_variable("here", [2])
    contrib_framework.assign_from_checkpoint_fn(
        checkpoint, {"there": here})(session)
    np.testing.assert_array_equal(session.run(here), [1., 2.])


def test_assign_from_checkpoint_fn_leaves_out_what_is_missing(checkpoint):
  with tf.Graph().as_default(), tf.Session() as session:
    there = tf.get_variable("there", [2, 1])
    other = tf.get_variable("other", initializer=7.)
    session.run(other.initializer)
    contrib_framework.assign_from_checkpoint_fn(
        checkpoint, [there, other], ignore_missing_vars=True,
        reshape_variables=True)(session)
    np.testing.assert_array_equal(session.run(there), [[1.], [2.]])
    assert session.run(other) == 7.
