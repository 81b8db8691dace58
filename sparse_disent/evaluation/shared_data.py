"""The data set of several models, loaded once if it is the same."""
from typing import Any

from sparse_disent.evaluation import indexed
from sparse_disent.evaluation import trained_data
from sparse_disent.results import gin_files


class SharedData:
  """Loads the data sets of models; keeps the last one for the next model.

  Only a fixed list of images is kept: other data sets may change when they are
  drawn from.
  """

  def __init__(self) -> None:
    """Begins without a data set."""
    self._loaded: tuple | None = None
    self._settings: dict[str, Any] = {}

  def load(self, model_dir: str) -> tuple[Any, list[str], Any]:
    """Returns the data set that a model was trained on.

    Args:
      model_dir: Directory of a trained model.

    Returns:
      data: GroundTruthData.
      bindings: List of gin bindings that it depends on; see
        `trained_data.load`.
      images: The data as an `indexed.Indexed`, or None if that is impossible.
    """
    trained_data.tell_unknown(model_dir)
    if self._loaded is not None and self._settings == _settings(
        model_dir, self._loaded[1]):
      return self._loaded
    self._loaded = None  # Memory for the next one.
    data, bindings = trained_data.load(model_dir)
    images = indexed.Indexed(data) if indexed.is_indexable(data) else None
    if images is not None:
      self._loaded = data, bindings, images
      self._settings = _settings(model_dir, bindings)
    return data, bindings, images


def _settings(model_dir, bindings):
  """Settings of a training for the functions that a data set depends on."""
  functions = {_function(line) for line in bindings} | {"dataset"}
  return {name: value
          for name, value in gin_files.recorded(model_dir, "train").items()
          if _function(name) in functions}


def _function(binding):
  """The function in "scope/module.function.parameter = value"."""
  name = binding.partition(" = ")[0].rpartition("/")[2]
  return name.rpartition(".")[0].rpartition(".")[2]
