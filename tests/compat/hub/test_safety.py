import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import graph_pb2
from tensorflow.core.protobuf import saved_model_pb2

from sparse_disent.common import trust
from sparse_disent.compat.hub import building
from sparse_disent.compat.hub import files
from sparse_disent.compat.hub import modules
from sparse_disent.compat.hub import safety

tf1 = tf.compat.v1


def write(path, attack):
  """Writes a module that hides an attack in its only output."""
  def module_fn():
    images = tf1.placeholder(tf.float32, [None, 2])
    kernel = tf1.get_variable("kernel", [2, 2])
    with tf.control_dependencies(attack(images) or []):
      codes = tf.matmul(images, kernel)
    building.add_signature("encode", images, codes)

  spec = building.create_module_spec(module_fn)
  spec.write(str(path), {"kernel": np.eye(2, dtype=np.float32)})
  return str(path)


def encode(path):
  with modules.eval_function_for_module(path) as evaluate:
    return evaluate(np.ones([1, 2], np.float32), signature="encode")


def write_file(images):
  return [tf.io.write_file("ATTACK", tf.as_string(images[0, 0]))]


def in_a_function(images):
  @tf.function
  def function():
    with tf.control_dependencies(write_file(images)):
      return tf.constant(0)

  return [function()]


def in_a_branch(images):
  return [tf1.cond(images[0, 0] > 0, lambda: tf.io.read_file("a"),
                   lambda: "")]


ATTACKS = {
    "WriteFile": write_file,
    "ReadFile": lambda images: [tf.io.read_file("a")],
    "MatchingFiles": lambda images: [tf.io.matching_files("*")],
    "EagerPyFunc": lambda images: [tf.py_function(
        lambda x: x, [images], tf.float32)],
    "PyFunc": lambda images: [tf.numpy_function(
        lambda x: x, [images], tf.float32)],
    "PyFuncStateless": lambda images: [tf1.py_func(
        lambda x: x, [images], tf.float32, stateful=False)],
    "SaveV2": lambda images: [tf.raw_ops.SaveV2(
        prefix="a", tensor_names=["a"], shape_and_slices=[""],
        tensors=[images])],
    "RestoreV2": lambda images: tf.raw_ops.RestoreV2(
        prefix="a", tensor_names=["a"], shape_and_slices=[""],
        dtypes=[tf.float32]),
    "PrintV2": lambda images: [tf.print(images, output_stream="file://a")],
    "DebugIdentityV2": lambda images: [tf.raw_ops.DebugIdentityV2(
        input=images, debug_urls=["file:///a"])],
    "TFRecordDataset": lambda images: [tf.raw_ops.TFRecordDataset(
        filenames="a", compression_type="", buffer_size=1)],
    "TextLineReaderV2": lambda images: [tf.raw_ops.TextLineReaderV2()],
    "InitializeTableFromTextFileV2": lambda images: [
        tf.raw_ops.InitializeTableFromTextFileV2(
            table_handle=tf.raw_ops.HashTableV2(
                key_dtype=tf.int64, value_dtype=tf.int64),
            filename="a", key_index=-2, value_index=-1, vocab_size=-1)],
    "GenerateVocabRemapping": lambda images: [
        tf.raw_ops.GenerateVocabRemapping(
            new_vocab_file="a", old_vocab_file="b", new_vocab_offset=0,
            num_new_vocab=1, old_vocab_size=-1)[0]],
    "Abort": lambda images: [tf.raw_ops.Abort()],
}


@pytest.mark.parametrize("op", ATTACKS)
def test_operations_that_reach_beyond_are_refused(
    tmp_path, monkeypatch, op):
  monkeypatch.chdir(tmp_path)
  path = write(tmp_path / "tfhub", ATTACKS[op])
  with pytest.raises(ValueError, match=(
      f"The model in '{path}' is not loaded, .*{op} .*--trust")) as error:
    encode(path)
  assert "\n" not in str(error.value)
  assert not (tmp_path / "ATTACK").exists()


@pytest.mark.parametrize("attack", [write_file, in_a_function])
def test_with_trust_the_module_runs(tmp_path, monkeypatch, attack):
  """Thus the modules of these tests are attacks indeed."""
  monkeypatch.chdir(tmp_path)
  path = write(tmp_path / "tfhub", attack)
  with pytest.raises(ValueError, match="WriteFile"):
    encode(path)
  monkeypatch.setenv(trust.VARIABLE, "1")
  encode(path)
  assert (tmp_path / "ATTACK").read_text() == "1.000000"


def test_branches_are_looked_into(tmp_path):
  with pytest.raises(ValueError, match="ReadFile"):
    encode(write(tmp_path / "tfhub", in_a_branch))


@pytest.mark.parametrize("harmless", [
    lambda images: [], lambda images: [tf.print(images)],
    lambda images: [tf1.Print(images, [images])],
    lambda images: [tf1.assert_equal(images, images)],
    lambda images: [tf.random.normal([2]), tf1.random.poisson([1.], [2])],
    lambda images: [tf.io.decode_png(b"")],
    lambda images: tf.while_loop(lambda i: i < 3, lambda i: [i + 1], [0]),
    lambda images: [tf.map_fn(lambda x: 2 * x, images)]])
def test_what_models_compute_is_loaded(tmp_path, harmless):
  spec = modules.load_module_spec(write(tmp_path / "tfhub", harmless))
  assert spec.get_signature_names() == ["encode"]


def test_what_computes_initial_values_is_left_out(tmp_path, monkeypatch):
  """A nested module of TensorFlow 1 restores them from a path that is gone."""
  def module_fn():
    images = tf1.placeholder(tf.float32, [None, 2])
    kernel = tf1.get_variable("kernel", initializer=tf.ensure_shape(
        tf.raw_ops.RestoreV2(prefix="gone", tensor_names=["a"],
                             shape_and_slices=[""], dtypes=[tf.float32])[0],
        [2, 2]))
    building.add_signature("encode", images, tf.matmul(images, kernel))

  spec = building.create_module_spec(module_fn)
  with monkeypatch.context() as patch:
    patch.setattr(files.portability, "without_initial_values", lambda x: x)
    spec.write(str(tmp_path / "tfhub"), {"kernel": np.eye(2, dtype=np.float32)})
  assert b"RestoreV2" in (tmp_path / "tfhub/saved_model.pb").read_bytes()
  np.testing.assert_array_equal(encode(str(tmp_path / "tfhub")), [[1, 1]])


def test_an_unknown_operation_is_refused(tmp_path):
  graph_def = graph_pb2.GraphDef()
  graph_def.node.add(name="a", op="OfAnotherLibrary")
  with pytest.raises(ValueError, match="OfAnotherLibrary [(]'a'[)]"):
    safety.check("x", [graph_def])


def test_a_saver_of_the_module_is_not_kept(tmp_path, monkeypatch):
  """To restore by it would run any operation that it names."""
  path = write(tmp_path / "tfhub", lambda images: [])
  place = tmp_path / "tfhub/saved_model.pb"
  saved_model = saved_model_pb2.SavedModel.FromString(place.read_bytes())
  saved_model.meta_graphs[0].saver_def.restore_op_name = "attack"
  place.write_bytes(saved_model.SerializeToString())
  (meta_graph,), _ = files.read(path)
  assert not meta_graph.HasField("saver_def")
