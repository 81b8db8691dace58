import json
import os
import platform
import subprocess
import sys

import pytest

from sparse_disent.compat.speed import machine

# A convolution runs as oneDNN's operation, or as TensorFlow's own.
KERNELS = """
import json, os
import disentanglement_lib
import tensorflow.compat.v1 as tf
with tf.Graph().as_default(), tf.Session() as session:
  images = tf.random_uniform([4, 8, 8, 3])
  result = tf.nn.conv2d(images, tf.random_uniform([3, 3, 3, 5]), padding="SAME")
  metadata = tf.RunMetadata()
  session.run(result, options=tf.RunOptions(output_partition_graphs=True),
              run_metadata=metadata)
names = {node.op for graph in metadata.partition_graphs for node in graph.node}
print(json.dumps(["_MklNativeConv2D" in names,
                  os.environ.get("TF_ENABLE_ONEDNN_OPTS")]))
"""
with_avx2 = pytest.mark.skipif(
    platform.machine() != "x86_64" or "avx2" not in machine.cpu_flags(),
    reason="needs an x86 processor with AVX2")


def kernels(before="", **settings):
  environment = {name: value for name, value in os.environ.items()
                 if name != "TF_ENABLE_ONEDNN_OPTS"}
  result = subprocess.run(
      [sys.executable, "-c", before + KERNELS], text=True, capture_output=True,
      check=False, env={**environment, **settings})
  assert result.returncode == 0, result.stderr
  return json.loads(result.stdout)


@with_avx2
def test_convolutions_run_in_onednn():
  assert kernels() == [True, "1"]


def test_the_user_decides():
  assert kernels(TF_ENABLE_ONEDNN_OPTS="0") == [False, "0"]


def test_a_tensorflow_that_is_there_stays_as_it_is():
  assert kernels("import tensorflow\n")[1] is None


@pytest.mark.parametrize("flags, architecture, expected", [
    ("fpu avx avx2", "x86_64", "1"), ("fpu avx", "x86_64", None),
    ("fpu avx2", "aarch64", None)])
def test_old_and_other_processors_keep_tensorflows_default(
    tmp_path, monkeypatch, flags, architecture, expected):
  cpu = tmp_path / "cpuinfo"
  cpu.write_text(f"processor\t: 0\nflags\t\t: {flags}\n\nprocessor\t: 1\n")
  monkeypatch.setattr(machine, "_CPU", cpu)
  monkeypatch.setattr(platform, "machine", lambda: architecture)
  monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
  monkeypatch.delitem(sys.modules, "tensorflow")
  machine.switch_on_onednn()
  assert os.environ.pop("TF_ENABLE_ONEDNN_OPTS", None) == expected


def test_a_processor_that_says_nothing_has_no_flags(tmp_path, monkeypatch):
  monkeypatch.setattr(machine, "_CPU", tmp_path / "missing")
  assert machine.cpu_flags() == frozenset()


# Pages that the kernel hands out to a thread that takes 80 MiB in four parts
# and gives them back, as a training step does; the second time.
PAGES = """
import ctypes, resource, sys, threading
from sparse_disent.compat.speed import machine

def take_and_give_back():
  before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
  arrays = [ctypes.c_void_p(malloc(20 * 2**20)) for _ in range(4)]
  for array in arrays:
    ctypes.memset(array, 1, 20 * 2**20)
  for array in arrays:
    ctypes.CDLL(None).free(array)
  return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def watch():
  take_and_give_back()
  print(take_and_give_back())

malloc = ctypes.CDLL(None).malloc
malloc.argtypes, malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
if "keep" in sys.argv:
  machine.keep_memory()
thread = threading.Thread(target=watch)
thread.start()
thread.join()
"""


def pages(*arguments):
  environment = {name: value for name, value in os.environ.items()
                 if not name.startswith(("MALLOC_", "GLIBC_"))}
  return int(subprocess.run(
      [sys.executable, "-c", PAGES, *arguments], text=True, check=True,
      capture_output=True, env=environment).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_freed_memory_is_used_again():
  assert pages() > 10_000  # Of 20,480.
  assert pages("keep") < 1000


@pytest.mark.parametrize("settings", [
    {"MALLOC_ARENA_MAX": "4"},
    {"GLIBC_TUNABLES": "glibc.malloc.arena_max=4"}])
def test_settings_of_malloc_stay(settings, monkeypatch):
  for name, value in settings.items():
    monkeypatch.setenv(name, value)

  def fail(name):
    raise AssertionError(name)

  monkeypatch.setattr(machine.ctypes, "CDLL", fail)
  machine.keep_memory()


def test_other_c_libraries_are_left_alone(monkeypatch):
  for name in ("MALLOC_TOP_PAD_", "GLIBC_TUNABLES"):
    monkeypatch.delenv(name, raising=False)
  monkeypatch.setattr(machine.ctypes, "CDLL", lambda name: object())
  machine.keep_memory()
