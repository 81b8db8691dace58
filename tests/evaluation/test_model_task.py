"""Outcomes; tests of the runner have real models."""
import pytest

from sparse_disent.evaluation import model_task


@pytest.mark.parametrize("lists, text", [
    (([], [], {}), "m: nothing to do"),
    ((["a", "b"], ["c"], {}), "m: 1 made, 2 done before"),
    (([], [], {"model": ValueError("no")}), "m: 1 failed")])
def test_an_outcome_is_one_line(lists, text):
  assert str(model_task.Outcome("m", "o", *lists)) == text


def test_reasons_are_one_line_each():
  outcome = model_task.Outcome("m", "o", failures={
      "mean/mig": ValueError("no bins\n  In call to"), "model": MemoryError()})
  assert outcome.reasons() == {"mean/mig": "no bins", "model": "MemoryError"}


def test_a_folder_without_a_model(tmp_path):
  (tmp_path / "notes").touch()
  with pytest.raises(FileNotFoundError, match="it has no folder 'tfhub'. Give"):
    model_task.ModelTask(str(tmp_path), str(tmp_path), None)


def test_a_model_whose_training_was_stopped_after_the_export(tmp_path):
  (tmp_path / "tfhub").mkdir()
  (tmp_path / "tf_checkpoint").mkdir()
  (tmp_path / "tf_checkpoint/started.gin").touch()
  (tmp_path / "tf_checkpoint/model.ckpt-9.index").touch()
  with pytest.raises(FileNotFoundError, match="was stopped at step 9. To go"):
    model_task.ModelTask(str(tmp_path), str(tmp_path), None)
