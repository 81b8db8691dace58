"""Settings of the process that suit the machine.

Settings that the user made are left as they are.
"""
import ctypes
import os
import pathlib
import platform
import sys

_CPU = pathlib.Path("/proc/cpuinfo")

# Parameters of glibc's `mallopt`, from its malloc.h, and their values. The heap
# of a thread has at most 64 MiB. glibc gives an empty heap back to the kernel,
# unless the pad is larger than the heap. The highest mmap threshold that glibc
# allows is half a heap.
_MALLOC = {-3: 32 * 2**20,  # M_MMAP_THRESHOLD
           -1: 2**31 - 1,   # M_TRIM_THRESHOLD
           -2: 65 * 2**20}  # M_TOP_PAD


def switch_on_onednn() -> None:
  """Lets TensorFlow compute with oneDNN on every x86 processor with AVX2.

  Call it before TensorFlow is imported.

  By itself TensorFlow uses oneDNN only on processors with instructions for
  neural networks (AVX512-VNNI and the like). On other processors oneDNN takes
  half of the time of TensorFlow's own convolutions, too. It adds up in another
  order, so that results differ in the last digits.
  """
  if "tensorflow" in sys.modules or platform.machine() != "x86_64":
    return
  if "avx2" in cpu_flags():
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def cpu_flags() -> frozenset[str]:
  """Returns the processor's features as Linux names them, such as 'avx2'.

  The set is empty where Linux's list of them cannot be read.
  """
  try:
    lines = _CPU.read_text().splitlines()
  except OSError:
    return frozenset()
  flags = [line.partition(":")[2] for line in lines if line.startswith("flags")]
  return frozenset(flags[0].split() if flags else ())


def keep_memory() -> None:
  """Makes glibc keep freed memory for the next allocations.

  Each training step allocates and frees the same large arrays. glibc returns
  them to the kernel each time, and gets them back page by page, filled with
  zeros. There are two causes. glibc gives up a thread's heap once it is empty.
  And TensorFlow's generator data sets lower the trim threshold to 128 kB when
  they start, which stops glibc from raising the other thresholds by itself.

  Other C libraries are left alone.
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
