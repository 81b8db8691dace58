"""Extends `dataset.name` beyond upstream's data sets to a fork's, ours, users'.

Of data sets with the same name, a user's (see `names`) comes before a fork's,
because it was registered on purpose. A fork's comes before ours.
"""
import contextlib
import functools
import inspect
import os
import sys
from collections.abc import Iterator

import gin
import numpy as np
import tensorflow as tf
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.data.ground_truth import named_data
from disentanglement_lib.data.ground_truth import util
from disentanglement_lib.utils import results

from sparse_disent.common import choices
from sparse_disent.compat import patching
from sparse_disent.compat.training import bulk_input
from sparse_disent.compat.training import literal_paths
from sparse_disent.compat.training import preflight
from sparse_disent.compat.training import provenance
from sparse_disent.data import checksums
from sparse_disent.data import dependent
from sparse_disent.data import files
from sparse_disent.data import mnist
from sparse_disent.data import names
from sparse_disent.data import packed

# Data sets of our own, by name: functions without arguments.
DATASETS = {"mnist": mnist.MNIST}

# Beginning of the error with which upstream and its forks refuse a name.
_REFUSED = "Invalid data set name"
# The data sets of the contexts of `load_instead`, innermost last.
_instead = []
# Data that the check before training has loaded and training has not used yet,
# by all that they depend on; see `_key`.
_loaded = {}


class UnknownDataSetError(ValueError):
  """Raised for a name that is no data set's."""


def install() -> None:
  """Makes upstream's `get_named_ground_truth_data` accept all names.

  It also checks that the files of upstream's data sets exist, before they are
  loaded. dSprites is loaded as in `packed`, and training draws its batches as
  in `compat.training.bulk_input`, from factors as in `dependent`.
  """
  if _is_ours(named_data.get_named_ground_truth_data):
    return
  packed.install()
  bulk_input.install()
  _draw_dependent()
  named_data.get_named_ground_truth_data = _with_all_names(
      named_data.get_named_ground_truth_data)
  results.gin_dict = _importing_what_is_recorded(results.gin_dict)
  preflight.DATA_CHECKS.append(check_before_training)
  provenance.DATA.append(checksums.facts)


def _draw_dependent():
  """Makes training draw from data as gin configures them."""
  # `dependent` may have been imported first, and be half way through.
  @patching.wrap(util, "tf_data_set_from_ground_truth_data")
  def tf_data_set_from_ground_truth_data(
      original, ground_truth_data, random_seed):
    return original(dependent.as_configured(ground_truth_data), random_seed)


def _is_ours(function):
  return hasattr(function, "sparse_disent")


def _with_all_names(original):
  """Wraps upstream's function, or a fork's, to accept all names."""
  load = getattr(original, "__wrapped__", original)
  configured = _configured(load)

  @functools.wraps(configured)
  def get_named_ground_truth_data(*args, **kwargs):
    call = configured(*args, **kwargs)
    name = call.arguments.get("name")
    if _instead:
      return _instead[-1]
    if _loaded:
      data = _loaded.pop(_key(name), None)
      if data is not None:
        return data
    return _load(load, name, call)

  get_named_ground_truth_data.sparse_disent = configured
  return get_named_ground_truth_data


def _configured(load):
  """Returns a gin configurable that only binds the arguments of `load`.

  Gin supplies and records the arguments. Loading is not part of it, because gin
  adds lines to the errors of its configurables.
  """
  signature = inspect.signature(load)

  @functools.wraps(load)
  def bind(*args, **kwargs):
    return signature.bind(*args, **kwargs)

  bind.__signature__ = signature  # Gin reads the arguments' names from it.
  was_interactive = gin.config._INTERACTIVE_MODE
  gin.enter_interactive_mode()
  try:
    return gin.configurable("dataset")(bind)
  finally:
    if not was_interactive:
      gin.exit_interactive_mode()


def _load(load, name, call):
  if name in names.UPSTREAM:
    files.check_available(name)
    with _explained(name):
      return _whole(load(*call.args, **call.kwargs))
  factory = names.find(name)
  if factory is not None:
    return names.check_data(factory(), f"The data set {name!r}")
  try:
    return load(*call.args, **call.kwargs)
  except ValueError as error:
    if isinstance(name, str) and name in DATASETS:
      with _explained(name):
        return DATASETS[name]()
    if not str(error).startswith(_REFUSED):
      raise
  known = sorted({*names.UPSTREAM, *DATASETS, *names.known()})
  raise UnknownDataSetError(
      f"{_REFUSED}: dataset.name is {name!r}, but must be one of "
      f"{', '.join(known)}, or be made known with sparse_disent.data.register."
      f"{choices.nearest(name, known)}")


