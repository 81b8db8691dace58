import numpy as np
import pytest

from sparse_disent.data import dsprites
from sparse_disent.data import files
from sparse_disent.data import origin


def write(folder, facts):
  path = folder / files.DSPRITES
  path.parent.mkdir()
  np.savez(path, metadata=np.array(facts, dtype=object))


@pytest.mark.parametrize("facts, expected", [
    (dsprites.metadata(), "re-rendered"),
    ({"author": "lmatthey@google.com"}, "original"), ({}, "unknown")])
def test_the_file_in_the_data_directory(tmp_path, monkeypatch, facts, expected):
  monkeypatch.setenv(files.VARIABLE, str(tmp_path))
  write(tmp_path, facts)
  assert origin.at_hand("dsprites_full") == expected
  assert origin.at_hand("noisy_dsprites") == expected
  assert origin.at_hand("cars3d") == "original"


@pytest.mark.parametrize("directory", ["none", "gs://bucket"])
def test_nothing_to_look_at(tmp_path, monkeypatch, directory):
  monkeypatch.chdir(tmp_path)
  monkeypatch.setenv(files.VARIABLE, directory)
  assert origin.at_hand("dsprites_full") == "unknown"
