"""Checkpoints that are damaged for real, and what is made of them."""
import os
import pathlib
import shutil

import pytest
import tensorflow.compat.v1 as tf

from sparse_disent.common import training_files
from sparse_disent.compat.training import checkpoints


@pytest.fixture(scope="module")
def written(tmp_path_factory):
  """A folder with checkpoints of steps 1, 2 and 3, as a training leaves it."""
  folder = tmp_path_factory.mktemp("written")
  with tf.Graph().as_default(), tf.Session() as session:
    step = tf.train.get_or_create_global_step()
    weights = tf.get_variable("w", [4, 5])
    saver = tf.train.Saver(sharded=True, save_relative_paths=True)
    session.run(tf.global_variables_initializer())
    for number in (1, 2, 3):
      session.run([step.assign(number), weights.assign(weights + number)])
      saver.save(session, str(folder / "model.ckpt"), global_step=number)
  return folder


@pytest.fixture
def folder(written, tmp_path):
  return pathlib.Path(shutil.copytree(written, tmp_path / "a b%"))


def file(folder, step, ending):
  found, = [path for path in folder.iterdir()
            if path.name.startswith(f"model.ckpt-{step}.{ending}")]
  return found


def flip(path, position):
  content = bytearray(path.read_bytes())
  content[position] ^= 0x10
  path.write_bytes(content)


def truncate(path):
  path.write_bytes(path.read_bytes()[:-9])


def test_the_latest_is_taken(folder):
  found = checkpoints.settle(folder)
  assert found == str(folder / "model.ckpt-3")
  assert list(training_files.saved(folder)) == [1, 2, 3]
  assert checkpoints.latest(folder) == found


def test_a_folder_without_checkpoints_has_none(tmp_path):
  assert checkpoints.settle(tmp_path) is None
  assert checkpoints.settle(tmp_path / "missing") is None
  assert checkpoints.latest(tmp_path / "missing") is None
  assert not any(tmp_path.iterdir())


def test_the_step_is_the_one_inside(written):
  assert checkpoints.step_of(str(written / "model.ckpt-2")) == 2
  assert checkpoints.step_of(None) == 0


@pytest.mark.parametrize("break_it", [
    lambda folder: flip(file(folder, 3, "data"), 50),
    lambda folder: truncate(file(folder, 3, "data")),
    lambda folder: file(folder, 3, "data").write_bytes(b""),
    lambda folder: file(folder, 3, "data").unlink(),
    lambda folder: flip(file(folder, 3, "index"), 30),
    lambda folder: truncate(file(folder, 3, "index")),
    lambda folder: file(folder, 3, "index").write_bytes(b"\0" * 400),
], ids=["flipped data", "truncated data", "empty data", "no data",
        "flipped index", "truncated index", "zeros for an index"])
def test_a_damaged_one_falls_back_to_the_one_before(folder, break_it, capfd):
  break_it(folder)
  assert checkpoints.settle(folder) == str(folder / "model.ckpt-2")
  lines = capfd.readouterr().err.splitlines()
  assert len(lines) == 1
  assert lines[0].startswith(
      f"The checkpoint '{folder}/model.ckpt-3' is damaged and is left out: ")
  assert list(training_files.saved(folder)) == [1, 2]
  # TensorFlow itself starts from there.
  state = tf.train.get_checkpoint_state(str(folder))
  assert state.model_checkpoint_path == str(folder / "model.ckpt-2")
  assert list(state.all_model_checkpoint_paths) == [
      str(folder / "model.ckpt-1"), str(folder / "model.ckpt-2")]


@pytest.mark.parametrize("content", [
    b"", b"\xff\x00garbage", b"model_checkpoint_path: 7",
    b'model_checkpoint_path: "model.ckpt-9"'])
def test_a_damaged_list_of_them_is_made_again(folder, content, capfd):
  (folder / "checkpoint").write_bytes(content)
  assert checkpoints.settle(folder) == str(folder / "model.ckpt-3")
  assert checkpoints.latest(folder) == str(folder / "model.ckpt-3")


def test_a_missing_list_of_them_is_made_again(folder):
  (folder / "checkpoint").unlink()
  assert checkpoints.settle(folder) == str(folder / "model.ckpt-3")


def test_the_one_that_a_user_has_chosen_is_taken(folder):
  """Editing the file `checkpoint` is TensorFlow's way to go back."""
  (folder / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-1"')
  assert checkpoints.settle(folder) == str(folder / "model.ckpt-1")
  assert checkpoints.settle(folder) == str(folder / "model.ckpt-1")


def test_one_that_was_saved_and_not_yet_named_is_taken(folder):
  """A process may be killed between the two."""
  (folder / "checkpoint").write_text('model_checkpoint_path: "model.ckpt-2"')
  os.utime(folder / "checkpoint", (0, 0))
  assert checkpoints.settle(folder) == str(folder / "model.ckpt-3")


def test_without_a_whole_one_there_is_an_error(folder):
  for step in (1, 2, 3):
    truncate(file(folder, step, "data"))
  with pytest.raises(ValueError, match="No checkpoint in .* can be read. Give "
                     "--overwrite to train anew."):
    checkpoints.settle(folder)
  assert list(training_files.saved(folder)) == [1, 2, 3]


def test_debris_of_a_killed_process_is_removed(folder):
  (folder / "model.ckpt-4_temp").mkdir()
  (folder / "model.ckpt-4_temp/part-00000-of-00001.data").touch()
  (folder / "model.ckpt-4.index.tempstate123").touch()
  (folder / "notes.txt").touch()
  checkpoints.settle(folder)
  names = {path.name for path in folder.iterdir()}
  assert not any("temp" in name for name in names) and "notes.txt" in names


def test_progress_is_kept_for_the_checkpoints_that_are_there(folder):
  for step in (1, 2, 3, 4):
    checkpoints.write_progress(
        folder, step, checkpoints.Progress(step // 2, 10.5 * step))
  assert checkpoints.progress(folder, 3) == checkpoints.Progress(1, 31.5)
  assert checkpoints.progress(folder, 4) == checkpoints.Progress(2, 42.0)
  checkpoints.write_progress(folder, 2, checkpoints.Progress(1, 20.0))
  assert checkpoints.progress(folder, 2) == checkpoints.Progress(1, 20.0)
  assert checkpoints.progress(folder, 4) == checkpoints.Progress(4, 0.0)
  checkpoints.sync(folder, 3)


@pytest.mark.parametrize("content", [
    b"", b"[1]", b'{"3": null}', b'{"3": {"batches": 3}}', b"\xff"])
def test_progress_that_cannot_be_read_is_a_batch_a_step(folder, content):
  (folder / "progress.json").write_bytes(content)
  assert checkpoints.progress(folder, 3) == checkpoints.Progress(3, 0.0)


def test_checkpoints_in_a_relative_folder_are_found_again(folder, monkeypatch):
  monkeypatch.chdir(folder.parent)
  found = checkpoints.settle(folder.name)
  assert found == f"{folder.name}/model.ckpt-3"
  assert tf.train.latest_checkpoint(folder.name) == found
