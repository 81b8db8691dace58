"""Signals end a command with one line and their exit code."""
import errno
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from sparse_disent.common import stopping

SIGNALS = pytest.mark.parametrize("signum, code", [
    (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])


def kill(signum):
  os.kill(os.getpid(), signum)
  time.sleep(10)


def handlers():
  return [signal.getsignal(one) for one in (
      signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]


@SIGNALS
def test_a_signal_ends_a_command(capsys, signum, code):
  before, cleared = handlers(), []

  def work():
    try:
      kill(signum)
    finally:
      cleared.append(True)

  assert stopping.run(work, program="tool") == code
  assert capsys.readouterr() == (
      "", f"tool: stopped by {signum.name}. The same command starts again.\n")
  assert cleared and handlers() == before


@pytest.mark.parametrize("returned, code", [(None, 0), (0, 0), (3, 3)])
def test_the_code_of_a_command_that_is_not_stopped(capsys, returned, code):
  before = handlers()
  assert stopping.run(lambda: returned) == code
  assert capsys.readouterr() == ("", "")
  assert handlers() == before


def test_errors_pass_and_handlers_are_put_back():
  before = handlers()
  with pytest.raises(KeyError):
    stopping.run(lambda: {}["key"])
  assert handlers() == before


def test_an_interrupt_that_something_else_raised(capsys):
  def work():
    raise KeyboardInterrupt

  assert stopping.run(work, program="tool") == 130
  assert "tool: stopped by SIGINT." in capsys.readouterr().err


def test_the_innermost_advice_is_given(capsys):
  def work():
    with stopping.going_on("Start over."):
      with stopping.going_on(lambda: "Go on with --resume."):
        kill(signal.SIGTERM)

  assert stopping.run(work, program="tool", advice="Default.") == 143
  assert capsys.readouterr().err == (
      "tool: stopped by SIGTERM. Go on with --resume.\n")


def test_advice_in_place_of_that_of_the_steps_inside(capsys):
  def work():
    with stopping.going_on("Same again.", instead=True):
      with stopping.going_on("Go on with --resume."):
        kill(signal.SIGTERM)

  assert stopping.run(work, program="tool") == 143
  assert capsys.readouterr().err == "tool: stopped by SIGTERM. Same again.\n"


def test_an_error_made_of_a_signal_is_the_signal(capsys):
  """Like TensorFlow's `error_already_set ... REPLACED BY Stopped`."""
  caught = []

  def work():
    with stopping.going_on("Go on with --resume."):
      try:
        with stopping.unmasked():
          masked()
      except RuntimeError as error:
        caught.append(error)

  def masked():
    try:
      kill(signal.SIGTERM)
    except KeyboardInterrupt as error:
      raise RuntimeError("of compiled code") from error

  assert stopping.run(work, program="tool") == 143
  assert capsys.readouterr().err == (
      "tool: stopped by SIGTERM. Go on with --resume.\n")
  assert not caught
  with pytest.raises(KeyError):  # The signal is over.
    stopping.run(lambda: {}["key"])


def test_what_fails_after_a_signal_is_said_if_it_can_be_cured(capsys):
  def work():
    try:
      kill(signal.SIGTERM)
    finally:
      raise OSError(errno.ENOSPC, "No space left on device", "out")

  assert stopping.run(work, program="tool") == 143
  assert capsys.readouterr().err.startswith(
      "tool: stopped by SIGTERM. [Errno 28] No space left on device: 'out'.")


@pytest.mark.filterwarnings("error")
def test_a_signal_that_is_lost_comes_again(capsys):
  class Closing:

    def __del__(self):
      kill(signal.SIGINT)

  def work():
    Closing()
    time.sleep(10)
    pytest.fail("is not stopped")

  assert stopping.run(work, program="tool") == 130
  assert capsys.readouterr().err == (
      "tool: stopped by SIGINT. The same command starts again.\n")


def test_a_signal_can_be_forgotten():
  def work():
    try:
      kill(signal.SIGTERM)
    except KeyboardInterrupt:
      stopping.forget()
    raise OSError("of later")

  with pytest.raises(OSError, match="of later"):
    stopping.run(work)


def test_ignored_signals_and_others_handlers_stay():
  """`nohup` ignores SIGHUP, and a background job of a script SIGINT."""
  mine = lambda *unused_args: None
  former = {one: signal.getsignal(one)
            for one in (signal.SIGHUP, signal.SIGTERM)}
  try:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, mine)
    seen = []
    stopping.run(lambda: seen.extend(handlers()[1:]))
    assert seen == [mine, signal.SIG_IGN]
  finally:
    for one, handler in former.items():
      signal.signal(one, handler)


def test_the_same_signal_twice_does_not_disturb_the_clearing_up(capsys):
  cleared = []

  def work():
    try:
      kill(signal.SIGINT)
    finally:
      os.kill(os.getpid(), signal.SIGINT)  # From the group of the terminal.
      os.kill(os.getpid(), signal.SIGTERM)
      cleared.append(True)

  assert stopping.run(work, program="tool") == 130
  assert cleared


def test_a_later_signal_ends_the_process_at_once():
  code = ("import os, signal, time\n"
          "from sparse_disent.common import stopping\n"
          "def work():\n"
          "  try:\n    os.kill(os.getpid(), signal.SIGINT)\n"
          "  finally:\n    time.sleep(1.1)\n"
          "    os.kill(os.getpid(), signal.SIGTERM)\n"
          "    print('still there', flush=True)\n"
          "stopping.run(work)")
  done = subprocess.run([sys.executable, "-c", code], capture_output=True,
                        check=False)
  assert (done.returncode, done.stdout) == (-signal.SIGTERM, b"")


def test_in_another_thread_no_handler_is_set():
  before, codes = handlers(), []
  thread = threading.Thread(
      target=lambda: codes.append(stopping.run(lambda: handlers() != before)))
  thread.start()
  thread.join()
  assert codes == [0]


_CHILD = """
import signal, sys, time
def stop(signum, frame):
  {end}
for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
  signal.signal(signum, stop)
print("ready", flush=True)
while True:
  time.sleep(60)
"""


def start(end):
  child = subprocess.Popen(
      [sys.executable, "-c", _CHILD.format(end=end)], stdout=subprocess.PIPE)
  child.stdout.readline()
  return child


@SIGNALS
def test_children_are_told_and_waited_for(signum, code):
  def work():
    with stopping.waited_for(*children):
      kill(signum)

  with start("time.sleep(.2); sys.exit(signum)") as child, \
      start("time.sleep(.1); sys.exit(signum)") as another:
    children = child, another
    assert stopping.run(work) == code
    assert [child.returncode for child in children] == [signum, signum]


def test_children_that_do_not_listen_are_killed():
  with start("pass") as child:
    with pytest.raises(KeyError), stopping.waited_for(child, grace=0.1):
      raise KeyError
    assert child.returncode == -signal.SIGKILL


def test_children_go_on_after_the_work_is_done():
  with start("sys.exit(0)") as child:
    with stopping.waited_for(child):
      pass
    assert child.poll() is None
    child.terminate()


def test_import_installs_nothing():
  code = ("import signal\nnames = [signal.SIGINT, signal.SIGTERM, "
          "signal.SIGHUP]\nbefore = list(map(signal.getsignal, names))\n"
          "from sparse_disent.common import stopping\n"
          "assert list(map(signal.getsignal, names)) == before")
  subprocess.run([sys.executable, "-c", code], check=True)
