"""All that upstream 1.5 misses on current TensorFlow, gin, NumPy, setuptools.

The only place of sparse_disent that touches foreign modules.
"""
import functools


@functools.cache
def prepare() -> None:
  """Makes the settings that have to be there before TensorFlow is imported."""
  from sparse_disent.compat.speed import machine
  from sparse_disent.compat.startup import lazy_modules
  from sparse_disent.compat.startup import quiet
  quiet.install()
  machine.switch_on_onednn()
  lazy_modules.choose_keras_2()


def install() -> None:
  """Puts everything that upstream misses in place; needs TensorFlow."""
  prepare()
  from sparse_disent.compat.startup import tensorflow1
  from sparse_disent.compat.startup import upstream  # noqa: F401
  tensorflow1.install()
