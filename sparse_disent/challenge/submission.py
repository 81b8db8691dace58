"""Makes, checks and starts the folder of a submission."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Sequence

from sparse_disent.challenge import contract
from sparse_disent.common import processes
from sparse_disent.common import stopping
from sparse_disent.common import writing

# Seconds that a run has to save what it has trained.
_GRACE = 600.0
_TEMPLATE = pathlib.Path(__file__).with_name("template")
# The template's own .gitignore must not hide its files.
_NAMES = {"gitignore": ".gitignore"}
GIN_FILE = "model.gin"
DESCRIPTION = "aicrowd.json"
# Placeholder of the challenge for an author's name.
NO_AUTHOR = "your-aicrowd-username"
REQUIRED = (
    DESCRIPTION, "run.sh", "environment.yml", "train.py", GIN_FILE,
    "lib/sparse_disent/__init__.py", "lib/disentanglement_lib/__init__.py")


def new(directory: str | os.PathLike, gin_config: str | os.PathLike,
        authors: Sequence[str] = ()) -> None:
  """Makes a complete submission.

  Args:
    directory: Its folder, which must be empty or must not exist.
    gin_config: A gin file for dlib_train, which may include others.
    authors: Names at AIcrowd.

  Raises:
    FileExistsError: If the folder is not empty.
    FileNotFoundError: If the gin file does not exist.
    ValueError: If nothing can be trained with the gin file.
  """
  directory = pathlib.Path(os.path.abspath(directory))
  if os.path.lexists(directory) and (
      not directory.is_dir() or any(directory.iterdir())):
    raise FileExistsError(
        f"'{directory}' exists and is not an empty folder: nothing in it is "
        "overwritten. Give another folder.")
  if directory.is_dir() and directory.samefile(os.curdir):
    raise FileExistsError(
        f"'{directory}' is the working directory, which would be another folder"
        f" of the same name afterwards. Run: cd .., and give {directory.name}.")
  from sparse_disent.challenge import configuration
  from sparse_disent.challenge import libraries
  model, environment = (
      configuration.flatten(gin_config), libraries.environment())
  with writing.new_folder(directory, replace=True) as made:
    folder = pathlib.Path(made)
    folder.mkdir()
    for file in sorted(_TEMPLATE.iterdir()):
      if file.is_file():
        shutil.copy(file, folder / _NAMES.get(file.name, file.name))
    (folder / "run.sh").chmod(0o755)
    (folder / GIN_FILE).write_text(model, encoding="utf-8")
    (folder / "environment.yml").write_text(environment, encoding="utf-8")
    (folder / DESCRIPTION).write_text(
        _description(gin_config, authors), encoding="utf-8")
    (folder / contract.SCRATCH / "dataset").mkdir(parents=True)
    libraries.copy(folder / "lib")


def _description(gin_config, authors):
  return json.dumps({
      "challenge_id": contract.CHALLENGE_ID,
      "grader_id": contract.CHALLENGE_ID,
      "authors": list(authors) or [NO_AUTHOR],
      "description": f"sparse_disent: {pathlib.Path(gin_config).stem}",
      "license": "Apache-2.0",
      "gpu": False,
  }, indent=2) + "\n"


def check(directory: str | os.PathLike) -> None:
  """Checks that a folder is a submission; raises a FileNotFoundError."""
  for name in REQUIRED:
    if not os.path.isfile(os.path.join(directory, name)):
      raise FileNotFoundError(
          f"'{directory}' is no submission: it has no '{name}'. Give a folder "
          "that `sparse-disent challenge new` made.")


def start(directory: str | os.PathLike, arguments: Sequence[str] = ()) -> int:
  """Runs a submission's run.sh with this Python, as the server does.

  A signal goes on to run.sh. This function then waits until run.sh has saved
  what it has trained, and has said how to go on. If this process is killed, the
  run ends, too.

  Args:
    directory: Folder of the submission.
    arguments: Strings for its train.py.

  Returns:
    The exit code; 128 plus the signal's number if a signal ended run.sh.

  Raises:
    FileNotFoundError: If the folder is no submission.
  """
  check(directory)
  path = os.pathsep.join(
      [os.path.dirname(sys.executable), os.environ.get("PATH", "")])
  process = subprocess.Popen(
      ["bash", os.path.join(directory, "run.sh"), *arguments],
      env={**os.environ, "PATH": path,
           contract.STARTED_BY: str(processes.current())})
  with contextlib.suppress(KeyboardInterrupt), \
      stopping.waited_for(process, grace=_GRACE):
    process.wait()
  stopping.forget()  # It has said that it was stopped.
  code = process.returncode
  return code if code >= 0 else 128 - code
