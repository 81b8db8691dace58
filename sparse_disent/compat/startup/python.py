"""Names that Python, NumPy, setuptools and gin had when upstream was written.
"""
import functools
import importlib.util
import os
import pathlib
import shutil
import sys
import types

import sparse_disent
from sparse_disent.compat.startup import lazy_modules

# What gin's flags were called before 0.4, and what they are called now.
_GIN_RENAMES = {"whitelist": "allowlist", "blacklist": "denylist"}


def install():
  """Adds the missing names; existing ones are left alone."""
  _add_distutils()
  _add_numpy_names()
  _add_gin_names()
  _add_gin_search_paths()
  _quiet_gin_resource_reader()


def _add_distutils():
  """`distutils` left Python in 3.12; upstream and gin use two of its parts.

  Upstream's scripts get those also where Python has it, as setuptools brings
  one of its own and is imported as soon as somebody looks for it.
  """
  if "distutils" in sys.modules or not (
      lazy_modules.is_upstreams_script()
      or importlib.util.find_spec("distutils") is None):
    return
  from packaging import version
  distutils = types.ModuleType("distutils")
  distutils.version = types.ModuleType("distutils.version")
  distutils.version.LooseVersion = version.Version
  distutils.dir_util = types.ModuleType("distutils.dir_util")
  distutils.dir_util.copy_tree = functools.partial(
      shutil.copytree, dirs_exist_ok=True)
  for module in (distutils, distutils.version, distutils.dir_util):
    sys.modules[module.__name__] = module


def _add_numpy_names():
  """NumPy 2 dropped the name `float_`; upstream's JSON encoder uses it."""
  import numpy as np
  if not hasattr(np, "float_"):
    np.float_ = np.float64


def _add_gin_names():
  """Upstream says whitelist and blacklist where gin now says otherwise."""
  import gin
  for name in ("configurable", "register", "external_configurable"):
    function = _with_old_keywords(getattr(gin.config, name))
    setattr(gin.config, name, function)
    setattr(gin, name, function)


def _with_old_keywords(function):

  @functools.wraps(function)
  def wrapper(*args, **kwargs):
    kwargs = {_GIN_RENAMES.get(key, key): value
              for key, value in kwargs.items()}
    return function(*args, **kwargs)

  return wrapper


def _add_gin_search_paths():
  """Gin files are found from every directory: ours and upstream's.

  `gin_configs/masked_dipvae.gin` is one of ours, whether they lie beside the
  package (in a checkout) or in it (in a wheel);
  `disentanglement_lib/config/...` is one of upstream's.
  """
  import gin
  package = pathlib.Path(sparse_disent.__file__).resolve().parent
  for place in (package, package.parent):
    if (place / "gin_configs").is_dir():
      gin.add_config_file_search_path(str(place))
      break
  upstream = importlib.util.find_spec("disentanglement_lib")
  if upstream is not None:
    gin.add_config_file_search_path(
        str(pathlib.Path(upstream.origin).parent.parent))


def _quiet_gin_resource_reader():
  """Makes gin's look-up on `sys.path` answer no where it crashes or complains.

  gin 0.5.0 asks `importlib.util.find_spec` for the folder as if it were a
  package: it logs an error for each folder that is none, and raises for one
  without an `__init__.py`.
  """
  import gin
  reader = gin.resource_reader.system_path_reader

  def exists(path):
    try:
      return os.path.isfile(gin.resource_reader._parse_config_path(path))
    except (ImportError, ValueError, TypeError, AttributeError):
      return False

  gin.config._FILE_READERS[:] = [
      (opener, exists if opener is reader else check)
      for opener, check in gin.config._FILE_READERS]
