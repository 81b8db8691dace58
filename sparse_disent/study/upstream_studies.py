"""Upstream's studies as our own, and our own as upstream's."""
import functools
import importlib
import os
from collections.abc import Callable
from typing import Any

from sparse_disent.study import definition

# Modules of upstream's sweeps, and the folders of their protocols.
_SWEEPS = {
    "unsupervised_study_v1": "unsupervised_study_v1",
    "fairness_study_v1": "fairness_study_v1",
    "abstract_reasoning_study_v1": "abstract_reasoning_study_v1.stage1",
}
NAMES = tuple(_SWEEPS)


def load(name: str) -> definition.Study:
  """Returns one of upstream's studies.

  Args:
    name: One of `NAMES`.
  """
  from disentanglement_lib.utils import resources
  sweep = importlib.import_module(
      f"disentanglement_lib.config.{_SWEEPS[name]}.sweep")
  folder = f"config/{_SWEEPS[name].replace('.', '/')}"
  return definition.Study(
      name, f"disentanglement_lib/{folder}/model_configs/shared.gin",
      sweep.get_config(), protocol=resources.get_file(folder))


def reproducible(name: str, load_study: Callable[[], definition.Study]) -> Any:
  """Returns a study in the form that `dlib_reproduce` takes.

  Args:
    name: Name of the study.
    load_study: Function that returns the `Study`; called when it is needed.
  """
  from disentanglement_lib.config import study as upstream_study

  from sparse_disent.evaluation import protocol

  class Reproducible(upstream_study.Study):
    """A study with the methods that upstream's scripts call."""

    @functools.cached_property
    def _study(self):
      return load_study()

    @functools.cached_property
    def _protocol(self):
      return protocol.load(self._study.protocol)

    def get_model_config(self, model_num=0):
      """Returns model bindings and config file."""
      study = self._study
      return ([*study.bindings, *study.model_bindings(model_num)],
              study.gin_file)

    def get_postprocess_config_files(self):
      """Returns postprocessing config files."""
      return list(self._protocol.representations.values())

    def get_eval_config_files(self):
      """Returns evaluation config files."""
      return list(self._protocol.metrics.values())

  Reproducible.__name__ = name
  return Reproducible()


def is_file(name: str) -> bool:
  """Tells whether the name of a study is the path of a file."""
  return name.endswith((".py", ".gin")) or os.path.sep in name
