"""Two programs for test_ledger.py: on a changed upstream, and on upstream.

  changed FOLDER  FOLDER holds a copy of upstream in which each function in the
                  ledger raises `Reached`, as `copy` writes it
  replaced        finds what is replaced in upstream and around it

Each prints JSON.
"""
import ast
import builtins
import importlib
import importlib.util
import inspect
import json
import pathlib
import pkgutil
import shutil
import sys
import types

PACKAGE = "disentanglement_lib"
TRAINING = """
  dataset.name = "dummy_data"
  model.batch_size = 1
  model.random_seed = 0
  model.training_steps = 1
"""


def copy(names, folder):
  """Copies upstream, with a line added to the functions of these names."""
  source = pathlib.Path(importlib.util.find_spec(PACKAGE).origin).parent
  target = folder / PACKAGE
  shutil.copytree(source, target, ignore=shutil.ignore_patterns(
      "*_test.py", "__pycache__", "config"))
  for module in {name.partition(":")[0] for name in names}:
    path = target / (module.partition(".")[2].replace(".", "/") + ".py")
    lines = path.read_text().split("\n")
    places = {}
    for name in names:
      if name.partition(":")[0] == module:
        body = _function(lines, name.partition(":")[2]).body
        first = body[1] if ast.get_docstring(
            ast.Module(body, [])) is not None else body[0]
        places[first.lineno - 1] = (first.col_offset, name)
    for line in sorted(places, reverse=True):
      indent, name = places[line]
      lines.insert(line, f"{' ' * indent}raise Reached({name!r})")
    path.write_text("\n".join(lines))
  dsprites = target / "data/ground_truth/dsprites.py"
  line = "    self.latent_factor_indices = latent_factor_indices\n"
  text = dsprites.read_text()
  assert text.count(line) == 1
  dsprites.write_text(text.replace(
      line, line + "    self.factor_names = ['shape', 'scale']\n"))


def _function(lines, path):
  node = ast.parse("\n".join(lines))
  for part in path.split("."):
    node, = (child for child in node.body
             if getattr(child, "name", None) == part)
  return node


class Reached(Exception):
  """A changed function has been called."""


def changed(names, folder):
  """Returns which changed functions are reached, and what else is kept."""
  sys.path.insert(0, folder)
  builtins.Reached = Reached
  reached = {name: _reaches(name, pathlib.Path(folder)) for name in names}
  from disentanglement_lib.data.ground_truth import dsprites
  dsprites.DSPRITES_PATH = f"{folder}/images.npz"
  data = dsprites.DSprites([1, 2, 3, 4, 5])
  return {"reached": reached, "names": data.factor_names,
          "images": type(data.images).__name__, "file": dsprites.__file__}


def _reaches(name, folder):
  import numpy as np
  module, _, path = name.partition(":")
  function = importlib.import_module(module)
  for part in path.split("."):
    function = getattr(function, part)
  given = {"model_dir": str(folder / "model"), "output_dir": str(folder / "no"),
           "input_dir": str(folder / "model"), "overwrite": False,
           "gin_config_files": ["x.gin"], "gin_bindings": [],
           "output_path": str(folder / "no"), "dataset_name": "dummy_data",
           "result_file_pattern": str(folder / "*.json"), "results_dict": {},
           "representation_function": lambda x: x,
           "name": "dummy_data", "continuous_factors": False,
           "min_val": 0.0, "max_val": 1.0,
           "cov": np.eye(3), "random_state": np.random.RandomState(0),
           "ground_truth_data": types.SimpleNamespace(
               factors_num_values=[3, 4])}
  if path in ("train", "train_with_gin"):
    given["model_dir"] = str(folder / "no")
    import gin
    gin.clear_config()  # What our wrapper checks before it calls on.
    gin.parse_config(TRAINING)
  arguments = [given.get(parameter, np.arange(12.).reshape([3, 4]))
               for parameter in inspect.signature(function).parameters]
  try:
    result = function(*arguments)
    if inspect.isgenerator(result):
      next(result)
  except Reached as error:
    return str(error).startswith(name)
  except Exception as error:
    print(f"{name}: {error!r}", file=sys.stderr)
  return False


class Snapshots:
  """A finder after ours: keeps each module of upstream's as it was loaded."""

  modules = {}

  @classmethod
  def find_spec(cls, name, path=None, target=None):
    """Finds upstream's modules as others do."""
    if name.partition(".")[0] != PACKAGE:
      return None
    spec = importlib.machinery.PathFinder.find_spec(name, path, target)
    if spec is not None and spec.loader is not None:
      load = spec.loader.exec_module

      def load_and_keep(module):
        load(module)
        cls.modules[name] = _contents(module)

      spec.loader.exec_module = load_and_keep
    return spec


def _contents(module):
  """Returns what a module and its classes hold, by name."""
  contents = dict(vars(module))
  for name, value in vars(module).items():
    if inspect.isclass(value) and (
        value.__module__, value.__name__) == (module.__name__, name):
      contents.update(
          {f"{name}.{key}": entry for key, entry in vars(value).items()})
  return contents


def replaced():
  """Returns the names of all that differs once everything is imported."""
  # What this imports is there before; the rest comes with upstream.
  import gin
  import gin.config
  import numpy
  import tensorflow
  import tf_keras.src.backend
  foreign = [gin, gin.config, numpy, tensorflow, tensorflow.compat.v1,
             tf_keras.src.backend]
  before = {module.__name__: _contents(module) for module in foreign}
  modules = set(sys.modules)
  sys.meta_path.insert(1, Snapshots)
  importlib.import_module(PACKAGE)
  import sparse_disent
  for package in (sparse_disent, importlib.import_module(PACKAGE)):
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
      if not info.name.endswith(("_test", "__main__")):
        importlib.import_module(info.name)
  names = [f"{name}:{key}" for name, contents in
           {**before, **Snapshots.modules}.items()
           for key in _differences(name, contents)]
  names += [f"sys.modules:{name}" for name, module in sys.modules.items()
            if name not in modules and isinstance(module, types.ModuleType)
            and module.__spec__ is None]
  return names


def _differences(name, before):
  now = _contents(sys.modules[name])
  missing = object()
  for key, value in now.items():
    is_child = isinstance(value, types.ModuleType) and (
        value.__name__ == f"{name}.{key}")
    is_lazy = type(before.get(key)).__name__.endswith("LazyLoader")
    if before.get(key, missing) is not value and not is_child and not is_lazy:
      yield key


if __name__ == "__main__":
  if sys.argv[1] == "changed":
    print(json.dumps(changed(sys.argv[3:], sys.argv[2])))
  else:
    print(json.dumps(replaced()))
