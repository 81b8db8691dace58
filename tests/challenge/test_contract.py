"""The values are the starter kit's."""
import os

import pytest

from sparse_disent.challenge import contract
from sparse_disent.evaluation import protocol

VARIABLES = ("AICROWD_OUTPUT_PATH", "AICROWD_EVALUATION_NAME",
             "AICROWD_DATASET_NAME", "AICROWD_IS_GRADING",
             "DISENTANGLEMENT_LIB_DATA")


@pytest.fixture
def environment(monkeypatch):
  for name in VARIABLES:
    monkeypatch.setenv(name, "set, so that it is restored")
    monkeypatch.delenv(name)
  return monkeypatch.setenv


def test_defaults(environment):
  settings = contract.read("root")
  assert settings == contract.Settings(
      output_path="root/scratch/shared", evaluation_name="experiment_name",
      dataset_name="cars3d", is_grading=False)
  assert settings.run_dir == "root/scratch/shared/experiment_name"


def test_what_is_set_counts(environment):
  environment("AICROWD_OUTPUT_PATH", "/out")
  environment("AICROWD_EVALUATION_NAME", "vae")
  environment("AICROWD_DATASET_NAME", "mpi3d_toy")
  environment("AICROWD_IS_GRADING", "")
  assert contract.read("root") == contract.Settings(
      "/out", "vae", "mpi3d_toy", is_grading=True)


@pytest.mark.parametrize("name", ["", "..", "a/b", "/a"])
def test_a_name_that_leaves_the_folder(environment, name):
  environment("AICROWD_EVALUATION_NAME", name)
  with pytest.raises(ValueError, match=(
      f"AICROWD_EVALUATION_NAME is {name!r}, but must be the name of one")):
    contract.read("root")


def test_an_empty_output_is_not_the_working_directory(environment):
  environment("AICROWD_OUTPUT_PATH", "")
  with pytest.raises(ValueError, match=(
      "AICROWD_OUTPUT_PATH is '', but must be the folder for outputs. Give ")):
    contract.read("root")


def test_data_are_below_the_submission_unless_told(environment):
  contract.use_data("root")
  assert os.environ["DISENTANGLEMENT_LIB_DATA"] == "root/scratch/dataset"
  environment("DISENTANGLEMENT_LIB_DATA", "/data")
  contract.use_data("root")
  assert os.environ["DISENTANGLEMENT_LIB_DATA"] == "/data"


def test_the_server_decides_where_data_are(environment):
  environment("AICROWD_IS_GRADING", "true")
  contract.use_data("root")
  assert "DISENTANGLEMENT_LIB_DATA" not in os.environ


def test_the_protocol_has_the_metrics():
  assert set(protocol.load(contract.PROTOCOL).metrics) == set(contract.SCORES)
