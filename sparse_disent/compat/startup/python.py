"""Adds old names of Python, NumPy and gin that upstream uses."""
import functools
import importlib.util
import os
import pathlib
import shutil
import sys
import types

import sparse_disent
from sparse_disent.compat.startup import lazy_modules

# Arguments of gin: their names before 0.4, and their present names.
_GIN_RENAMES = {"whitelist": "allowlist", "blacklist": "denylist"}


def install() -> None:
  """Adds the missing names; existing ones do not change."""
  _add_distutils()
  _add_numpy_names()
  _add_gin_names()
  _add_gin_search_paths()
  _quiet_gin_resource_reader()


def _add_distutils():
  """Adds two parts of `distutils`, which Python 3.12 removed.

  Upstream and gin use them. Scripts get them also in older versions of Python:
  looking for `distutils` there would import setuptools, which brings its own
  version.
  """
  if "distutils" in sys.modules or not (
      lazy_modules.is_script()
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
  """Adds `float_`, which NumPy 2 dropped; upstream's JSON encoder uses it."""
  import numpy as np
  if not hasattr(np, "float_"):
    np.float_ = np.float64


def _add_gin_names():
  """Makes gin accept the old arguments whitelist and blacklist."""
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
  """Lets gin find our gin files and upstream's from every directory.

  `gin_configs/masked_dipvae.gin` is one of ours. In a checkout gin_configs is
  beside the package, in a wheel inside it. `disentanglement_lib/config/...` is
  one of upstream's.
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
  """Keeps gin's look-up on `sys.path` from logging and raising errors.

  gin 0.5.0 calls `importlib.util.find_spec` for a folder as if it were a
  package. It logs an error if the folder is not a package, and raises an error
  if it has no `__init__.py`. With this change such a file is just not found.
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
