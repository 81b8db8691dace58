"""The data set of a trained model, built as training built it."""
import contextlib
import sys
from collections.abc import Iterator

import gin
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data
from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.methods.unsupervised import train  # noqa: F401

from sparse_disent.results import gin_files


def load(model_dir: str
         ) -> tuple[ground_truth_data.GroundTruthData, list[str]]:
  """Builds the data set that a model was trained on.

  Upstream's later steps inherit only the name of the data set. A fork's data
  set may have parameters, such as the correlation of its factors. Here they
  have the values of the training. Clears gin's configuration.

  Args:
    model_dir: Directory of a trained model, which names its data set.

  Returns:
    data: GroundTruthData.
    bindings: List of gin bindings, without the name, that the data set uses
      when it is built or sampled.
  """
  gin.clear_config()
  try:
    gin.parse_config_file(gin_files.path(model_dir), skip_unknown=True)
    data = named_data.get_named_ground_truth_data()
    data.sample(1, np.random.RandomState(0))
    lines = gin.operative_config_str(max_line_length=10**6).splitlines()
  finally:
    gin.clear_config()
  return data, [line for line in lines if " = " in line and
                not line.startswith(("#", "dataset.name = "))]


@contextlib.contextmanager
def configured(bindings: list[str]) -> Iterator[None]:
  """Sets gin bindings for the time of a context."""
  gin.clear_config()
  try:
    gin.parse_config(bindings)
    yield
  finally:
    gin.clear_config()


def tell_unknown(model_dir: str) -> None:
  """Prints settings of the training that no loaded module knows.

  This module imports upstream's `train`, so all settings of upstream's
  training are known.
  """
  unknown = []
  for function, parameters in gin_files.read(model_dir).items():
    try:
      gin.get_configurable(function)
    except ValueError:
      unknown.extend(f"{function}.{parameter}" for parameter in parameters)
  if unknown:
    print(f"The training of '{model_dir}' was configured with "
          f"{', '.join(unknown)}, of which nothing is known here: if the data "
          "set depends on it, these scores are of another one. Put `import "
          "MODULE` into the gin file of a training, and evaluation imports it, "
          "too.", file=sys.stderr)
