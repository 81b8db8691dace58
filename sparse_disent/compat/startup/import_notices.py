"""Drops known lines that TensorFlow writes while it is imported.

Its libraries write some notices before any setting can silence them: that
oneDNN is on, that there is no CUDA, that a kernel is registered twice. They go
to the file descriptor of stderr, which is C++'s, and stand on each start of
each command. One of them reads like a failure.

Within `dropped`, stderr leads through a `grep` of its own, which leaves out
these lines and passes on all others as they come. It is another process, so
that nothing is lost when this one dies in the middle of the import.
"""
import contextlib
import ctypes
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator

# Lines as TensorFlow 2.16 to 2.21 write them, as extended regular expressions.
_NOTICES = (
    r"^WARNING: All log messages before absl::InitializeLog\(\) is called are "
    r"written to STDERR$",
    r" port\.cc:[0-9]+\] oneDNN custom operations are on\.",
    r"/port\.cc:[0-9]+\] oneDNN custom operations are on\.",
    r"cpu_feature_guard\.cc:[0-9]+\] This TensorFlow binary is optimized to ",
    r"^To enable the following instructions: .*, in other operations, rebuild "
    r"TensorFlow with the appropriate compiler flags\.$",
    r"cuda_(dnn|fft|blas)\.cc:[0-9]+\] Unable to register cu[A-Z]+ factory: ",
    r"computation_placer\.cc:[0-9]+\] computation placer already registered\.",
    r"py_utils\.cc:[0-9]+\] TF-TRT Warning: Could not find TensorRT$",
)
# Lines that are news where there is a driver, and none where there is not.
_NO_DRIVER = (
    r"cudart_stub\.cc:[0-9]+\] Could not find cuda drivers on your machine, ",
    r"cuda_(platform|driver)\.cc:[0-9]+\] failed call to cuInit: .*"
    r"(\(303\)|CUDA_ERROR_NO_DEVICE|UNKNOWN ERROR)",
)
_STDERR = 2
# Seconds for the last lines to be passed on. More are only needed if a process
# that was started meanwhile keeps its stderr, which then stays a `grep`'s.
_PATIENCE = 1.0


def has_driver() -> bool:
  """Tells whether there is a driver of NVIDIA's, as TensorFlow looks for it."""
  try:
    ctypes.CDLL("libcuda.so.1")
  except OSError:
    return False
  return True


@contextlib.contextmanager
def dropped() -> Iterator[None]:
  """Context in which TensorFlow is imported without the known lines.

  Without a driver of NVIDIA's TensorFlow is also asked for its devices, as the
  first of its sessions would ask: it complains once. Who sets
  TF_CPP_MIN_LOG_LEVEL to 0 sees all lines.
  """
  driver = has_driver()
  with _filtered(_NOTICES if driver else _NOTICES + _NO_DRIVER):
    yield
    tensorflow = sys.modules.get("tensorflow")
    if not driver and tensorflow is not None:
      tensorflow.config.list_physical_devices("GPU")


@contextlib.contextmanager
def _filtered(patterns):
  grep = shutil.which("grep", path=os.defpath)
  if grep is None or os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0":
    yield
    return
  kept = None
  try:
    kept = os.dup(_STDERR)
    process = _start(grep, patterns)
  except OSError:  # The process has no stderr, or may start no other.
    if kept is not None:
      os.close(kept)
    yield
    return
  try:
    yield
  finally:
    os.dup2(kept, _STDERR)  # Closes the only writing end of the pipe.
    os.close(kept)
    _wait(process)


def _start(grep, patterns):
  """Puts a `grep` between this process and its stderr; returns its number.

  It blocks signals that go to all processes of a terminal: they must not end
  it before its last line. It ends with this process.
  """
  reading, writing = os.pipe()
  arguments = [argument for pattern in patterns
               for argument in ("-e", pattern)]
  try:
    process = os.posix_spawn(
        grep, [grep, "-E", "-v", "-a", "--line-buffered", *arguments],
        {"LC_ALL": "C"},
        file_actions=[(os.POSIX_SPAWN_DUP2, reading, 0),
                      (os.POSIX_SPAWN_DUP2, _STDERR, 1)],
        setsigmask=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP,
                    signal.SIGQUIT])
    os.dup2(writing, _STDERR)
  finally:
    os.close(reading)
    os.close(writing)
  return process


def _wait(process):
  end = time.monotonic() + _PATIENCE
  with contextlib.suppress(ChildProcessError):  # Another has waited for it.
    while os.waitpid(process, os.WNOHANG) == (0, 0):
      if time.monotonic() > end:
        return
      time.sleep(0.001)
