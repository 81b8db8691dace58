"""Ctrl-C, SIGTERM and SIGHUP: one line, an exit code, and nothing left behind.

Nothing happens at import: programs that use this package as a library keep
their own handlers. A command calls `run`. Code that knows how its work goes on
says so with `going_on`, and code that starts processes waits in `waited_for`.
Code that goes on after errors runs what may raise them in `unmasked`.
"""
import contextlib
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from multiprocessing import resource_tracker
from typing import Any

from sparse_disent.common import one_line

_SIGNALS = tuple(getattr(signal, name) for name in (
    "SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
# Sentence on how to go on after a command that has kept nothing.
ADVICE = "The same command starts again."
# A signal that comes so many seconds after another is one with it: a terminal
# and a supervisor may both send it, or to a process and to its group.
_SAME = 1.0
# The signal that asks this process to end, and the time when it came.
_asked: list[tuple[int, float]] = []


class Stopped(KeyboardInterrupt):
  """The process is asked to end.

  Attributes:
    signum: Number of the signal.
  """

  def __init__(self, signum: int):
    super().__init__(signum)
    self.signum = signum


def run(function: Callable[[], Any], *, program: str | None = None,
        advice: str = ADVICE) -> int:
  """Runs a command; a signal ends it in good order.

  In `function` SIGINT, SIGTERM and SIGHUP raise `Stopped`. Its `finally` blocks
  save and clear up. A second signal, later than a second after the first, ends
  the process at once. Signals that are ignored (`nohup`) or handled by someone
  else stay so. The handlers are put back at the end.

  Args:
    function: Function without arguments. It returns an exit code; None for 0.
    program: Name that begins the line; None for that of the script.
    advice: Sentence on how to go on, unless `going_on` gave one.

  Returns:
    The exit code: the function's, or 128 plus the number of the signal (130,
    143 or 129) after one line on stderr.
  """
  try:
    with handled():
      return function() or 0
  except KeyboardInterrupt as error:
    name = program or os.path.basename(sys.argv[0])
    said = getattr(error, "advice", advice)
    cause = error.__cause__
    if cause is not None and one_line.is_curable(cause):  # Such as a full disk.
      said = f"{one_line.text(cause).rstrip('.')}. {said}"
    _say(f"{name}: stopped by {signal_of(error).name}. {said}")
    return 128 + signal_of(error)


@contextlib.contextmanager
def handled() -> Iterator[None]:
  """Makes SIGINT, SIGTERM and SIGHUP raise `Stopped`, as in `run`."""
  former, report = _install(), sys.unraisablehook
  if former:
    sys.unraisablehook = functools.partial(_ask_again, report)
  try:
    with unmasked():
      yield
  finally:
    if former:
      sys.unraisablehook = report
      forget()
    for signum, handler in former.items():
      signal.signal(signum, handler)


@contextlib.contextmanager
def unmasked() -> Iterator[None]:
  """Raises `Stopped` in place of an error that was made of it.

  Compiled code may turn what a signal's handler raises into another error:
  pybind11, and so TensorFlow, into a RuntimeError. Whatever else fails while a
  process ends fails because of the signal.
  """
  try:
    yield
  except Exception as error:
    stopped = interruption(error)
    if stopped is None:
      raise
    raise stopped from error


def interruption(error: BaseException) -> KeyboardInterrupt | None:
  """Returns the interruption that an error is or was made of; None for others.
  """
  if isinstance(error, Exception) and _asked:
    return Stopped(_asked[0][0])
  return error if isinstance(error, KeyboardInterrupt) else None


def signal_of(error: KeyboardInterrupt) -> signal.Signals:
  """Returns the signal that interrupted; Ctrl-C's if Python caught it itself.
  """
  return signal.Signals(getattr(error, "signum", signal.SIGINT))


def forget() -> None:
  """Forgets the signal that was caught, as this process goes on after all."""
  _asked.clear()


def _ask_again(report, unraisable):
  """Sends a signal again whose `Stopped` was lost, such as in a destructor."""
  if isinstance(unraisable.exc_value, Stopped):
    forget()
    threading.Timer(
        0.01, os.kill, [os.getpid(), unraisable.exc_value.signum]).start()
  else:
    report(unraisable)


def _say(line):
  with contextlib.suppress(OSError, ValueError):  # The terminal may be gone.
    print(*line.split(), file=sys.stderr, flush=True)


def _install():
  """Sets the handlers; returns the former ones by their signals."""
  if threading.current_thread() is not threading.main_thread():
    return {}
  former = {}

  def stop(signum, unused_frame):
    if not _asked:
      _asked.append((signum, time.monotonic()))
      raise Stopped(signum)
    if time.monotonic() - _asked[0][1] > _SAME:
      signal.signal(signum, signal.SIG_DFL)
      os.kill(os.getpid(), signum)

  for signum in _SIGNALS:
    if signal.getsignal(signum) in (
        signal.SIG_DFL, signal.default_int_handler):
      former[signum] = signal.signal(signum, stop)
  return former


@contextlib.contextmanager
def going_on(advice: str | Callable[[], str], *, instead: bool = False
             ) -> Iterator[None]:
  """Says how to go on if the work in this context is stopped.

  Of several contexts the innermost one speaks.

  Args:
    advice: One sentence, e.g. "Go on with: dlib_train ... --resume"; or a
      function that returns it, called when the work is stopped.
    instead: Whether this context speaks in place of those inside.
  """
  try:
    with unmasked():
      yield
  except KeyboardInterrupt as error:
    if instead or not hasattr(error, "advice"):
      said = advice if isinstance(advice, str) else advice()
      setattr(error, "advice", said)  # noqa: B010 Its class has no such thing.
    raise


@contextlib.contextmanager
def kept_from_children() -> Iterator[None]:
  """Blocks SIGINT and SIGHUP for processes that start in this context.

  A terminal sends them to all processes of a command. One that only starts
  would print where it was interrupted. For workers, which their parent ends.
  """
  of_terminal = [signal.SIGINT, signal.SIGHUP]
  former = signal.pthread_sigmask(signal.SIG_BLOCK, of_terminal)
  try:
    resource_tracker.ensure_running()  # Its start unblocks SIGINT.
    signal.pthread_sigmask(signal.SIG_BLOCK, of_terminal)
    yield
  finally:
    signal.pthread_sigmask(signal.SIG_SETMASK, former)


@contextlib.contextmanager
def waited_for(*children: subprocess.Popen, grace: float = 60.0
               ) -> Iterator[None]:
  """Passes a signal, or any error, on to child processes and waits for them.

  Args:
    *children: Running processes.
    grace: Seconds that they have to end; then they are killed.
  """
  try:
    with unmasked():
      yield
  except BaseException as error:
    signum = (signal_of(error) if isinstance(error, KeyboardInterrupt)
              else signal.SIGTERM)
    for child in children:
      if child.poll() is None:
        child.send_signal(signum)
    end = time.monotonic() + grace
    for child in children:
      try:
        child.wait(max(0.0, end - time.monotonic()))
      except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    raise
