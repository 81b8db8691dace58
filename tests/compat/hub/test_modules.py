import numpy as np
import pytest
import tensorflow as tf

from sparse_disent.compat.hub import modules

tf1 = tf.compat.v1

IMAGES = np.random.RandomState(0).normal(size=(4, 3)).astype(np.float32)
KERNEL = np.random.RandomState(1).normal(size=(3, 2)).astype(np.float32)


def linear_module():
  """Declares y = x K and its transpose as two signatures of one kernel."""
  images = tf1.placeholder(tf.float32, [None, 3])
  codes = tf1.placeholder(tf.float32, [None, 2])
  kernel = tf1.get_variable(
      "encoder/kernel", initializer=tf.constant(KERNEL))
  modules.add_signature(
      "encode", {"images": images},
      {"default": tf.matmul(images, kernel), "images": images})
  modules.add_signature(
      "decode", codes, tf.matmul(codes, kernel, transpose_b=True))


def norm_module(is_training=True):
  """Declares batch normalisation of the inputs of two signatures."""
  for name in ("one", "two"):
    values = tf1.placeholder(tf.float32, [None, 3])
    kernel = tf1.get_variable(
        name + "/kernel", [3, 3], initializer=tf1.ones_initializer(),
        regularizer=lambda kernel: tf.reduce_sum(kernel))
    moving_mean = tf1.get_variable(
        name + "/moving_mean", [3], initializer=tf1.zeros_initializer(),
        trainable=False)
    batch_mean = tf.reduce_mean(values, 0)
    if is_training:
      tf1.add_to_collection(
          tf1.GraphKeys.UPDATE_OPS, moving_mean.assign(
              0.9 * moving_mean + 0.1 * batch_mean))
    mean = batch_mean if is_training else moving_mean
    modules.add_signature(name, values, tf.matmul(values - mean, kernel))


def initialised_session():
  session = tf1.Session()
  session.run(tf1.global_variables_initializer())
  return session


def export(module_fn, path, **kwargs):
  """Exports a module with the values of its initializers."""
  with tf.Graph().as_default():
    module = modules.Module(modules.create_module_spec(module_fn, **kwargs))
    with initialised_session() as session:
      module.export(path, session)
  return str(path)


@pytest.fixture(name="path")
def linear_path(tmp_path):
  return export(linear_module, tmp_path / "tfhub")


def names(collection):
  return [item.name for item in tf1.get_collection(collection)]


def test_signatures_share_the_variables_of_a_module(path):
  with tf.Graph().as_default():
    module = modules.Module(path)
    codes = module(dict(images=IMAGES), signature="encode")
    images = module(codes, signature="decode")
    with initialised_session() as session:
      np.testing.assert_allclose(
          session.run(images), IMAGES @ KERNEL @ KERNEL.T, rtol=1e-5)
    assert names("variables") == ["module/encoder/kernel:0"]
    assert list(module.variable_map) == ["encoder/kernel"]
    assert module.variables == tf1.global_variables()


def test_output_that_is_an_input(path):
  with tf.Graph().as_default():
    images = tf.constant(IMAGES)
    outputs = modules.Module(path)(images, signature="encode", as_dict=True)
  assert outputs["images"] is images


def test_modules_have_variables_of_their_own(path):
  with tf.Graph().as_default():
    first, second = modules.Module(path), modules.Module(path)
    assign = first.variables[0].assign(np.zeros_like(KERNEL))
    with initialised_session() as session:
      session.run(assign)
      values = session.run([first.variables[0], second.variables[0]])
  np.testing.assert_array_equal(values[0], np.zeros_like(KERNEL))
  np.testing.assert_array_equal(values[1], KERNEL)


