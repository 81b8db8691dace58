"""Settings that suit the machine, where the user made none.

They hold for the whole process.
"""
import ctypes
import os
import pathlib
import platform
import sys

_CPU = pathlib.Path("/proc/cpuinfo")

# Parameters of glibc's `mallopt`, from its malloc.h, and what they are set to.
# A thread's heap has at most 64 MiB; it is given back once it is empty, unless
# as much is to be kept as a pad. Half of it is the highest threshold allowed.
_MALLOC = {-3: 32 * 2**20,  # M_MMAP_THRESHOLD
           -1: 2**31 - 1,   # M_TRIM_THRESHOLD
           -2: 65 * 2**20}  # M_TOP_PAD


def switch_on_onednn():
  """Lets TensorFlow compute with oneDNN on every x86 processor with AVX2.

  Call it before TensorFlow is imported.

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


def keep_memory():
  """Makes the C library keep what was freed for what is allocated next.

  A training step allocates and frees the same large arrays as the one before.
  glibc returns them to the kernel each time, and gets them back page by page,
  each of them filled with zeros: it gives up a thread's heap once that is
  empty, and TensorFlow's generator data sets lower the trim threshold to 128 kB
  when they start, which stops glibc from raising the others by itself. Other C
  libraries are left alone.
  """
  if any(name.startswith("MALLOC_") or (
      name == "GLIBC_TUNABLES" and "malloc" in os.environ[name])
         for name in os.environ):
    return
  try:
    mallopt = ctypes.CDLL(None).mallopt
  except (AttributeError, OSError, TypeError):
    return
  for parameter, value in _MALLOC.items():
    mallopt(parameter, value)
