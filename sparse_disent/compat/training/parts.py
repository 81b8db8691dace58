"""The parts of a training: processes that each continue the one before.

Upstream's `train` knows nothing of parts. It is called anew in each of them,
and the estimator asks this module whether it runs in one.
"""
import contextlib
import dataclasses
import os
import shlex
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator

from sparse_disent.compat.training import checkpoints


@dataclasses.dataclass
class Part:
  """One process's share of a training.

  Attributes:
    before_first_step: called once the model is built, before anything is saved.
    earlier: seconds that the parts before took.
    batches: number of batches that the model has seen, in all parts.
    step: global step after these batches.
    ends: dict from directories of checkpoints to the global step at which the
      calls of `train` so far end; a fork may train and evaluate in turn.
    begun: time when this part began.
  """

  before_first_step: Callable[[], None] = lambda: None
  earlier: float = 0.0
  batches: int = 0
  step: int = 0
  ends: dict[str, int] = dataclasses.field(default_factory=dict)
  begun: float = dataclasses.field(default_factory=time.time)

  def begin_at(self, step: int, progress: checkpoints.Progress) -> None:
    """Continues the parts before."""
    self.step = step
    self.batches = progress.batches
    self.earlier = max(self.earlier, progress.seconds)

  def count(self, step: int) -> None:
    """Counts a batch, after which the global step is `step`."""
    self.batches, self.step = self.batches + 1, step

  def progress(self, step: int) -> checkpoints.Progress:
    """Returns the progress of all parts up to a step.

    A signal may come between the end of a step and its count, which then is
    made up for here.
    """
    return checkpoints.Progress(
        self.batches + (step > self.step),
        self.earlier + time.time() - self.begun)


@dataclasses.dataclass
class Position:
  """The batch at which the data of a training begin.

  Attributes:
    batch: its number.
    is_taken: whether a data set begins there. Of any other one the batches
      before have to be drawn.
  """

  batch: int = 0
  is_taken: bool = False


_parts: list[Part] = []
_positions: list[Position] = []


@contextlib.contextmanager
def running(part: Part) -> Iterator[None]:
  """Makes this part the current one."""
  _parts.append(part)
  try:
    yield
  finally:
    _parts.pop()


def current() -> Part | None:
  """Returns the part that runs now, or None outside of upstream's `train`."""
  return _parts[-1] if _parts else None


@contextlib.contextmanager
def reading_from(batch: int) -> Iterator[Position]:
  """Lets data sets that are made in this context begin at a later batch."""
  _positions.append(Position(batch))
  try:
    yield _positions[-1]
  finally:
    _positions.pop()


def first_batch() -> int:
  """Returns the batch at which the caller lets its data set begin."""
  if not _positions:
    return 0
  _positions[-1].is_taken = True
  return _positions[-1].batch


def command() -> str:
  """Returns the command that continues the present training."""
  program = os.path.basename(sys.argv[0]) if sys.argv else ""
  if program != "dlib_train":
    return "train_with_gin(..., resume=True)"
  kept = [argument for argument in sys.argv[1:] if argument.lstrip(
      "-").partition("=")[0] not in ("overwrite", "resume")]
  return shlex.join([program, *kept, "--resume"])
