"""The names, paths and scores of the challenge's starter kit.

  OUTPUT_PATH/EVALUATION_NAME/
    model/            tf_checkpoint, tfhub and results, dlib_train's
    representation/   tfhub, python_model.dill and results
    metrics/METRIC/   results/aggregate/evaluation.json

The server sets the environment variables. Defaults are those of the starter
kit, below the folder of the submission.
"""
import dataclasses
import os

from sparse_disent.data import files

# Both the challenge_id and the grader_id in aicrowd.json.
CHALLENGE_ID = "aicrowd-neurips-2019-disentanglement-challenge"
PROTOCOL = "neurips2019_challenge"
# The counting score of each metric, in the starter kit's order.
SCORES = {
    "dci": "disentanglement",
    "factor_vae_metric": "eval_accuracy",
    "sap_score": "SAP_score",
    "mig": "discrete_mig",
    "irs": "IRS",
}
# The server scores the first of these that exists. It also accepts a
# TorchScript module, second in order, which we neither write nor read.
REPRESENTATIONS = ("tfhub", "python_model.dill")
# Folder for data and for outputs of runs; it is not part of a submission.
SCRATCH = "scratch"
# Variable by which `challenge run` tells the run which process started it. The
# server does not set it.
STARTED_BY = "SPARSE_DISENT_STARTED_BY"


@dataclasses.dataclass(frozen=True)
class Settings:
  """The settings of a run, from environment variables.

  Attributes:
    output_path: Folder for the outputs of all runs.
    evaluation_name: Name of this run's folder in it.
    dataset_name: A value of upstream's `dataset.name`.
    is_grading: Whether the run is on the challenge's server.
  """

  output_path: str
  evaluation_name: str
  dataset_name: str
  is_grading: bool

  @property
  def run_dir(self) -> str:
    """Folder of this run's output."""
    return os.path.join(self.output_path, self.evaluation_name)


def read(root: str | os.PathLike) -> Settings:
  """Reads the environment.

  Args:
    root: Folder of the submission.

  Returns:
    The `Settings`.

  Raises:
    ValueError: If AICROWD_EVALUATION_NAME is not the name of a folder, or
      AICROWD_OUTPUT_PATH is empty.
  """
  name = os.environ.get("AICROWD_EVALUATION_NAME", "experiment_name")
  if os.path.basename(name) != name or name in ("", ".", ".."):
    raise ValueError(
        f"AICROWD_EVALUATION_NAME is {name!r}, but must be the name of one "
        "folder, such as 'my_vae'.")
  output_path = os.environ.get(
      "AICROWD_OUTPUT_PATH", os.path.join(root, SCRATCH, "shared"))
  if not output_path:  # It would stand for the working directory.
    raise ValueError(
        "AICROWD_OUTPUT_PATH is '', but must be the folder for outputs. Give "
        "one, or unset it for the default, scratch/shared.")
  return Settings(
      output_path=output_path,
      evaluation_name=name,
      dataset_name=os.environ.get("AICROWD_DATASET_NAME", "cars3d"),
      is_grading="AICROWD_IS_GRADING" in os.environ)


def use_data(root: str | os.PathLike) -> None:
  """Sets upstream's data directory to the challenge's.

  Call it before upstream is imported. On the server nothing is changed, because
  there only PYTHONPATH may be set.

  Args:
    root: Folder of the submission, whose scratch/dataset is the default.
  """
  if "AICROWD_IS_GRADING" not in os.environ:
    os.environ.setdefault(
        files.VARIABLE, os.path.join(root, SCRATCH, "dataset"))
