"""What the challenge's starter kit fixes: names, places, and what is scored.

  OUTPUT_PATH/EVALUATION_NAME/
    model/            tf_checkpoint, tfhub and results, dlib_train's
    representation/   tfhub, python_model.dill and results
    metrics/METRIC/   results/aggregate/evaluation.json

The server sets the environment variables; where one is not set, its default is
the starter kit's, below the folder of the submission.
"""
import dataclasses
import os

from sparse_disent.data import files

# Both the challenge_id and the grader_id in aicrowd.json.
CHALLENGE_ID = "aicrowd-neurips-2019-disentanglement-challenge"
PROTOCOL = "neurips2019_challenge"
# The score of each metric that counts, in the starter kit's order.
SCORES = {
    "dci": "disentanglement",
    "factor_vae_metric": "eval_accuracy",
    "sap_score": "SAP_score",
    "mig": "discrete_mig",
    "irs": "IRS",
}
# The first of these that is there is what the server scores. There may also be
# a TorchScript module between the two, which we neither write nor read.
REPRESENTATIONS = ("tfhub", "python_model.dill")
# Data, and what runs write; never part of a submission.
SCRATCH = "scratch"


@dataclasses.dataclass(frozen=True)
class Settings:
  """What the environment says about a run.

  Attributes:
    output_path: Folder for the outputs of all runs.
    evaluation_name: Name of this run's folder in it.
    dataset_name: One of upstream's `dataset.name`.
    is_grading: Whether this is the challenge's server.
  """

  output_path: str
  evaluation_name: str
  dataset_name: str
  is_grading: bool

  @property
  def run_dir(self):
    """Folder of this run's output."""
    return os.path.join(self.output_path, self.evaluation_name)


def read(root):
  """Reads the environment.

  Args:
    root: Folder of the submission.

  Returns:
    The `Settings`.

  Raises:
    ValueError: If AICROWD_EVALUATION_NAME is not the name of a folder.
  """
  name = os.environ.get("AICROWD_EVALUATION_NAME", "experiment_name")
  if os.path.basename(name) != name or name in ("", ".", ".."):
    raise ValueError(
        f"AICROWD_EVALUATION_NAME is {name!r}, but must be the name of one "
        "folder, such as 'my_vae'.")
  return Settings(
      output_path=os.environ.get(
          "AICROWD_OUTPUT_PATH", os.path.join(root, SCRATCH, "shared")),
      evaluation_name=name,
      dataset_name=os.environ.get("AICROWD_DATASET_NAME", "cars3d"),
      is_grading="AICROWD_IS_GRADING" in os.environ)


def use_data(root):
  """Lets upstream find data sets where the challenge's are; import it after.

  Args:
    root: Folder of the submission, whose scratch/dataset is the default. On the
      server nothing is changed: there only PYTHONPATH may be set.
  """
  if "AICROWD_IS_GRADING" not in os.environ:
    os.environ.setdefault(
        files.VARIABLE, os.path.join(root, SCRATCH, "dataset"))
