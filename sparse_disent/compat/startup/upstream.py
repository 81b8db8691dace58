"""Small corrections to upstream's modules, made when each is imported.

Upstream's files do not change. `PATCHES` maps a module's name below
`disentanglement_lib` to the function that corrects it;
`compat.startup.autoload` calls it with the freshly loaded module.
"""
import contextlib
import functools
import inspect
import pathlib
import shutil
import sys
import warnings
from collections.abc import Callable
from typing import Any

import gin
import numpy as np
import tensorflow as tf

from sparse_disent.compat import patching
from sparse_disent.compat.metrics import classifiers
from sparse_disent.compat.metrics import patches
from sparse_disent.compat.metrics import undefined
from sparse_disent.compat.metrics import written
from sparse_disent.compat.metrics.corrections import udr
from sparse_disent.compat.startup import aggregation
from sparse_disent.compat.startup import directories
from sparse_disent.compat.startup import lazy_modules
from sparse_disent.compat.startup import loaders
from sparse_disent.compat.startup import outputs
from sparse_disent.compat.startup import resuming
from sparse_disent.compat.startup import settings
from sparse_disent.compat.startup import studies
from sparse_disent.compat.training import estimator
from sparse_disent.compat.training import preflight
from sparse_disent.compat.training import provenance
from sparse_disent.compat.training import upstream_train

# Packages of upstream's repository that its wheel on PyPI lacks. They have no
# `__init__.py`, so building the wheel left them out.
NOT_IN_WHEEL = ("evaluation.udr", "methods.semi_supervised", "methods.weak",
                "validation")

# Packages that upstream's modules import and training does not use. They are
# loaded when they are first used. That saves half a second for one branch of
# one loss, and 0.6 s for metrics and for Cars3D.
_SKLEARN = ("sklearn", "sklearn.ensemble", "sklearn.linear_model",
            "sklearn.metrics", "sklearn.model_selection",
            "sklearn.preprocessing", "sklearn.svm", "sklearn.utils",
            "sklearn.utils.extmath")
IMPORTED_WHEN_USED = {
    "methods.shared.losses": ("tensorflow_probability",),
    **dict.fromkeys(("data.ground_truth.cars3d", *classifiers.USERS), _SKLEARN),
}

preflight.MODEL_CHECKS += [settings.check, estimator.check_run_config]


def explain_missing(submodule: str) -> None:
  """Raises an error for a package that upstream's wheel lacks."""
  if submodule in NOT_IN_WHEEL:
    # Without `name`: for an error with `name`, `from package import module`
    # raises its own "cannot import name" instead.
    raise ModuleNotFoundError(
        f"No module named 'disentanglement_lib.{submodule}': the "
        "disentanglement-lib wheel on PyPI "
        "leaves it out. Install upstream from its repository instead: clone "
        "google-research/disentanglement_lib and run `pip install --no-deps "
        "-e DIRECTORY` (without -e pip leaves them out again); sparse_disent "
        "works with it too.")


def prepare(submodule: str, loader: Any) -> None:
  """Prepares the import of one of upstream's modules.

  Modes of TensorFlow 1 hold for the whole process. So they are set only for
  modules that rely on them and that ordinary programs do not import.

  Args:
    submodule: Name of the module below `disentanglement_lib`.
    loader: The loader that is about to execute this module only.
  """
  if submodule.endswith("_test"):
    # Upstream's tests use sessions and placeholders in the default graph.
    tf.compat.v1.disable_eager_execution()
  if submodule.startswith("methods.semi_supervised."):
    # These modules read `tensor.shape[1].value`.
    tf.compat.v1.disable_v2_tensorshape()
  if submodule in IMPORTED_WHEN_USED:
    loader.exec_module = lazy_modules.imported_when_used(
        *IMPORTED_WHEN_USED[submodule])(loader.exec_module)


# Checks of directories. They wait until gin has read all files and bindings,
# so that an error in these comes first.
_checks: list[Callable[[], None]] = []