def _whole(data):
  """Returns a data set, or refuses one of dSprites that lacks images.

  Training would find out late, when it draws an image that is not there.
  """
  if isinstance(data, dsprites.DSprites):
    found = data.images.shape
    wanted = (int(np.prod(data.factor_sizes)), *data.data_shape[:2])
    if found != wanted:
      raise ValueError(
          f"its images have the shape {found}, and not {wanted} as its factors "
          "ask for")
  return data


@contextlib.contextmanager
def _explained(name):
  """Names the files of a data set whose code cannot read them.

  The code may raise any error then, as it expects what it once wrote.
  """
  try:
    yield
  except (ImportError, MemoryError, FileNotFoundError):
    raise
  except Exception as error:
    message = files.unreadable(name, error)
    if message is None:
      raise
    raise ValueError(message) from error


def check_before_training() -> None:
  """Checks that the data set that gin names can be loaded.

  For upstream's data sets their files must exist. All others are loaded, as
  there is no other check, and kept for the training that follows. So are all
  whose factors are to depend on each other, to check how.

  Raises:
    FileNotFoundError: A file of the data set does not exist.
    ValueError: There is no data set of this name, or its factors cannot depend
      on each other in the way that gin binds.
  """
  function = named_data.get_named_ground_truth_data
  if not _is_ours(function):
    return  # A user has replaced the function, which then does its own checks.
  try:
    name = function.sparse_disent().arguments.get("name")
  except TypeError as error:  # Gin's message is about a call, not about a name.
    raise ValueError(
        "dataset.name must be set. Bind it in a gin file, or give "
        "--gin_bindings=\"dataset.name = 'dsprites_full'\".") from error
  if name in names.UPSTREAM and not dependent.is_configured():
    files.check_available(name)
    return
  if _key(name) not in _loaded:
    _loaded.clear()
    _loaded[_key(name)] = function()
  dependent.as_configured(_loaded[_key(name)])


def _key(name):
  """Returns what data depend on: name, registered function, gin's settings.

  A function that is registered again, such as after an edit in a notebook,
  gives other data.
  """
  return repr(name), names.find(name), gin.config_str()


@contextlib.contextmanager
def load_instead(data: object) -> Iterator[None]:
  """Makes upstream load these data for every `dataset.name`.

  Gin still records the name that was asked for.
  """
  function = named_data.get_named_ground_truth_data
  if not _is_ours(function):
    named_data.get_named_ground_truth_data = (
        lambda *unused_args, **unused_kwargs: data)
    try:
      yield
    finally:
      named_data.get_named_ground_truth_data = function
    return
  _instead.append(data)
  try:
    yield
  finally:
    _instead.pop()


def _importing_what_is_recorded(original):
  """Wraps upstream's reader of saved gin files to make their imports.

  The gin file of a training may import the module that registers its data set.
  `dlib_visualize_model` and other scripts read only the saved copy of that
  file.
  """

  @functools.wraps(original)
  def gin_dict(config_path=None):
    bindings = original(config_path)
    if config_path is not None:
      import_what_is_recorded(
          bindings.get("dataset.name", "auto").strip("'\""), config_path)
    return bindings

  return gin_dict


def import_what_is_recorded(name: str, config_path: str) -> None:
  """Makes the imports of saved gin files if a data set may need them.

  It may unless it is upstream's or registered. A name of ours may need them,
  because a user's data set of that name comes before ours.

  Args:
    name: Name of the data set.
    config_path: Path of a saved gin file; the files of other steps beside it
      are read, too.
  """
  if (name == "auto" or name in names.UPSTREAM
      or names.find(name) is not None):
    return
  pattern = os.path.join(
      literal_paths.escape(os.path.dirname(config_path)), "*.gin")
  for path in sorted(tf.io.gfile.glob(pattern)):
    with tf.io.gfile.GFile(path) as file:
      lines = file.read().splitlines()
    for line in lines:
      if line.startswith(("import ", "from ")):
        _import(line, path)


def _import(line, path):
  try:
    gin.parse_config(line)
  except ImportError as error:  # The data set may not need this import.
    reason = str(error).split("\n")[0]
    print(f"'{path}' has the line `{line}`: {reason}", file=sys.stderr)
