"""Examines an installation from a process of its own.

`doctor` runs the text of this file with `python -c`, so that it finds the same
modules as upstream's own scripts. The text therefore runs without the other
modules of this package. It prints one line of JSON.
"""
import importlib
import json
import sys
from typing import Any

# Names that upstream uses and that current versions of its dependencies lack.
NAMES = (
    "tensorflow.contrib.tpu:TPUEstimator",
    "tensorflow.contrib.framework:assign_from_checkpoint_fn",
    "tensorflow:estimator.ModeKeys",
    "tensorflow.compat.v1:layers.dense",
    "tensorflow_hub:Module",
    "tensorflow_hub:create_module_spec",
    "tensorflow_hub:add_signature",
    "tensorflow_hub:eval_function_for_module",
    "numpy:float_",
    "distutils.dir_util:copy_tree",
    "gin:configurable(whitelist=)",
)
STEPS = ("methods.unsupervised.train", "postprocessing.postprocess",
         "evaluation.evaluate")


def examine() -> dict[str, Any]:
  """Imports upstream as its scripts do.

  Returns:
    Dictionary with
      "autoload": Whether the autoload of sparse_disent is active.
      "compat": Whether importing upstream has imported `compat`.
      "supplied": List of the `NAMES` that `compat` supplies.
      "gpus": List of names.
      "error": Error of importing upstream, or None.
      "missing_module": Name of the module that is missing, or None.
  """
  facts = {"autoload": _has_finder(), "compat": False, "supplied": [],
           "gpus": [], "error": None, "missing_module": None}
  absent = _absent()
  try:
    if not facts["autoload"]:
      importlib.import_module("sparse_disent")
    for step in STEPS:
      importlib.import_module(f"disentanglement_lib.{step}")
    facts["gpus"] = _gpus()
  except Exception as error:
    facts["error"] = f"{type(error).__name__}: {error}"
    facts["missing_module"] = getattr(error, "name", None) if isinstance(
        error, ModuleNotFoundError) else None
  facts["compat"] = "sparse_disent.compat.startup.upstream" in sys.modules
  facts["supplied"] = [name for name in absent if _exists(name)]
  return facts


def _finders() -> list[Any]:
  """Returns the finders of the autoload."""
  return [finder for finder in sys.meta_path
          if getattr(finder, "__name__", "") == "UpstreamFinder"]


def _has_finder() -> bool:
  return bool(_finders())


def _absent() -> list[str]:
  """Returns the names that are missing without the autoload, which has them."""
  finders = _finders()
  for finder in finders:
    sys.meta_path.remove(finder)
  absent = [name for name in NAMES if not _exists(name)]
  sys.meta_path[:0] = finders
  return absent


def _exists(name: str) -> bool:
  """Tells whether `module:attribute` or `module:function(keyword=)` is there.
  """
  module, path = name.split(":")
  path, _, keyword = path.partition("(")
  try:
    value: Any = importlib.import_module(module)
    for attribute in path.split("."):
      value = getattr(value, attribute)
    if keyword:  # gin's decorators register nothing before they are applied.
      value("probe", **{keyword.rstrip("=)"): ["argument"]})
  except Exception:
    return False
  return True


def _gpus() -> list[str]:
  import tensorflow as tf
  devices = tf.config.list_physical_devices("GPU")
  details = map(tf.config.experimental.get_device_details, devices)
  return [facts.get("device_name", "unnamed") for facts in details]


if __name__ == "__main__":
  sys.path[:] = [path for path in sys.path if path]  # Not this directory.
  print(json.dumps(examine()))
