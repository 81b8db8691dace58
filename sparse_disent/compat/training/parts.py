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
    begun: time when this part began.
  """

  before_first_step: Callable[[], None] = lambda: None
  earlier: float = 0.0
  batches: int = 0
  begun: float = dataclasses.field(default_factory=time.time)

  def begin_at(self, progress: checkpoints.Progress) -> None:
    """Continues the parts before."""
    self.batches, self.earlier = progress.batches, progress.seconds

  def progress(self) -> checkpoints.Progress:
    """Returns the progress of all parts up to now."""
    return checkpoints.Progress(
        self.batches, self.earlier + time.time() - self.begun)


_parts: list[Part] = []


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


def command() -> str:
  """Returns the command that continues the present training."""
  program = os.path.basename(sys.argv[0]) if sys.argv else ""
  if program != "dlib_train":
    return "train_with_gin(..., resume=True)"
  kept = [argument for argument in sys.argv[1:] if argument.lstrip(
      "-").partition("=")[0] not in ("overwrite", "resume")]
  return shlex.join([program, *kept, "--resume"])
