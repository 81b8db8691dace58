"""Trains and exports a model by the challenge's rules."""
import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from collections.abc import Sequence

from sparse_disent.challenge import contract
from sparse_disent.challenge import events
from sparse_disent.common import debris
from sparse_disent.common import locks
from sparse_disent.common import processes
from sparse_disent.common import replaceable
from sparse_disent.common import stopping
from sparse_disent.common import writing

# Errors that the user can cure, shown in one line. Others show a traceback.
_EXPECTED = (ImportError, OSError, RuntimeError, ValueError)
# Progress after training, a fraction; the value is the starter kit's.
_TRAINED = 0.9
_OUTPUT = replaceable.Kind(
    "one run of the challenge", ("metrics", "model", "representation"))
_ADVICE = "Go on with the same command."
# File of an unfinished run, with all bindings of its training.
_SETTINGS = "settings.gin"


def main(root: str | os.PathLike, argv: Sequence[str] | None = None) -> int:
  """Trains and exports, and reports the progress to the server.

  Args:
    root: Folder of the submission.
    argv: List of arguments; None for those of the process.

  Returns:
    The exit code: 0, 1 after an error, or that of `stopping.run` after a
    signal.
  """
  arguments = _parser().parse_args(argv)
  return stopping.run(
      lambda: _main(root, arguments), program="sparse-disent", advice=_ADVICE)


def _main(root, arguments):
  server = events.Events()
  server.started()
  try:
    leader = os.environ.get(contract.STARTED_BY)
    if leader:  # Here, where a signal is caught: it may have died already.
      processes.follow(processes.Process.parse(leader))
    settings = contract.read(root)
    contract.use_data(root)
    run(settings, arguments.gin_config, arguments.gin_bindings or [], server,
        overwrite=arguments.overwrite or settings.is_grading)
  except (Exception, KeyboardInterrupt) as error:
    reason = ("stopped by a signal" if isinstance(error, KeyboardInterrupt) else
              " ".join(str(error).split()) or type(error).__name__)
    server.failed(reason)
    if not isinstance(error, _EXPECTED):
      raise
    print(f"sparse-disent: error: {reason}", file=sys.stderr)
    return 1
  print(f"Wrote {settings.run_dir}.")
  return 0


def _parser():
  parser = argparse.ArgumentParser(
      description="Trains a model and exports its representation under the "
      "challenge's contract.")
  parser.add_argument(
      "--gin_config", required=True, help="a gin file for dlib_train")
  parser.add_argument(
      "--gin_bindings", action="append",
      help="a binding that the gin file does not have, or has otherwise")
  parser.add_argument(
      "--overwrite", action="store_true",
      help="replace the output that is there")
  return parser


def run(settings: contract.Settings, gin_file: str | os.PathLike,
        bindings: Sequence[str], server: events.Events, *,
        overwrite: bool = False) -> None:
  """Trains a model and exports it; the output appears whole or not at all.

  Until then it is in a hidden folder beside. A run that was stopped or killed
  goes on from its last checkpoint if it is started again.

  Args:
    settings: `contract.Settings`; its data set replaces the gin file's.
    gin_file: Path of a gin file for dlib_train.
    bindings: List of strings that are bound after the file.
    server: An `events.Events`.
    overwrite: Whether to replace an existing output.

  Raises:
    FileExistsError: If there is an output that must not be replaced.
    FileNotFoundError: If the data set or a gin file is missing.
    locks.OutputInUse: If another process is writing the output.
    ValueError: If nothing can be trained with the gin file, or an unfinished
      run has other settings.
  """
  _check_output(settings.run_dir, overwrite)
  if overwrite and not settings.is_grading:
    replaceable.check("the output", settings.run_dir, _OUTPUT)
  bindings = [*bindings, f"dataset.name = {settings.dataset_name!r}"]
  from sparse_disent.challenge import configuration
  text = configuration.flatten(gin_file, bindings)
  _check_data(gin_file, bindings)
  from disentanglement_lib.methods.unsupervised import train
  from disentanglement_lib.postprocessing import postprocess

  from sparse_disent.challenge import python_model
  from sparse_disent.evaluation import protocol
  mean = protocol.load(contract.PROTOCOL).representations["mean"]
  with _unfinished(settings.run_dir, text, overwrite) as folder:
    model, representation = (
        os.path.join(folder, name) for name in ("model", "representation"))
    server.progress(0.0)
    train.train_with_gin(model, False, [gin_file], bindings, resume=True)
    server.progress(_TRAINED)
    if not os.path.isdir(representation):
      postprocess.postprocess_with_gin(model, representation, False, [mean])
    tfhub, dill = (os.path.join(representation, name)
                   for name in contract.REPRESENTATIONS)
    if not os.path.exists(dill):
      python_model.write(tfhub, dill)
  server.progress(1.0)
  server.submitted()


@contextlib.contextmanager
def _unfinished(run_dir: str, text: str, overwrite: bool) -> Iterator[str]:
  """Yields the folder of an unfinished run, which becomes `run_dir`.

  Args:
    run_dir: Folder of the output.
    text: All bindings of the training.
    overwrite: Whether an unfinished run with other bindings is deleted.
  """
  run_dir = os.path.realpath(run_dir)
  folder = f"{debris.hidden(run_dir)}.unfinished"
  path = os.path.join(folder, _SETTINGS)
  with locks.owned(run_dir), stopping.going_on(_ADVICE, instead=True):
    if not _has(path, text):
      if os.path.exists(os.path.join(folder, "model")) and not overwrite:
        raise ValueError(
            f"The unfinished run in '{folder}' has other settings, those in "
            f"its {_SETTINGS}. Give --overwrite to train anew.")
      debris.remove(folder)
      with writing.new_file(path) as file:
        file.write(text.encode())
    try:
      yield folder
    except BaseException:
      if not os.path.exists(os.path.join(
          folder, "model", "tf_checkpoint", "checkpoint")):
        debris.remove(folder)  # There is nothing to go on with.
      raise
    os.remove(path)
    writing.give_name(folder, run_dir, replace=True)


def _has(path, text):
  try:
    with open(path, encoding="utf-8") as file:
      return file.read() == text
  except FileNotFoundError:
    return False


def _check_output(run_dir, overwrite):
  if os.path.lexists(run_dir) and not overwrite and not (
      os.path.isdir(run_dir) and not os.listdir(run_dir)):
    locks.settle(run_dir)
    raise FileExistsError(
        f"There is an output in '{run_dir}' already. Give --overwrite to "
        "replace it, or another AICROWD_EVALUATION_NAME.")


def _check_data(gin_file, bindings):
  """Checks the data set; errors name the variable that chooses it."""
  from sparse_disent.challenge import configuration
  try:
    configuration.check_data(gin_file, bindings)
  except (FileNotFoundError, ValueError) as error:
    raise type(error)(
        f"{error} The name is AICROWD_DATASET_NAME's, or its default.") from (
            error)
