"""What upstream 1.5 misses on current TensorFlow, gin, NumPy and setuptools.

The only place of sparse_disent that touches foreign modules.
"""


def install():
  """Puts everything that upstream misses in place; needs TensorFlow."""
  from sparse_disent.compat import machine
  from sparse_disent.compat import quiet
  from sparse_disent.compat import startup
  quiet.install()
  machine.switch_on_onednn()
  startup.choose_keras_2()
  from sparse_disent.compat import gin_imports
  from sparse_disent.compat import python
  from sparse_disent.compat import tensorflow1
  from sparse_disent.compat import upstream  # noqa: F401
  python.install()
  gin_imports.install()
  tensorflow1.install()
