import os

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from sparse_disent.compat.hub import building
from sparse_disent.compat.hub import files

tf1 = tf.compat.v1

VALUES = {"kernel": np.arange(6, dtype=np.float32).reshape(3, 2),
          "step": np.array(7, np.int64)}


def module_fn():
  images = tf1.placeholder(tf.float32, [None, 3])
  kernel = tf1.get_variable("kernel", [3, 2])
  tf1.get_variable("step", [], tf.int64)
  building.add_signature("encode", images, tf.matmul(images, kernel))


@pytest.fixture(name="meta_graph")
def module_meta_graph():
  return building.create_module_spec(module_fn).meta_graph()


@pytest.fixture(name="path")
def module_path(meta_graph, tmp_path):
  files.write(str(tmp_path / "tfhub"), [meta_graph], VALUES)
  return tmp_path / "tfhub"


def test_files_are_those_of_tensorflow_hub(path):
  assert sorted(
      str(file.relative_to(path)) for file in path.rglob("*")) == [
      "assets", "saved_model.pb", "tfhub_module.pb", "variables",
      "variables/variables.data-00000-of-00001", "variables/variables.index"]
  assert (path / "tfhub_module.pb").read_bytes() == bytes([0x08, 0x03])
  assert os.listdir(path.parent) == ["tfhub"]


def test_saved_model_has_one_graph_per_tags(path):
  saved_model = saved_model_pb2.SavedModel.FromString(
      (path / "saved_model.pb").read_bytes())
  meta_graph, = saved_model.meta_graphs
  assert list(meta_graph.meta_info_def.tags) == []
  assert list(meta_graph.signature_def) == ["encode"]


def test_variables_are_a_checkpoint(path):
  prefix = str(path / "variables/variables")
  for name, value in VALUES.items():
    np.testing.assert_array_equal(tf.train.load_variable(prefix, name), value)


def test_same_module_gives_the_same_bytes(meta_graph, path, tmp_path):
  files.write(str(tmp_path / "again"), [meta_graph], VALUES)
  assert ((tmp_path / "again/saved_model.pb").read_bytes()
          == (path / "saved_model.pb").read_bytes())


def test_read_returns_what_was_written(path):
  meta_graphs, checkpoint = files.read(str(path))
  assert [list(meta_graph.signature_def) for meta_graph in meta_graphs] == [
      ["encode"]]
  assert checkpoint == str(path / "variables/variables")


def test_module_without_variables(tmp_path):
  def constant_fn():
    building.add_signature(None, None, tf.constant(1.))

  meta_graph = building.create_module_spec(constant_fn).meta_graph()
  files.write(str(tmp_path / "tfhub"), [meta_graph], {})
  assert files.read(str(tmp_path / "tfhub"))[1] is None


@pytest.mark.parametrize("create", ["mkdir", "touch"])
def test_existing_path_is_left_alone(meta_graph, tmp_path, create):
  getattr(tmp_path / "tfhub", create)()
  with pytest.raises(FileExistsError, match=(
      "to '.*/tfhub': it exists already. Delete it, or export to another")):
    files.write(str(tmp_path / "tfhub"), [meta_graph], VALUES)
  assert os.listdir(tmp_path) == ["tfhub"]


@pytest.mark.parametrize("failing", ["_write_variables", "_write_bytes"])
def test_failed_write_leaves_nothing(
    meta_graph, tmp_path, monkeypatch, failing):
  def fail(*unused_args):
    raise OSError("disk full")

  monkeypatch.setattr(files, failing, fail)
  with pytest.raises(OSError, match="disk full"):
    files.write(str(tmp_path / "tfhub"), [meta_graph], VALUES)
  assert os.listdir(tmp_path) == []


def test_path_is_absent_until_all_is_written(meta_graph, tmp_path, monkeypatch):
  written = []
  write_bytes = files._write_bytes

  def spy(file_path, content):
    write_bytes(file_path, content)
    written.append((os.path.basename(file_path),
                    (tmp_path / "tfhub").exists()))

  monkeypatch.setattr(files, "_write_bytes", spy)
  files.write(str(tmp_path / "tfhub"), [meta_graph], VALUES)
  assert written == [("saved_model.pb", False), ("tfhub_module.pb", False)]


def read_error(path):
  with pytest.raises(ValueError) as caught:
    files.read(str(path))
  text = str(caught.value)
  assert text.startswith(f"Cannot load a hub module from '{path}': ")
  assert text.endswith(
      "Give the directory of a complete TF1 hub module (it holds "
      "tfhub_module.pb), or export the module again.")
  return text


def test_missing_directory(tmp_path):
  assert "there is no such directory." in read_error(tmp_path / "none")


@pytest.mark.parametrize("name", ["tfhub_module.pb", "saved_model.pb"])
def test_missing_file(path, name):
  (path / name).unlink()
  assert f"there is no {name} in it." in read_error(path)


def test_missing_variables(path):
  (path / "variables/variables.index").unlink()
  assert "there is no variables/variables.index in it." in read_error(path)


@pytest.mark.parametrize("name", [
    "saved_model.pb", "variables/variables.index",
    "variables/variables.data-00000-of-00001"])
@pytest.mark.parametrize("keep", [0, 0.5, 0.99])
def test_truncated_file(path, name, keep):
  content = (path / name).read_bytes()
  (path / name).write_bytes(content[:int(keep * len(content))])
  read_error(path)


def test_marker_of_another_format(path):
  (path / "tfhub_module.pb").write_bytes(b"\x08\x02")
  assert ("tfhub_module.pb holds the bytes '08 02', not '08 03'."
          in read_error(path))


def test_module_with_asset_files(path):
  file = path / "saved_model.pb"
  saved_model = saved_model_pb2.SavedModel.FromString(file.read_bytes())
  saved_model.meta_graphs[0].collection_def[
      "saved_model_assets"].any_list.value.add()
  file.write_bytes(saved_model.SerializeToString())
  assert "needs files in assets/, which is not supported." in read_error(path)