def test_variables_follow_variable_scopes_and_ops_name_scopes(path):
  with tf.Graph().as_default():
    tf1.get_variable("outer/encoder", [])
    with tf1.variable_scope("outer"), tf1.name_scope("names"):
      applied = [modules.Module(path, name="enc") for _ in range(2)]
      outputs = [module(IMAGES, signature="encode") for module in applied]
    assert [module.variables[0].name for module in applied] == [
        "outer/enc/encoder/kernel:0", "outer/enc_1/encoder/kernel:0"]
    assert [module.variable_map.keys() for module in applied] == [
        {"encoder/kernel"}] * 2
    assert [output.name for output in outputs] == [
        "outer/names/enc_apply_encode/MatMul:0",
        "outer/names/enc_1_apply_encode/MatMul:0"]


def test_name_scope_that_is_taken_is_not_entered(path):
  with tf.Graph().as_default():
    tf.constant(1., name="module")
    assert modules.Module(path).variables[0].name == "module_1/encoder/kernel:0"


def test_creation_ignores_surrounding_control_dependencies(path):
  with tf.Graph().as_default():
    never_fed = tf1.placeholder(tf.float32)
    with tf.control_dependencies([never_fed]):
      module = modules.Module(path)
    with initialised_session() as session:
      np.testing.assert_array_equal(session.run(module.variables[0]), KERNEL)


def test_keras_lambda_layer_creates_a_module(path):
  def encode(images):
    return modules.Module(path)(dict(images=images), signature="encode")

  with tf.Graph().as_default():
    layer = tf1.keras.layers.Lambda(encode)
    codes = layer(tf.constant(IMAGES))
    with initialised_session() as session:
      np.testing.assert_allclose(
          session.run(codes), IMAGES @ KERNEL, rtol=1e-5)
    assert not tf1.trainable_variables()


@pytest.mark.parametrize("trainable", [False, True])
def test_trainable_decides_who_trains(path, trainable):
  with tf.Graph().as_default():
    module = modules.Module(path, trainable=trainable)
    variable = module.variables[0]
    loss = tf.reduce_sum(module(IMAGES, signature="encode"))
    gradient, = tf.gradients(loss, [variable])
    assert tf1.trainable_variables() == [variable] * trainable
    assert variable.trainable == trainable
    with initialised_session() as session:
      # d/dK sum(x K) is the column sum of x in every column.
      np.testing.assert_allclose(
          session.run(gradient), np.tile(IMAGES.sum(0)[:, None], 2),
          rtol=1e-5)


def test_trainable_module_collects_what_its_inputs_feed(tmp_path):
  path = export(norm_module, tmp_path / "tfhub")
  with tf.Graph().as_default():
    module = modules.Module(path, trainable=True)
    assert names("update_ops") == []
    assert len(names("regularization_losses")) == 2
    module(IMAGES, signature="one")
    update, = tf1.get_collection("update_ops")
    assert len(names("regularization_losses")) == 2
    assert [variable.op.name for variable in tf1.trainable_variables()] == [
        "module/one/kernel", "module/two/kernel"]
    with initialised_session() as session:
      session.run(update)
      mean, other = session.run([module.variable_map["one/moving_mean"],
                                 module.variable_map["two/moving_mean"]])
      losses = session.run(tf1.losses.get_regularization_losses())
  np.testing.assert_allclose(mean, 0.1 * IMAGES.mean(0), rtol=1e-5)
  np.testing.assert_array_equal(other, [0., 0., 0.])
  assert losses == [9., 9.]


def test_frozen_module_collects_nothing(tmp_path):
  path = export(norm_module, tmp_path / "tfhub")
  with tf.Graph().as_default():
    modules.Module(path)(IMAGES, signature="one")
    assert names("update_ops") == []
    assert names("regularization_losses") == []
    assert names("trainable_variables") == []


@pytest.mark.filterwarnings("ignore:`tf.layers.batch_normalization`")
def test_layers_batch_normalization_keeps_its_update_ops(tmp_path):
  def module_fn():
    images = tf1.placeholder(tf.float32, [None, 3])
    modules.add_signature(None, images, tf1.layers.batch_normalization(
        images, training=True, momentum=0.9))

  path = export(module_fn, tmp_path / "tfhub")
  with tf.Graph().as_default():
    module = modules.Module(path, trainable=True)
    module(IMAGES)
    with initialised_session() as session:
      session.run(tf1.get_collection("update_ops"))
      mean = session.run(
          module.variable_map["batch_normalization/moving_mean"])
  np.testing.assert_allclose(mean, 0.1 * IMAGES.mean(0), rtol=1e-5)


