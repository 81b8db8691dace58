"""Files of trainings; upstream's `train` names them `tf_checkpoint`."""
import pytest

from sparse_disent.common import training_files


def begin(folder, *steps, recorded=True):
  """Writes what a training has written after some checkpoints."""
  checkpoints = folder / "tf_checkpoint"
  checkpoints.mkdir(parents=True)
  if recorded:
    (checkpoints / "started.gin").write_text("vae.beta = 4.0")
  for step in steps:
    (checkpoints / f"model.ckpt-{step}.index").touch()


def end(folder):
  """Writes what dlib_train writes when it ends."""
  (folder / "tfhub").mkdir()
  (folder / "results/json").mkdir(parents=True)
  (folder / "results/json/train_results.json").write_text("{}")


def test_checkpoints_by_step(tmp_path):
  begin(tmp_path, 9, 10)
  folder = tmp_path / "tf_checkpoint"
  (folder / "model.ckpt-11.data-00000-of-00001").touch()
  assert list(training_files.saved(folder).items()) == [
      (9, f"{folder}/model.ckpt-9"), (10, f"{folder}/model.ckpt-10")]
  assert training_files.saved(tmp_path / "none") == {}


@pytest.mark.parametrize("steps, recorded, begun", [
    ((), False, False), ((), True, True), ((3,), False, True)])
def test_a_record_or_a_checkpoint_is_a_training(
    tmp_path, steps, recorded, begun):
  begin(tmp_path, *steps, recorded=recorded)
  assert training_files.is_begun(tmp_path) == begun


def test_a_training_ends_with_its_module_and_results(tmp_path):
  begin(tmp_path, 3)
  (tmp_path / "results").mkdir()
  assert not training_files.is_ended(tmp_path)
  (tmp_path / "results").rmdir()
  end(tmp_path)
  assert training_files.is_ended(tmp_path)


def test_unfinished_trainings_at_any_depth(tmp_path):
  for name in ("a/model", "b/model", "c/.model.overwriting"):
    begin(tmp_path / name, 3)
  end(tmp_path / "a/model")
  (tmp_path / "d/tf_checkpoint").mkdir(parents=True)
  assert training_files.unfinished(tmp_path) == {
      f"{tmp_path}/b/model": f"{tmp_path}/b/model",
      f"{tmp_path}/c/model": f"{tmp_path}/c/.model.overwriting"}
  for name in ("b/model", "c/model"):
    assert list(training_files.unfinished(tmp_path / name)) == [
        f"{tmp_path}/{name}"]
