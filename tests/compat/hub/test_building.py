import pytest
import tensorflow as tf

from sparse_disent.compat.hub import building

tf1 = tf.compat.v1


def identity_module(scale=1.):
  images = tf1.placeholder(tf.float32, [None, 3])
  building.add_signature(None, images, scale * images)


def test_one_tensor_is_named_default():
  spec = building.create_module_spec(identity_module)
  assert spec.get_tags() == [set()]
  assert spec.get_signature_names() == ["default"]
  assert list(spec.get_input_info_dict()) == ["default"]
  assert list(spec.get_output_info_dict()) == ["default"]


def test_tags_and_args_are_passed_on():
  scales = []
  spec = building.create_module_spec(
      lambda scale: (scales.append(scale), identity_module(scale)),
      [({"train"}, {"scale": 2.}), (set(), {"scale": 3.})])
  assert scales == [2., 3.]
  assert spec.get_tags() == [set(), {"train"}]


def test_variables_are_resources_unless_asked_otherwise():
  kinds = []

  def module_fn():
    identity_module()
    kinds.append(tf1.get_variable("new", []).op.type)
    with tf1.variable_scope("", use_resource=False):
      kinds.append(tf1.get_variable("old", []).op.type)

  building.create_module_spec(module_fn)
  assert kinds == ["VarHandleOp", "VariableV2"]


def test_tags_given_twice():
  with pytest.raises(ValueError, match=r"tags \['train'\] twice: give each"):
    building.create_module_spec(
        identity_module, [({"train"}, {}), ({"train"}, {})])


def test_no_signature():
  with pytest.raises(ValueError, match="no signature: call add_signature in"):
    building.create_module_spec(lambda: None)


def test_signature_declared_twice():
  with pytest.raises(ValueError, match="'default' is declared twice: give"):
    building.create_module_spec(lambda: (identity_module(),
                                          identity_module()))


def test_signature_outside_of_a_module():
  with tf.Graph().as_default():
    with pytest.raises(RuntimeError, match=(
        "for 'default' outside of a module: call it in the module_fn")):
      identity_module()


def test_failed_module_fn_ends_the_module():
  with pytest.raises(ZeroDivisionError):
    building.create_module_spec(lambda: 1 / 0)
  test_signature_outside_of_a_module()


def test_signature_of_a_variable():
  def module_fn():
    building.add_signature("x", None, {"y": tf1.get_variable("v", [])})

  with pytest.raises(TypeError, match=(
      "output 'y' of the signature 'x' must be a dense tensor, got .*: convert "
      "it with")):
    building.create_module_spec(module_fn)


def test_placeholder_that_is_no_input():
  def module_fn():
    rate = tf1.placeholder(tf.float32, name="rate")
    images = tf1.placeholder(tf.float32, [None, 3])
    building.add_signature("encode", images, rate * images)

  with pytest.raises(ValueError, match=(
      r"'encode' reads the placeholders \['rate'\], which are not among its "
      "inputs: add them")):
    building.create_module_spec(module_fn)


def test_collections():
  def module_fn():
    identity_module()
    tf1.train.get_or_create_global_step()
    tf1.add_to_collection("losses", tf.constant(1.))
    tf1.add_to_collection("update_ops", tf.constant(1.))

  with pytest.raises(ValueError, match=(
      r"the collections \['losses'\], which a module cannot have: give "
      "drop_collections")):
    building.create_module_spec(module_fn)
  spec = building.create_module_spec(module_fn, drop_collections=["losses"])
  # tensorflow_hub 0.12 refuses to read a module with other collections.
  assert sorted(spec.meta_graph().collection_def) == [
      "update_ops", "variables"]
