import numpy as np
import pytest
import tensorflow as tf

from sparse_disent.compat.hub import building
from sparse_disent.compat.hub import specs

tf1 = tf.compat.v1

KERNEL = np.random.RandomState(1).normal(size=(3, 2)).astype(np.float32)


def module_fn(extra=False):
  images = tf1.placeholder(tf.float32, [None, 3])
  kernel = tf1.get_variable("kernel", [3, 2])
  if extra:
    tf1.get_variable("extra", [])
  building.add_signature(
      "encode", {"images": images}, {"mean": tf.matmul(images, kernel)})


def save_checkpoint(path, **variables):
  with tf.Graph().as_default():
    variables = {name: tf1.get_variable(name, initializer=tf.constant(value))
                 for name, value in variables.items()}
    with tf1.Session() as session:
      session.run(tf1.global_variables_initializer())
      return tf1.train.Saver(variables).save(session, str(path))


@pytest.fixture(name="spec")
def module_spec():
  return building.create_module_spec(module_fn)


def test_infos_have_type_and_shape(spec):
  images = spec.get_input_info_dict("encode")["images"]
  mean = spec.get_output_info_dict("encode")["mean"]
  assert (images.dtype, images.get_shape().as_list()) == (
      tf.float32, [None, 3])
  assert (mean.dtype, mean.get_shape().as_list()) == (tf.float32, [None, 2])


def test_unknown_tags_and_signature(spec):
  with pytest.raises(ValueError, match=(
      r"no graph for the tags \['train'\]: use one of \[\[\]\]")):
    spec.get_signature_names({"train"})
  with pytest.raises(ValueError, match=r"no signature 'x': use one of \['enc"):
    spec.get_input_info_dict("x")


@pytest.mark.parametrize("directory", [False, True])
def test_export_takes_values_from_a_checkpoint(spec, tmp_path, directory):
  path = save_checkpoint(tmp_path / "model.ckpt", kernel=KERNEL)
  spec.export(tmp_path / "tfhub",
              checkpoint_path=tmp_path if directory else path)
  loaded = specs.load_module_spec(tmp_path / "tfhub")
  np.testing.assert_array_equal(
      tf.train.load_variable(loaded.checkpoint, "kernel"), KERNEL)
  assert loaded.get_tags() == [set()]
  assert loaded.get_signature_names() == ["encode"]


def test_export_translates_names(spec, tmp_path):
  path = save_checkpoint(tmp_path / "model.ckpt", **{"vae/kernel": KERNEL})
  spec.export(tmp_path / "tfhub", checkpoint_path=path,
              name_transform_fn=lambda name: "vae/" + name)
  loaded = specs.load_module_spec(tmp_path / "tfhub")
  assert tf.train.list_variables(loaded.checkpoint) == [("kernel", [3, 2])]


@pytest.mark.parametrize(("variables", "text"), [
    ({"bias": KERNEL}, "has no 'kernel', which the module needs for its "
     "variable 'kernel': give the checkpoint of the same model, or a name_tr"),
    ({"kernel": KERNEL.T}, r"'kernel' has the shape \(2, 3\) in the checkpoint "
     r"'.*model.ckpt' and \(3, 2\) in the module: give"),
])
def test_checkpoint_of_another_model(spec, tmp_path, variables, text):
  path = save_checkpoint(tmp_path / "model.ckpt", **variables)
  with pytest.raises(ValueError, match=text):
    spec.export(tmp_path / "tfhub", checkpoint_path=path)
  assert not (tmp_path / "tfhub").exists()


def test_export_without_checkpoint(spec, tmp_path):
  with pytest.raises(ValueError, match=(
      "checkpoint_path must be a checkpoint, got None: give")):
    spec.export(tmp_path / "tfhub")


def test_write_needs_the_variables_of_all_graphs(tmp_path):
  spec = building.create_module_spec(
      module_fn, [(set(), {}), ({"train"}, {"extra": True})])
  with pytest.raises(ValueError, match=(
      r"no value for the variables \['extra'\], which a graph of the module "
      "with other tags has. Instantiate")):
    spec.write(tmp_path / "tfhub", {"kernel": KERNEL})


def test_partitioned_variables_are_refused():
  def partitioned():
    with tf1.variable_scope(
        "", partitioner=tf1.fixed_size_partitioner(3)):
      module_fn()

  with pytest.raises(ValueError, match=(
      "'kernel/part_0.*' is a part of a partitioned variable, .*: build the "
      "module without")):
    building.create_module_spec(partitioned)


def test_sparse_inputs_are_refused(spec):
  info = spec.meta_graph().signature_def["encode"].inputs["images"]
  info.coo_sparse.values_tensor_name = "values:0"
  with pytest.raises(ValueError, match="'images' of the module's signature is"):
    spec.get_input_info_dict("encode")