@contextlib.contextmanager
def _waiting(check):
  """Lets the next step call a check once gin is configured."""
  _checks.append(check)
  try:
    yield
  finally:
    _checks.clear()


def _check_what_waits():
  while _checks:
    _checks.pop()()


@contextlib.contextmanager
def _gin_cleared():
  """Unlocks and clears gin at the end, also after an error."""
  try:
    yield
  finally:
    gin.clear_config()


def _patch_step(name, input_argument, input_step=None):
  """Returns the patch of a step that reads one directory and writes another.

  Args:
    name: Name of a function of (input directory, output directory, overwrite).
      The function `{name}_with_gin` has the gin files and bindings as well.
    input_argument: Name of the input directory in upstream's script.
    input_step: Name of the step that wrote it, if the data set is its.
  """

  def patch(module):
    original = getattr(module, f"{name}_with_gin")
    signature = inspect.signature(original)

    @functools.wraps(original)
    def step_with_gin(*args, **kwargs):
      call = signature.bind(*args, **kwargs)
      call.apply_defaults()
      # By order: the name of the first one differs between functions.
      input_dir, output_dir, overwrite, *configured = list(
          call.arguments.values())[:5]
      if resuming.is_done(name, input_dir, output_dir, *configured):
        return

      def check():
        directories.check_output("output_dir", output_dir, overwrite)
        if input_step or input_dir is not None:
          directories.check_input(input_argument, input_dir)
        if input_step and gin.query_parameter("dataset.name") == "auto":
          directories.check_recorded(input_argument, input_dir, input_step)

      with _gin_cleared(), _waiting(check):
        original(*args, **kwargs)

    setattr(module, f"{name}_with_gin", step_with_gin)

    @patching.wrap(module, name)
    def step(original, input_dir, output_dir, overwrite):
      settings.check()
      _check_what_waits()
      return outputs.write(
          outputs.STEPS[name], output_dir, overwrite,
          functools.partial(original, input_dir))

  return patch


def _patch_resources(module):
  """Finds upstream's files without pkg_resources, which setuptools dropped."""
  root = pathlib.Path(sys.modules["disentanglement_lib"].__file__).parent

  @patching.replace(module, "get_file")
  def get_file(unused_original, path):
    return str(root / path)

  @patching.replace(module, "get_files_in_folder")
  def get_files_in_folder(unused_original, path):
    for file in sorted((root / path).iterdir()):
      if file.is_file():
        yield str(file)


def _patch_results(module):
  """Copies result directories without distutils; writes all kinds of results.

  Their provenance is written as well.

  distutils remembers the directories that it has made. If one of them is
  deleted, it does not make it again.

  Results may hold values that JSON has no form for. If a fork's encoder can
  write such a value, it is used.
  """
  def resolved(results):
    encoder = getattr(module, "Encoder", None)
    results = written.as_json(results, encoder and encoder().default)
    return undefined.resolve(results) if isinstance(results, dict) else results

  @patching.replace(module, "_copy_recursively")
  def copy_recursively(unused_original, path_to_old_dir, path_to_new_dir):
    return shutil.copytree(
        path_to_old_dir, path_to_new_dir, dirs_exist_ok=True)

  @patching.wrap(module, "update_result_directory")
  def update_result_directory(original, result_directory, step_name,
                              results_dict):
    results = resolved(results_dict)
    original(result_directory, step_name, results)
    provenance.write(result_directory, step_name, results)
    for name in results.keys() - results_dict.keys():  # Such as the uuid.
      results_dict[name] = results[name]
    # Undefined scores that the metric itself explains need no warning.
    undefined.warn({name: reason for name, reason in results.items()
                    if str(reason).startswith(undefined.UNEXPLAINED)})

  @patching.wrap(module, "save_dict")
  def save_dict(original, config_path, dict_with_info):
    original(config_path, resolved(dict_with_info))


