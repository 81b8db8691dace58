"""One small run of the challenge for all tests of this folder."""
import pytest
from support import small_challenge


@pytest.fixture(scope="session")
def small_challenge_run(tmp_path_factory):
  """The folder of a run's data and output, and what the run reported."""
  folder = tmp_path_factory.mktemp("challenge")
  run_dir, told = small_challenge.make_run(folder)
  return folder, run_dir, told