def test_tags_choose_the_graph(tmp_path):
  path = export(norm_module, tmp_path / "tfhub", tags_and_args=[
      ({"train"}, {"is_training": True}), (set(), {"is_training": False})])
  ones = np.ones([3, 3], np.float32)
  with modules.eval_function_for_module(path) as f:
    np.testing.assert_allclose(
        f(IMAGES, signature="one"), IMAGES @ ones, rtol=1e-4, atol=1e-6)
  with modules.eval_function_for_module(path, tags={"train"}) as f:
    np.testing.assert_allclose(
        f(IMAGES, signature="one"), (IMAGES - IMAGES.mean(0)) @ ones,
        rtol=1e-4, atol=1e-6)
  with pytest.raises(ValueError, match=(
      r"no graph for the tags \['x'\]: use one of \[\[\], \['train'\]\]")):
    with modules.eval_function_for_module(path, tags={"x"}):
      pass


def test_nested_module_is_initialised_from_the_inner_one(path, tmp_path):
  def module_fn():
    inner = modules.Module(path)
    info = inner.get_input_info_dict(signature="encode")["images"]
    images = tf1.placeholder(info.dtype, info.get_shape())
    codes = inner(dict(images=images), signature="encode", as_dict=True)
    with tf1.variable_scope("transform"):
      scale = tf1.get_variable("scale", initializer=tf.constant(3.))
    modules.add_signature("representation", {"images": images},
                      {"default": scale * codes["default"]})

  with tf.Graph().as_default():
    module = modules.Module(
        modules.create_module_spec(module_fn), trainable=True)
    assert sorted(module.variable_map) == [
        "module/encoder/kernel", "transform/scale"]
    assert names("trainable_variables") == ["module/transform/scale:0"]
    with initialised_session() as session:
      module.export(tmp_path / "outer", session)
  assert path.encode() not in (tmp_path / "outer/saved_model.pb").read_bytes()
  (tmp_path / "tfhub").rename(tmp_path / "moved")
  with modules.eval_function_for_module(tmp_path / "outer") as f:
    np.testing.assert_allclose(
        f(dict(images=IMAGES), signature="representation"),
        3. * IMAGES @ KERNEL, rtol=1e-5)


def test_random_ops_are_drawn_for_each_application(tmp_path):
  def module_fn():
    images = tf1.placeholder(tf.float32, [None, 3])
    modules.add_signature(None, images, tf.random.normal(tf.shape(images)))

  path = export(module_fn, tmp_path / "tfhub")
  with tf.Graph().as_default(), tf1.Session() as session:
    module = modules.Module(path)
    first, second = session.run([module(IMAGES), module(IMAGES)])
  assert np.all(first != second)


def test_global_step_of_a_module_is_a_variable_of_the_module(tmp_path):
  def module_fn():
    images = tf1.placeholder(tf.float32, [None, 3])
    step = tf1.train.get_or_create_global_step()
    noise = tf.random.stateless_normal(
        tf.shape(images), tf.stack([tf.constant(7, tf.int64), step]))
    modules.add_signature(None, images, noise)

  path = export(module_fn, tmp_path / "tfhub")
  with tf.Graph().as_default():
    step = tf1.train.get_or_create_global_step()
    module = modules.Module(path)
    noise = module(IMAGES)
    assert tf1.get_collection("global_step") == [step]
    with initialised_session() as session:
      module.variable_map["global_step"].load(5, session)
      drawn = session.run(noise)
  np.testing.assert_array_equal(
      drawn, tf.random.stateless_normal([4, 3], [7, 5]))


def test_evaluation_takes_batches_of_any_size(path):
  with modules.eval_function_for_module(path) as f:
    for size in (1, 4, 0, 2):
      np.testing.assert_allclose(
          f(IMAGES[:size], signature="encode"), IMAGES[:size] @ KERNEL,
          rtol=1e-5)
    outputs = f(dict(images=IMAGES), signature="encode", as_dict=True)
  assert sorted(outputs) == ["default", "images"]


