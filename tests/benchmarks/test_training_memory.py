import os

import conftest
import pytest


@pytest.fixture
def memory(monkeypatch):
  monkeypatch.syspath_prepend(conftest.ROOT / "benchmarks")
  import training_memory
  return training_memory


def test_memory_of_a_process_is_read(memory):
  assert 5 < memory.resident(os.getpid()) < 100_000


def test_bytes_of_a_folder_are_added(memory, tmp_path):
  (tmp_path / "a").mkdir()
  (tmp_path / "a/file").write_bytes(bytes(30))
  (tmp_path / "file").write_bytes(bytes(12))
  assert memory.size(tmp_path) == 42


def test_the_last_step_of_a_log_is_read(memory, tmp_path):
  log = tmp_path / "log"
  log.write_text("training: 0/9 steps\nother\ntraining: 4/9 steps, 2.0/s\n")
  assert memory.step_in(log) == 4
  log.write_text("")
  assert memory.step_in(log) == 0
