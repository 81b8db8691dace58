import json
import pathlib

import pytest
from support import study_work

from sparse_disent.study import scores
from sparse_disent.study import tasks


def write_results(place, step, results):
  path = pathlib.Path(place, "results", "json", f"{step}_results.json")
  path.parent.mkdir(parents=True)
  path.write_text(json.dumps(results))


@pytest.fixture
def planned(tmp_path):
  """Three tasks: one with all results, one that failed, one not begun."""
  found = study_work.make(tmp_path, 3)
  tasks.write(found[0], tasks.Record(), state=tasks.State.DONE)
  write_results(found[0].model_dir, "train", {
      "reconstruction_loss": 20.5, "global_step": 10, "uuid": "a"})
  write_results(
      pathlib.Path(found[0].directory, "metrics", "mean", "dci"), "evaluation",
      {"disentanglement": .25, "matrix": [[1, 2]], "completeness": None,
       "completeness_undefined": "one latent", "uuid": "b"})
  tasks.write(found[1], tasks.Record(), state=tasks.State.FAILED)
  return found


def test_models_that_are_begun_have_their_state_and_scores(planned):
  assert scores.rows(planned) == [
      {"model": 0, "state": "done", "train/reconstruction_loss": 20.5,
       "mean/dci/disentanglement": .25, "mean/dci/completeness": None},
      {"model": 1, "state": "failed"}]
