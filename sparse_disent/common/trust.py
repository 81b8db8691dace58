"""The user's word that files from elsewhere may run code."""
import os

VARIABLE = "SPARSE_DISENT_TRUST"
OPTION = "--trust"
HELP = ("load models although they hold code or operations that can read and "
        "write files: only for files whose authors you trust")
CURE = (f"If you trust its authors, give {OPTION} to sparse-disent, or set "
        f"{VARIABLE}=1 for other programs.")


def is_given() -> bool:
  """Tells whether the environment variable is set to 1."""
  return os.environ.get(VARIABLE) == "1"


def give() -> None:
  """Sets the environment variable, also for processes that are started."""
  os.environ[VARIABLE] = "1"
