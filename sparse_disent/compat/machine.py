"""Settings of TensorFlow that suit the machine, where the user made none.

They hold for the whole process and only if made before TensorFlow is imported.
"""
import os
import pathlib
import platform
import sys

_CPU = pathlib.Path("/proc/cpuinfo")


def switch_on_onednn():
  """Lets TensorFlow compute with oneDNN on every x86 processor with AVX2.

  TensorFlow does so by itself only where there are instructions for neural
  networks (AVX512-VNNI and the like). Without them, too, oneDNN takes half of
  the time of TensorFlow's own convolutions. Sums are taken in another order, so
  that results differ in the last digits.
  """
  if "tensorflow" in sys.modules or platform.machine() != "x86_64":
    return
  if "avx2" in cpu_flags():
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def cpu_flags():
  """Returns the set of what the processor can do, in the kernel's names."""
  try:
    lines = _CPU.read_text().splitlines()
  except OSError:
    return frozenset()
  flags = [line.partition(":")[2] for line in lines if line.startswith("flags")]
  return frozenset(flags[0].split() if flags else ())
