"""A progress bar for terminals, and plain lines for log files."""
import os
import sys
import time
from collections.abc import Callable
from typing import TextIO

from tqdm import tqdm

# Seconds between the first count and an estimate of the time that is left.
_ESTIMATE_AFTER = 5.


class progress:
  """Context manager that shows the progress of a long task on stderr.

  A terminal gets a tqdm bar. Any other stream gets a line for the first and the
  last count, and in between at most one line every `every` seconds, such as
  `rendering dSprites: 432/720 blocks, 21.3/s, 13 s left, loss 103.2`. The last
  is `rendering dSprites: 720/720 blocks, in 34 s`.

  The first count takes longer than others, as a graph is built or processes
  start. So rate and time left are those since the first count, and wait until
  `_ESTIMATE_AFTER` seconds have passed since. Tasks that run side by side also
  end side by side: for them the rate is that since the beginning.
  """

  def __init__(self, total: int | None, description: str, unit: str = "steps",
               *, initial: int = 0, side_by_side: bool = False,
               every: float = 10.,
               stream: TextIO | None = None,
               clock: Callable[[], float] = time.monotonic):
    """Prepares the display; nothing is shown before `with`.

    Args:
      total: The count at which the task is done; None if unknown.
      description: Name of the task, such as "rendering dSprites".
      unit: Name of the things that are counted, in the plural.
      initial: The count that an earlier run has reached; not part of the rate.
      side_by_side: Whether several are done at the same time.
      every: Seconds between two lines.
      stream: Text stream to write to; None for the present `sys.stderr`.
      clock: Function that returns the time in seconds.
    """
    self._total, self._description, self._unit = total, description, unit
    self._initial, self._every, self._clock = initial, every, clock
    self._stream = sys.stderr if stream is None else stream
    self._count, self._postfix, self._shown = initial, "", None
    self._bar: tqdm | None = None
    self._side_by_side = side_by_side
    # Time and count from which on the rate is measured.
    self._first: tuple[float, int] | None = None

  def __enter__(self) -> "progress":
    """Shows the first count."""
    self._start = self._clock()
    if self._side_by_side:
      self._first = self._start, self._initial
    if is_wide(self._stream):
      self._bar = tqdm(
          total=self._total, desc=self._description, unit=f" {self._unit}",
          initial=self._initial, file=self._stream, dynamic_ncols=True,
          smoothing=0. if self._side_by_side else .3)  # 0: since the beginning.
    else:
      self._write_line()
    return self

  def __exit__(self, *unused_error: object) -> None:
    """Shows the last count, also after an error."""
    if self._bar is not None:
      self._bar.close()
    elif self._shown != (self._count, self._postfix):
      self._write_line()

  def update(self, count: int = 1, postfix: str = "") -> None:
    """Adds `count` to the present count."""
    self.update_to(self._count + count, postfix)

  def update_to(self, count: int, postfix: str = "") -> None:
    """Sets the present count and a text to show behind it."""
    advance, self._count = count - self._count, count
    self._postfix = postfix
    is_first = self._first is None and advance > 0
    if is_first:
      self._first = self._clock(), count
    if self._bar is not None:
      self._bar.set_postfix_str(postfix, refresh=False)
      self._bar.update(advance)
      if is_first:
        self._bar.unpause()  # Its rate is that since now.
    elif self._clock() - self._last >= self._every:
      self._write_line()

  def _write_line(self):
    self._last = self._clock()
    self._shown = (self._count, self._postfix)
    of_total = "" if self._total is None else f"/{self._total}"
    parts = [f"{self._description}: {self._count}{of_total} {self._unit}"]
    if self._count == self._total and self._count > self._initial:
      parts += [f"in {duration(self._last - self._start)}"]
    else:
      parts += self._estimate()
    parts += [self._postfix] if self._postfix else []
    print(", ".join(parts), file=self._stream, flush=True)

  def _estimate(self):
    """Rate, and time left if the total is known."""
    if self._first is None:
      return []
    seconds, done = self._last - self._first[0], self._count - self._first[1]
    if seconds < _ESTIMATE_AFTER or done <= 0:
      return []
    each = seconds / done
    rate = f"{1 / each:.1f}/s" if each < 10 else f"{duration(each)} each"
    left = [] if self._total is None else [
        f"{duration(max(0, self._total - self._count) * each)} left"]
    return [rate, *left]


def note(line: str) -> None:
  """Prints a line on stderr; above the bar, if one is shown."""
  tqdm.write(line, file=sys.stderr)


def is_wide(stream):
  """Tells whether a stream is a terminal of known width."""
  try:
    return stream.isatty() and os.get_terminal_size(
        stream.fileno()).columns > 0
  except (AttributeError, OSError, ValueError):
    return False


def duration(seconds: float) -> str:
  """Formats a duration for people: `13 s`, `2 min 5 s`, `1 h 2 min`."""
  seconds = round(seconds)
  if seconds < 60:
    return f"{seconds} s"
  if seconds < 3600:
    return f"{seconds // 60} min {seconds % 60} s"
  return f"{seconds // 3600} h {seconds % 3600 // 60} min"
