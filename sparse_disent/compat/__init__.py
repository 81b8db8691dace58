"""Adapts upstream 1.5 to current TensorFlow, gin, NumPy and setuptools.

Of sparse_disent, only this package, `data.packed` and `data.registry` change
foreign modules.
"""
import functools


@functools.cache
def prepare() -> None:
  """Makes the settings that must precede the import of TensorFlow."""
  from sparse_disent.compat.speed import machine
  from sparse_disent.compat.startup import lazy_modules
  from sparse_disent.compat.startup import quiet
  quiet.install()
  machine.switch_on_onednn()
  lazy_modules.choose_keras_2()


def install() -> None:
  """Adds everything that upstream needs and lacks; imports TensorFlow."""
  prepare()
  from sparse_disent.compat.startup import tensorflow1
  from sparse_disent.compat.startup import upstream  # noqa: F401
  from sparse_disent.compat.training import literal_paths
  tensorflow1.install()
  literal_paths.install()
