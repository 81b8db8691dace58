"""TF1 hub modules, which tensorflow_hub 0.13 dropped, on TensorFlow 2.

Upstream exports every model as such a module. It reads the module again to
extract representations, to evaluate and to visualize. This file has the
functions and classes that upstream uses, with their old names and arguments.
Eager code in the same process is not affected.
"""
import contextlib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from sparse_disent.compat.hub import importing
from sparse_disent.compat.hub.building import add_signature
from sparse_disent.compat.hub.building import create_module_spec
from sparse_disent.compat.hub.specs import ModuleSpec
from sparse_disent.compat.hub.specs import load_module_spec
from sparse_disent.compat.training import literal_paths

__all__ = ["Module", "ModuleSpec", "add_signature", "create_module_spec",
           "eval_function_for_module", "load_module_spec"]


class Module:
  """A module in the current graph; all its applications share its variables.

  Initialising the graph's variables gives a module read from a path its saved
  values, and runs the initializers of a module that was just created.
  """

  @tf.autograph.experimental.do_not_convert
  def __init__(self, spec: Any, trainable: bool = False, name: str = "module",
               tags: Iterable[str] | None = None) -> None:
    """Creates the variables of a module in the current graph.

    Args:
      spec: `ModuleSpec`, or path of a module.
      trainable: whether the module's trainable variables stay trainable, and
        its update ops and regularization losses are added to the graph's
        collections.
      name: variable scope of the module's variables, within the current
        variable scope; a number is appended if it is in use.
      tags: set of tags of the graph to use; by default the one without tags.

    Raises:
      RuntimeError: in eager mode.
      ValueError: if the path holds no complete module, or if the module has no
        graph with these tags.
    """
    if tf.executing_eagerly():
      raise RuntimeError(
          f"hub.Module({str(spec)!r}) needs a graph, and eager mode is on: "
          "create and use it inside `with tf.Graph().as_default():`.")
    if not isinstance(spec, ModuleSpec):
      spec = load_module_spec(spec)
    self._graph = tf.compat.v1.get_default_graph()
    self._spec = spec
    self._tags = frozenset(tags or ())
    self._trainable = trainable
    meta_graph = spec.meta_graph(self._tags)
    scope = _unused_scope(name)
    self._name = scope.rpartition("/")[2]
    # The state must not depend on the name scope and the control flow around
    # the call that creates the module.
    with tf.control_dependencies(None), self._graph.name_scope(None):
      self._state, self._variable_map = importing.import_state(
          meta_graph, scope, trainable)
      if spec.checkpoint and self._variable_map:
        tf.compat.v1.train.init_from_checkpoint(
            literal_paths.literal(spec.checkpoint), self._variable_map)

  @tf.autograph.experimental.do_not_convert
  def __call__(
      self, inputs: Any = None, *, signature: str | None = None,
      as_dict: bool | None = None) -> tf.Tensor | dict[str, tf.Tensor]:
    """Applies a signature in the current name scope.

    Args:
      inputs: dict from the signature's input names to tensors or arrays. A
        signature with one input also takes its tensor or array alone.
      signature: name of the signature; 'default' if left out.
      as_dict: whether to return all outputs, not 'default' alone.

    Returns:
      Dict from output names to tensors if `as_dict`, else the tensor of the
      output 'default'.

    Raises:
      RuntimeError: if the current graph is not the module's.
      TypeError: if the inputs differ from the signature's in name, type or
        shape.
      ValueError: if there is no such signature or output.
    """
    self._check_graph(tf.compat.v1.get_default_graph())
    signature = signature or "default"
    signature_def = self._spec.signature_def(signature, self._tags)
    inputs = _named_inputs(inputs, self.get_input_info_dict(signature))
    self.get_output_info_dict(signature)  # Raises an error if not supported.
    outputs = importing.import_application(
        self._spec.meta_graph(self._tags),
        f"{self._name}_apply_{signature.replace(':', '_')}", signature_def,
        inputs, self._state, self._trainable)
    return _select(outputs, signature, as_dict)

  def _check_graph(self, graph):
    if graph is not self._graph:
      raise RuntimeError(
          f"The module '{self._name}' was created in another graph than "
          f"{graph}: create and use it in the same graph, outside of "
          "tf.function and tf.cond.")

  @property
  def variable_map(self) -> dict[str, tf.Variable]:
    """Dict from the variables' names in the module to variables."""
    return dict(self._variable_map)

  @property
  def variables(self) -> list[tf.Variable]:
    """List of the module's variables, sorted by their names in the module."""
    return [self._variable_map[name] for name in sorted(self._variable_map)]

  def get_signature_names(self) -> list[str]:
    """Returns the names of the signatures."""
    return self._spec.get_signature_names(self._tags)

  def get_input_info_dict(
      self, signature: str | None = None) -> dict[str, Any]:
    """Returns a dict from input names to objects with dtype and get_shape()."""
    return self._spec.get_input_info_dict(signature, self._tags)

  def get_output_info_dict(
      self, signature: str | None = None) -> dict[str, Any]:
    """Returns a dict from output names to objects like those for inputs."""
    return self._spec.get_output_info_dict(signature, self._tags)

  def export(self, path: Any, session: tf.compat.v1.Session) -> None:
    """Writes the module with the values its variables have in a session.

    Args:
      path: directory to be created.
      session: session of the module's graph.

    Raises:
      FileExistsError: if `path` exists.
      RuntimeError: if the session runs another graph.
      ValueError: if a graph of the module with other tags has variables that
        this one lacks.
    """
    self._check_graph(session.graph)
    self._spec.write(path, session.run(self._variable_map))


