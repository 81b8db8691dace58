"""Lines are those that TensorFlow 2.16 and 2.21 wrote, on two machines."""
import os
import signal
import subprocess
import sys

import pytest

from sparse_disent.compat.startup import import_notices

# ruff: noqa: E501
NOTICES = """\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795908941.383093   18428 port.cc:153] oneDNN custom operations are on. You may see slightly different numerical results due to floating-point round-off errors from different computation orders. To turn them off, set the environment variable `TF_ENABLE_ONEDNN_OPTS=0`.
2026-11-28 23:01:02.345678: I tensorflow/core/util/port.cc:113] oneDNN custom operations are on. You may see slightly different numerical results due to floating-point round-off errors from different computation orders. To turn them off, set the environment variable `TF_ENABLE_ONEDNN_OPTS=0`.
I0000 00:00:1795908952.448619   18755 cpu_feature_guard.cc:227] This TensorFlow binary is optimized to use available CPU instructions in performance-critical operations.
To enable the following instructions: AVX2 AVX512F FMA, in other operations, rebuild TensorFlow with the appropriate compiler flags.
2026-11-28 23:01:02.345678: E external/local_xla/xla/stream_executor/cuda/cuda_dnn.cc:9261] Unable to register cuDNN factory: Attempting to register factory for plugin cuDNN when one has already been registered
E0000 00:00:1741203341.123456    1234 cuda_blas.cc:1418] Unable to register cuBLAS factory: Attempting to register factory for plugin cuBLAS when one has already been registered
W0000 00:00:1741203341.123456    1234 computation_placer.cc:177] computation placer already registered. Please check linkage and avoid linking the same target more than once.
2026-11-28 23:01:02.345678: W tensorflow/compiler/tf2tensorrt/utils/py_utils.cc:38] TF-TRT Warning: Could not find TensorRT
""".splitlines()
NO_DRIVER = """\
I0000 00:00:1795908941.383591   18428 cudart_stub.cc:31] Could not find cuda drivers on your machine, GPU will not be used.
2026-11-28 23:01:02.345678: I external/local_tsl/tsl/cuda/cudart_stub.cc:32] Could not find cuda drivers on your machine, GPU will not be used.
E0000 00:00:1795909127.197522   19995 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)
2026-11-28 23:01:02.345678: E external/local_xla/xla/stream_executor/cuda/cuda_driver.cc:282] failed call to cuInit: UNKNOWN ERROR (303)
""".splitlines()
REAL = [
    "F0000 00:00:1795908941.1 1 cpu_feature_guard.cc:50] The TensorFlow "
    "library was compiled to use AVX instructions, but these aren't available "
    "on your machine.",
    "E0000 00:00:1 1 port.cc:9] oneDNN could not start", "", "a \xe9 \0 b",
    "  oneDNN custom operations are on.", "ImportError: no libstdc++"]
# A process that writes the lines of its stdin, and then does what it is told.
WRITER = """
import os, signal, sys
from sparse_disent.compat.startup import import_notices
with import_notices.dropped():
  os.write(2, sys.stdin.buffer.read())
  exec(sys.argv[1])
"""


@pytest.fixture(autouse=True)
def no_tensorflow(monkeypatch):
  """This process may have it, and with it the other settings."""
  monkeypatch.setitem(sys.modules, "tensorflow", None)
  monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)


def written(lines):
  with import_notices.dropped():
    os.write(2, "".join(f"{line}\n" for line in lines).encode())


@pytest.mark.parametrize("driver", [False, True])
def test_only_known_lines_are_dropped(monkeypatch, capfd, driver):
  monkeypatch.setattr(import_notices, "has_driver", lambda: driver)
  written(NOTICES + REAL[:3] + NO_DRIVER + REAL[3:])
  os.write(2, b"after\n")
  kept = REAL[:3] + (NO_DRIVER if driver else []) + REAL[3:]
  assert capfd.readouterr().err.splitlines() == [*kept, "after"]


def test_who_asks_for_all_lines_gets_them(monkeypatch, capfd):
  monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
  written(NOTICES)
  assert capfd.readouterr().err.splitlines() == NOTICES


@pytest.mark.parametrize("missing", ["grep", "stderr", "processes"])
def test_without_a_filter_all_is_shown(monkeypatch, capfd, missing):
  def refuse(*unused_arguments, **unused_names):
    raise OSError(f"no {missing}")

  if missing == "grep":
    monkeypatch.setattr(import_notices.shutil, "which", lambda *_, **__: None)
  else:
    monkeypatch.setattr(os, {"stderr": "dup", "processes": "posix_spawn"}[
        missing], refuse)
  before = os.listdir("/proc/self/fd")
  written(NOTICES)
  monkeypatch.undo()
  assert capfd.readouterr().err.splitlines() == NOTICES
  assert os.listdir("/proc/self/fd") == before


def test_an_error_leaves_stderr_as_it_was(capfd):
  before = os.listdir("/proc/self/fd")
  with pytest.raises(ImportError, match="mine"), import_notices.dropped():
    os.write(2, b"real\n")
    raise ImportError("mine")
  os.write(2, b"after\n")
  assert capfd.readouterr().err == "real\nafter\n"
  assert os.listdir("/proc/self/fd") == before


def test_a_process_that_stays_is_not_waited_for(monkeypatch, capfd):
  """Its stderr still leads to ours."""
  monkeypatch.setattr(import_notices, "_PATIENCE", 0.05)
  started, start = [], import_notices._start
  monkeypatch.setattr(import_notices, "_start", lambda *arguments:
                      started.append(start(*arguments)) or started[0])
  with import_notices.dropped():
    process = subprocess.Popen(
        ["sh", "-c", "read line; echo late >&2"], stdin=subprocess.PIPE)
  assert process.poll() is None
  process.communicate(b"go\n")
  os.waitpid(started[0], 0)  # The filter ends with it.
  assert capfd.readouterr().err == "late\n"


@pytest.mark.parametrize("end, code", [
    ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
    ("os.abort()", -signal.SIGABRT), ("os._exit(3)", 3),
    ("signal.signal(signal.SIGINT, signal.SIG_IGN); "
     "os.killpg(0, signal.SIGINT)", 0)], ids=["kill", "abort", "exit", "keys"])
def test_the_last_line_of_a_process_is_shown(end, code):
  """Also where it dies within, or where all of a terminal get Ctrl-C."""
  result = subprocess.run(
      [sys.executable, "-c", WRITER, end], input="\n".join(NOTICES + REAL[:1]),
      text=True, capture_output=True, check=False, start_new_session=True)
  assert result.returncode == code
  assert result.stderr.splitlines() == REAL[:1]


def test_tensorflow_is_asked_for_its_devices_once(monkeypatch):
  """Without a driver it complains once, and so among the lines."""
  asked = []

  class Fake:
    class config:  # noqa: N801
      list_physical_devices = staticmethod(asked.append)

  for driver in (True, False):
    monkeypatch.setattr(import_notices, "has_driver", lambda d=driver: d)
    with import_notices.dropped():
      monkeypatch.setitem(sys.modules, "tensorflow", Fake)
  assert asked == ["GPU"]


def test_a_driver_is_a_library_that_loads(monkeypatch):
  loaded = []
  monkeypatch.setattr(import_notices.ctypes, "CDLL", loaded.append)
  assert import_notices.has_driver() and loaded == ["libcuda.so.1"]

  def fail(name):
    raise OSError(f"{name}: cannot open shared object file")

  monkeypatch.setattr(import_notices.ctypes, "CDLL", fail)
  assert not import_notices.has_driver()