def _patch_visualize_model(module):
  """Checks the directories first, and writes a whole one."""
  @patching.wrap(module, "visualize")
  def visualize(original, model_dir, output_dir, overwrite):
    if resuming.is_done("visualize", model_dir, output_dir, None, None):
      return None
    directories.check_output("output_dir", output_dir, overwrite)
    directories.check_input("model_dir", model_dir)
    directories.check_recorded("model_dir", model_dir, "train", (
        "dataset.name", "reconstruction_loss.activation", "encoder.num_latent"))
    with _gin_cleared(), warnings.catch_warnings():
      # NumPy's, of pruned latents: their IRS is 0 / 0.
      warnings.simplefilter("ignore", RuntimeWarning)
      return outputs.write(
          outputs.STEPS["visualize"], output_dir, overwrite,
          functools.partial(original, model_dir))


def _patch_visualize_dataset(module):
  """Checks the directory before the data set is loaded, and adds whole ones.
  """
  @patching.wrap(module, "visualize_dataset")
  def visualize_dataset(original, dataset_name, output_path):
    directories.check_output("path", output_path, overwrite=True)
    outputs.write_dataset(output_path, dataset_name, functools.partial(
        original, dataset_name))


def _patch_visualize_util(module):
  """Hands imageio bytes and a duration; lets constant latents stand still.

  Upstream passes floats in [0, 1] and frames per second, which imageio accepted
  until 2.27. Up to then GIFs were endless loops by default.
  """
  imageio = getattr(module, "imageio", None)

  def mimwrite(uri, ims, *args, **kwargs):
    if str(uri).endswith(".gif") and "fps" in kwargs:  # Videos still use fps.
      kwargs["duration"] = 1000 / kwargs.pop("fps")
      kwargs.setdefault("loop", 0)
      ims = [np.uint8(np.round(255 * np.clip(im, 0, 1)))
             if np.asarray(im).dtype.kind == "f" else im for im in ims]
    return imageio.mimwrite(uri, ims, *args, **kwargs)

  patching.stand_in(module, "imageio", mimwrite=mimwrite)

  @patching.wrap(module, "cycle_interval")
  def cycle_interval(original, starting_value, num_frames, min_val, max_val):
    if min_val == max_val:
      return np.full(num_frames, min_val)
    return original(starting_value, num_frames, min_val, max_val)


def _patch_visualize_irs(module):
  """Makes data with one factor, or codes with one latent, drawable.

  Upstream indexes the grid of plots by row and column, but matplotlib drops a
  dimension of length 1.
  """
  @patching.replace(module, "vis_all_interventional_effects")
  def vis_all_interventional_effects(original, *args, **kwargs):
    subplots = functools.partial(module.plt.subplots, squeeze=False)
    with patching.temporarily(module, "plt", subplots=subplots):
      return original(*args, **kwargs)


PATCHES = {
    "config.reproduce": studies.patch,
    "data.ground_truth.cars3d": loaders.patch_pillow,
    "data.ground_truth.dsprites": loaders.patch_pillow,
    "data.ground_truth.norb": loaders.patch_norb,
    "methods.unsupervised.train": upstream_train.patch,
    "postprocessing.postprocess": _patch_step(
        "postprocess", "model_dir", "train"),
    "evaluation.evaluate": _patch_step(
        "evaluate", "input_dir", "postprocess"),
    "evaluation.abstract_reasoning.reason": _patch_step(
        "reason", "input_dir"),
    "utils.aggregate_results": aggregation.patch,
    "utils.resources": _patch_resources,
    "utils.results": _patch_results,
    "visualize.visualize_dataset": _patch_visualize_dataset,
    "visualize.visualize_irs": _patch_visualize_irs,
    "visualize.visualize_model": _patch_visualize_model,
    "visualize.visualize_util": _patch_visualize_util,
    "evaluation.udr.evaluate": outputs.patch_udr,
    "evaluation.udr.metrics.udr": udr.patch,
    **patches.PATCHES,
}