def _unused_scope(name):
  """Returns the path of a scope free for both variables and ops."""
  graph = tf.compat.v1.get_default_graph()
  while True:
    with tf.compat.v1.variable_scope(
        None, default_name=name, auxiliary_name_scope=False) as scope:
      path = scope.name
    with graph.name_scope(None):
      if graph.unique_name(path, mark_as_used=False) == path:
        return path


def _named_inputs(inputs, infos):
  """Checks the inputs of a signature and returns them as a dict of tensors."""
  inputs = _as_dict(inputs, infos)
  return {name: _as_tensor(name, inputs[name], info)
          for name, info in infos.items()}


def _as_dict(inputs, infos):
  if inputs is None:
    inputs = {}
  elif not isinstance(inputs, dict):
    if len(infos) != 1:
      raise TypeError(
          f"The signature has the inputs {sorted(infos)}, got one value that "
          "is no dict: give a dict with these keys.")
    inputs = {next(iter(infos)): inputs}
  if inputs.keys() != infos.keys():
    raise TypeError(
        f"The signature has the inputs {sorted(infos)}, got "
        f"{sorted(inputs)}: give a dict with exactly these keys.")
  return inputs


def _as_tensor(name, value, info):
  try:
    tensor = tf.convert_to_tensor(value, info.dtype)
    compatible = info.shape.is_compatible_with(tensor.shape)
  except (TypeError, ValueError):
    tensor, compatible = value, False
  if not compatible:
    raise TypeError(
        f"The input '{name}' must be {info.dtype.name} of shape {info.shape}, "
        f"got {tensor!r}: convert it first.")
  return tensor


def _select(outputs, signature, as_dict):
  if as_dict:
    return outputs
  if "default" not in outputs:
    raise ValueError(
        f"The signature '{signature}' has no output 'default' but "
        f"{sorted(outputs)}: use as_dict=True.")
  return outputs["default"]


@contextlib.contextmanager
def eval_function_for_module(
    spec: Any, tags: Iterable[str] | None = None
) -> Iterator[Callable[..., Any]]:
  """Yields a function that evaluates a module on arrays.

  Each signature is built once, when it is first called. All calls share one
  session.

  Args:
    spec: `ModuleSpec`, or path of a module.
    tags: set of tags of the graph to use; by default the one without tags.

  Yields:
    Function with the parameters of `Module.__call__`. It takes and returns
    arrays.

  Raises:
    ValueError: if the path holds no complete module, or if the module has no
      graph with these tags.
  """
  with tf.Graph().as_default() as graph:
    module = Module(spec, tags=tags)
    initializers = [tf.compat.v1.global_variables_initializer(),
                    tf.compat.v1.tables_initializer()]
  built = {}

  def evaluate(inputs=None, *, signature=None, as_dict=None):
    """Returns the outputs of a signature for the given arrays."""
    signature = signature or "default"
    if signature not in built:
      with graph.as_default():
        built[signature] = _build_signature(module, signature)
    placeholders, outputs = built[signature]
    inputs = _as_dict(inputs, placeholders)
    return session.run(
        _select(outputs, signature, as_dict),
        {placeholders[name]: value for name, value in inputs.items()})

  with contextlib.closing(tf.compat.v1.Session(graph=graph)) as session:
    session.run(initializers)
    yield evaluate


def _build_signature(module, signature):
  placeholders = {
      name: tf.compat.v1.placeholder(info.dtype, info.get_shape())
      for name, info in module.get_input_info_dict(signature).items()}
  outputs = module(placeholders, signature=signature, as_dict=True)
  return placeholders, outputs
