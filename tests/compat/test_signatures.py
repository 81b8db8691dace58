"""Whatever replaces a function of upstream's is called as upstream's is.

Names, order and defaults of parameters are read from upstream's source text,
which nothing has patched.
"""
import ast
import importlib
import inspect
import pathlib

import disentanglement_lib
import pytest
import tensorflow_hub as hub

ROOT = pathlib.Path(disentanglement_lib.__file__).parent
# They hand everything on, whatever it is.
PASSED_ON = ["*args", "**kwargs"]


def module_names():
  for path in sorted(ROOT.rglob("*.py")):
    if path.name != "__init__.py" and not path.stem.endswith("_test"):
      yield ".".join(path.relative_to(ROOT).with_suffix("").parts)


def functions(body, prefix=()):
  """Yields the path and the syntax tree of each function and method."""
  for node in body:
    if isinstance(node, ast.FunctionDef):
      yield (*prefix, node.name), node
    elif isinstance(node, ast.ClassDef):
      yield from functions(node.body, (*prefix, node.name))


def find(module, path):
  """Returns what stands at a path of names, without binding methods."""
  for name in path[:-1]:
    module = vars(module)[name]
  value = vars(module)[path[-1]]
  return getattr(value, "__func__", getattr(value, "fget", None) or value)


def file_of(function):
  """Returns where it was written; nowhere for what is no plain function."""
  return function.__code__.co_filename if inspect.isfunction(function) else ""


def layers(function):
  """Yields a function and all that it wraps, without gin's decorators."""
  while function is not None:
    if "/gin/" not in file_of(function):
      yield function
    function = getattr(function, "__wrapped__", None)


def replacements(module, path):
  """Returns the functions at a path that are not upstream's."""
  return [function for function in layers(find(module, path))
          if not pathlib.Path(file_of(function)).is_relative_to(ROOT)]


def expected_parameters(node, module):
  """Returns names and defaults of upstream's parameters, in order."""
  arguments = node.args
  assert not (arguments.posonlyargs or arguments.kwonlyargs)
  names = [argument.arg for argument in arguments.args]
  names += [f"*{arguments.vararg.arg}"] if arguments.vararg else []
  names += [f"**{arguments.kwarg.arg}"] if arguments.kwarg else []
  values = [eval(compile(ast.Expression(default), "", "eval"), vars(module))
            for default in arguments.defaults]
  without = len(arguments.args) - len(values)
  return names, dict(zip(names[without:], values, strict=False))


def parameters(function):
  """Returns names and defaults of what a function itself takes.

  Parameters that upstream's lacks, such as `resume`, can be given by name only,
  and are left out.
  """
  marks = {inspect.Parameter.VAR_POSITIONAL: "*",
           inspect.Parameter.VAR_KEYWORD: "**"}
  found = [each for each in inspect.signature(
      function, follow_wrapped=False).parameters.values()
           if each.kind != each.KEYWORD_ONLY]
  return ([marks.get(each.kind, "") + each.name for each in found],
          {each.name: each.default for each in found
           if each.default is not each.empty})


def replaced():
  """Yields the name, the tree, the module and the replacements of each."""
  for name in module_names():
    tree = ast.parse((ROOT / (name.replace(".", "/") + ".py")).read_text())
    module = importlib.import_module(f"disentanglement_lib.{name}")
    for path, node in functions(tree.body):
      ours = replacements(module, path)
      if ours:
        yield ".".join((name, *path)), node, module, ours


def test_replaced_functions_take_upstreams_parameters():
  seen, different = [], {}
  for name, node, module, ours in replaced():
    seen.append(name)
    expected = expected_parameters(node, module)
    for function in ours:
      found = parameters(function)
      passes_on = found[0][-2:] == PASSED_ON and (
          found[0][:-2] == expected[0][:len(found[0]) - 2])
      if found != expected and not passes_on:
        different[name] = found, expected
  # The walk sees what is patched.
  assert {"data.ground_truth.named_data.get_named_ground_truth_data",
          "data.ground_truth.util.tf_data_set_from_ground_truth_data",
          "evaluation.evaluate.evaluate_with_gin",
          "evaluation.metrics.mig.compute_mig",
          "postprocessing.postprocess.postprocess_with_gin",
          "utils.resources.get_file",
          "utils.results.update_result_directory"} <= set(seen)
  assert not different


# Of tensorflow_hub 0.12, the last release with TF1 modules.
@pytest.mark.parametrize("name, signature", [
    ("Module", "(spec, trainable=False, name='module', tags=None)"),
    ("add_signature", "(name=None, inputs=None, outputs=None)"),
    ("create_module_spec",
     "(module_fn, tags_and_args=None, drop_collections=None)"),
    ("eval_function_for_module", "(spec, tags=None)"),
    ("load_module_spec", "(path)")])
def test_hub_functions_take_tensorflow_hubs_parameters(name, signature):
  found = inspect.signature(getattr(hub, name))
  assert signature == str(found.replace(
      return_annotation=inspect.Signature.empty, parameters=[
          parameter.replace(annotation=inspect.Parameter.empty)
          for parameter in found.parameters.values()]))