def test_evaluation_builds_a_signature_once_and_only_if_asked(
    path, monkeypatch):
  applied = []
  call = modules.Module.__call__

  def counting_call(self, *args, signature, **kwargs):
    applied.append(signature)
    return call(self, *args, signature=signature, **kwargs)

  monkeypatch.setattr(modules.Module, "__call__", counting_call)
  with modules.eval_function_for_module(path) as f:
    for as_dict in (False, True, False):
      f(IMAGES, signature="encode", as_dict=as_dict)
  assert applied == ["encode"]


def test_evaluation_leaves_eager_mode_and_default_graph_alone(path):
  with tf.Graph().as_default() as graph:
    with modules.eval_function_for_module(path) as f:
      f(IMAGES, signature="encode")
      assert tf1.get_default_graph() is graph
    assert not graph.get_operations()
  with modules.eval_function_for_module(path):
    assert tf.executing_eagerly()


def test_export_refuses_what_exists(path):
  with tf.Graph().as_default():
    module = modules.Module(path)
    with initialised_session() as session:
      with pytest.raises(FileExistsError, match=(
          f"'{path}': it exists already. Delete it, or")):
        module.export(path, session)


def test_export_of_a_session_keeps_its_values(path, tmp_path):
  with tf.Graph().as_default() as graph:
    module = modules.Module(path)
    assign = module.variables[0].assign(2 * KERNEL)
    with initialised_session() as session:
      graph.finalize()
      session.run(assign)
      module.export(tmp_path / "doubled", session)
  with modules.eval_function_for_module(tmp_path / "doubled") as f:
    np.testing.assert_allclose(
        f(IMAGES, signature="encode"), IMAGES @ (2 * KERNEL), rtol=1e-5)


def test_export_of_a_session_of_another_graph(path, tmp_path):
  with tf.Graph().as_default():
    module = modules.Module(path)
  with tf.Graph().as_default(), tf1.Session() as session:
    with pytest.raises(RuntimeError, match="created in another graph"):
      module.export(tmp_path / "new", session)


def test_module_in_eager_mode(path):
  with pytest.raises(RuntimeError, match=(
      r"needs a graph, and eager mode is on: create and use it inside `with "
      r"tf.Graph\(\).as_default\(\):`")):
    modules.Module(path)


def test_module_applied_in_another_graph(path):
  with tf.Graph().as_default():
    module = modules.Module(path)
  with tf.Graph().as_default():
    with pytest.raises(RuntimeError, match="in the same graph, outside of"):
      module(IMAGES, signature="encode")


@pytest.mark.parametrize(("inputs", "signature", "error", "text"), [
    (IMAGES, "x", ValueError,
     r"no signature 'x': use one of \['decode', 'encode'\]"),
    (IMAGES, None, ValueError, "no signature 'default'"),
    ({"image": IMAGES}, "encode", TypeError,
     r"has the inputs \['images'\], got \['image'\]"),
    (None, "encode", TypeError, r"has the inputs \['images'\], got \[\]"),
    (IMAGES.T, "encode", TypeError,
     r"'images' must be float32 of shape \(None, 3\), got "),
    ("x", "encode", TypeError, "must be float32"),
])
def test_application_errors(path, inputs, signature, error, text):
  with tf.Graph().as_default():
    module = modules.Module(path)
    with pytest.raises(error, match=text):
      module(inputs, signature=signature)


def test_output_default_that_is_not_there(tmp_path):
  def module_fn():
    images = tf1.placeholder(tf.float32, [None, 3])
    modules.add_signature("encode", images, {"mean": 2. * images})

  path = export(module_fn, tmp_path / "tfhub")
  with modules.eval_function_for_module(path) as f:
    with pytest.raises(ValueError, match=(
        r"no output 'default' but \['mean'\]: use as_dict=True")):
      f(IMAGES, signature="encode")
