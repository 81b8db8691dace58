import json
import subprocess
import sys

import pytest

from sparse_disent.report import scores


def write(path, **results):
  path.parent.mkdir(parents=True, exist_ok=True)
  path.write_text(json.dumps(results))


@pytest.fixture
def run(tmp_path):
  write(tmp_path / "model/results/json/train_results.json",
        loss=12.3456, kl_loss=2, elapsed_time=9., uuid="u", global_step=5)
  mig = tmp_path / "metrics/mean/mig/results/json"
  write(mig / "train_results.json", loss=12.3456)
  write(mig / "evaluation_results.json", discrete_mig=.25,
        matrix=[[1]], elapsed_time=1.)
  for name in ("a.png", "b.gif"):
    (tmp_path / "pictures").mkdir(exist_ok=True)
    (tmp_path / "pictures" / name).touch()
  return tmp_path


def test_one_line_a_step_with_its_own_scalars(run):
  assert scores.table(run).splitlines() == [
      "model             loss 12.35, kl_loss 2",
      "metrics/mean/mig  discrete_mig 0.25",
      f"2 pictures in {run / 'pictures'}"]


def test_a_model_has_its_name(run):
  assert scores.table(run / "model").splitlines() == [
      "model  loss 12.35, kl_loss 2"]


def test_mic_and_what_is_undefined(tmp_path):
  write(tmp_path / "metrics/mean/mic/results/json/evaluation_results.json",
        mic=[[0.5]], total=None)
  assert scores.table(tmp_path).splitlines() == [
      "metrics/mean/mic  total undefined, mic:factor 0:largest 0.5, "
      "mic:factor 0:group_1 0.5"]


def test_counts_keep_all_their_digits(tmp_path):
  write(tmp_path / "metrics/mean/c/results/json/evaluation_results.json",
        connections=123456, density=0.123456)
  assert scores.table(tmp_path) == (
      "metrics/mean/c  connections 123456, density 0.1235")


def test_nothing_found_is_an_error(tmp_path):
  with pytest.raises(FileNotFoundError, match="is empty. Give the"):
    scores.table(tmp_path)


def test_needs_no_tensorflow(run):
  code = ("import sys;"
          "from sparse_disent.report import scores;"
          f"scores.table({str(run)!r}); print('tensorflow' in sys.modules)")
  result = subprocess.run([sys.executable, "-c", code], text=True,
                          capture_output=True, check=True)
  assert result.stdout == "False\n"
