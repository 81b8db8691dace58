"""One damaged result is named, and the others are aggregated."""
import json
import os
import pathlib
import time

import pandas as pd
import pytest
from disentanglement_lib.utils import aggregate_results

from sparse_disent.common import stopping
from sparse_disent.compat.startup import aggregation


def aggregate(folder):
  """Aggregates all JSON files of a folder; returns what is written."""
  aggregate_results.aggregate_results_to_json(
      f"{folder}/*.json", f"{folder}/all")
  return json.loads(pathlib.Path(folder, "all").read_text())


def write(folder, **contents):
  for name, content in contents.items():
    (folder / f"{name}.json").write_bytes(content)


def test_what_is_whole_is_aggregated(tmp_path):
  write(tmp_path, a=b'{"mig": 1, "name": "a"}', b=b'{"mig": 2}')
  assert aggregate(tmp_path) == {
      "mig": {"0": 1, "1": 2}, "name": {"0": "a", "1": None},
      "path": {"0": f"{tmp_path}/a.json", "1": f"{tmp_path}/b.json"}}


@pytest.mark.parametrize("content", [
    b"", b"{", b'{"mig": 0.5', b"[1, 2]", b"7", b"null", b"\xff\xfe\0\1",
    b'{"mig": 1' + b"0" * 400 + b"}",
    b'{"mig": ' + b"[" * 5000 + b"]" * 5000 + b"}"],
    ids=lambda content: repr(content[:12]))
def test_a_damaged_file_is_named_and_left_out(tmp_path, capfd, content):
  write(tmp_path, a=b'{"mig": 1}', broken=content, c=b'{"mig": 3}')
  found = aggregate(tmp_path)
  assert found["mig"] == {"0": 1, "1": 3}  # Integers stay integers.
  line, = capfd.readouterr().err.splitlines()
  assert line.startswith(f"dlib_aggregate_results: '{tmp_path}/broken.json' is "
                         "damaged and left out: ")


def test_a_folder_of_that_name_is_left_out(tmp_path, capfd):
  write(tmp_path, a=b'{"mig": 1}')
  (tmp_path / "b.json").mkdir()
  assert aggregate(tmp_path)["mig"] == {"0": 1}
  assert "b.json' is damaged and left out" in capfd.readouterr().err


def test_nothing_is_written_if_all_are_damaged(tmp_path):
  write(tmp_path, a=b"{", b=b"[]")
  (tmp_path / "all").write_text("old")
  with pytest.raises(ValueError, match="all 2 results are damaged"):
    aggregate(tmp_path)
  assert (tmp_path / "all").read_text() == "old"


def test_a_folder_is_not_written_to(tmp_path):
  with pytest.raises(IsADirectoryError, match="which is a folder"):
    aggregate_results.aggregate_results_to_json("*", str(tmp_path))
  (tmp_path / "file").touch()
  with pytest.raises(NotADirectoryError, match="file' is a file"):
    aggregate_results.aggregate_results_to_json("*", str(tmp_path / "file/x"))


def test_aggregated_results_replace_older_ones_at_the_end(
    tmp_path, monkeypatch):
  path = tmp_path / "all.json"
  path.write_text("old")

  def fail(unused_pattern):
    raise OSError("disk is gone")

  monkeypatch.setattr(aggregate_results, "_get", fail)
  with pytest.raises(OSError, match="disk is gone"):
    aggregate_results.aggregate_results_to_json("*", str(path))
  assert path.read_text() == "old"
  monkeypatch.setattr(aggregate_results, "_get",
                      lambda pattern: pd.DataFrame([{"mig": 0.5}]))
  aggregate_results.aggregate_results_to_json("*", str(path))
  assert json.loads(path.read_text()) == {"mig": {"0": 0.5}}
  assert os.listdir(tmp_path) == ["all.json"]


def test_workers_end_without_a_word(tmp_path, capfd):
  """A script's handlers of signals are there when its workers are forked."""
  write(tmp_path, a=b'{"mig": 1}')
  with stopping.handled():
    assert aggregate(tmp_path)["mig"] == {"0": 1}
  assert capfd.readouterr().err == ""


def test_workers_die_with_their_parent():
  read, write_end = os.pipe()
  child = os.fork()
  if not child:
    with aggregation._Pool(1) as pool:
      os.write(write_end, f"{pool.apply(os.getpid)}".encode())
      os._exit(9)
  assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
  worker = int(os.read(read, 100))
  os.close(read)
  os.close(write_end)
  for _ in range(100):
    if not os.path.exists(f"/proc/{worker}/cmdline") or not pathlib.Path(
        f"/proc/{worker}/cmdline").read_bytes():  # A zombie has none.
      break
    time.sleep(0.05)
  else:
    pytest.fail("it lives on")
