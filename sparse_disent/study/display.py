"""Display of a sweep: tasks that run, tasks that have ended, time left."""
import sys
from collections.abc import Iterable
from typing import TextIO

from tqdm import tqdm

from sparse_disent.common.progress import is_wide
from sparse_disent.common.progress import progress
from sparse_disent.study import tasks


class Display:
  """Context manager that shows the progress of a sweep on stderr.

  A terminal gets a bar, and below it the last line of each running task. Any
  other stream gets a line now and then.
  """

  def __init__(self, total: int, done: int, *, every: float = 30.,
               stream: TextIO | None = None):
    """Prepares the display; nothing is shown before `with`.

    Args:
      total: Number of models.
      done: Number of those that are done already.
      every: Seconds between two lines.
      stream: Text stream to write to; None for `sys.stderr`.
    """
    self._stream = sys.stderr if stream is None else stream
    self._progress = progress(
        total, "sweep", "models", initial=done, side_by_side=True, every=every,
        stream=self._stream)
    self._done, self._failed = done, 0
    self._lines: list[tqdm] = []

  def __enter__(self) -> "Display":
    """Shows the first count."""
    self._progress.__enter__()
    return self

  def __exit__(self, *error: object) -> None:
    """Removes the lines of running tasks."""
    for line in self._lines:
      line.close()
    self._progress.__exit__(*error)

  def ended(self, task: tasks.Task, error: str = "") -> None:
    """Counts a task that has ended; prints why it failed.

    Args:
      task: The task.
      error: One line, or "" if the task is done.
    """
    if error:
      self._failed += 1
      self._write(f"model {task.number} failed: {error}")
    else:
      self._done += 1

  def unfinished(self, task: tasks.Task, reason: str) -> None:
    """Prints why a task is left to others or for later, in one line."""
    self._write(f"model {task.number} is not done: {reason}")

  def _write(self, line):
    tqdm.write(line, file=self._stream)

  def update(self, running: Iterable[tasks.Task]) -> None:
    """Shows the present counts, and the last line of each running task."""
    lines = [f"model {task.number}: {tasks.last_line(task)}"
             for task in running]
    postfix = f"{len(lines)} running"
    if self._failed:
      postfix += f", {self._failed} failed"
    if is_wide(self._stream):
      self._show(lines)
    elif lines:
      postfix += f" ({'; '.join(lines)})"
    self._progress.update_to(self._done, postfix)

  def _show(self, lines):
    while len(self._lines) < len(lines):
      self._lines.append(tqdm(
          total=0, bar_format="{desc}", position=len(self._lines) + 1,
          leave=False, file=self._stream, dynamic_ncols=True))
    for bar, text in zip(self._lines, [*lines, *[""] * len(self._lines)],
                         strict=False):
      bar.set_description_str(text)
