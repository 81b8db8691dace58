"""Processes that fit classifiers: what starts, and what stays."""
import contextlib
import gc
import os
import pathlib

import joblib
import pytest

from sparse_disent.compat.speed import workers


def running():
  """Numbers of this process's workers that live."""
  found = []
  for folder in pathlib.Path("/proc").glob("[0-9]*"):
    try:
      state, parent = (folder / "stat").read_text().rpartition(")")[2].split(
      )[:2]
      if int(parent) == os.getpid() and state != "Z" and (
          "LokyProcess" in (folder / "cmdline").read_text()):
        found.append(int(folder.name))
    except OSError:  # It has ended.
      pass
  return found


def test_processes_end_with_their_context(recwarn):
  with workers.ended():
    list(workers.start(2))
    assert len(running()) == 2
  assert not running()
  with pytest.raises(ZeroDivisionError), workers.ended():
    list(workers.start(2))
    _ = 1 / 0
  assert not running()
  with workers.ended():  # Without any.
    pass
  assert not recwarn.list


def test_calls_go_to_processes_that_have_started():
  with workers.ended():
    list(workers.start(2))
    found = set(workers.results(2, [joblib.delayed(os.getpid)()] * 10))
    assert found <= set(running())


def test_one_process_is_this_one():
  assert not list(workers.start(1))
  assert set(workers.results(1, [joblib.delayed(os.getpid)()] * 3)) == {
      os.getpid()}
  assert not running()


@pytest.mark.parametrize("error", [None, KeyboardInterrupt])
def test_processes_that_nothing_was_sent_to_serve_the_next(error):
  """An iterator of joblib's that is thrown away would end them later on."""
  with workers.ended():
    with contextlib.suppress(KeyboardInterrupt), workers.starting(2) as start:
      start()
      start()
      if error:
        raise error
    gc.collect()
    first = set(running())
    assert len(first) == 2
    assert set(workers.results(
        2, [joblib.delayed(os.getpid)()] * 10)) <= first


@pytest.mark.timeout(120)
def test_a_process_that_is_replaced_stops_nothing():
  """joblib replaces one whose memory has grown, and warns in a thread.

  Here warnings are errors, which would end the thread that calls wait for.
  """
  def grow():
    from joblib.externals.loky import process_executor
    process_executor._MEMORY_LEAK_CHECK_DELAY = 0
    process_executor._MAX_MEMORY_LEAK_SIZE = -2**60
    return os.getpid()

  with workers.ended():
    found = list(workers.results(2, [joblib.delayed(grow)()] * 8))
  assert len(found) == 8 and len(set(found)) > 2
