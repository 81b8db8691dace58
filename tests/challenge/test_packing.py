import tarfile

import pytest
from support import small_challenge

from sparse_disent.challenge import packing
from sparse_disent.challenge import submission


@pytest.fixture
def root(tmp_path):
  return small_challenge.make_submission(tmp_path / "mine")


def test_archive_holds_the_submission(root, tmp_path):
  (root / "scratch").mkdir()
  (root / "scratch" / "data.npz").write_bytes(b"data")
  archive, num_files = packing.pack(root, max_bytes=10 ** 6)
  assert archive == str(tmp_path / "mine.tar.gz")
  assert num_files == len(submission.REQUIRED)
  with tarfile.open(archive) as tar:
    assert sorted(tar.getnames()) == sorted(
        f"mine/{name}" for name in submission.REQUIRED)
    assert tar.getmember("mine/run.sh").mode & 0o111
    assert {member.uname for member in tar} == {""}


def test_existing_archive(root, tmp_path):
  archive = tmp_path / "mine.tar.gz"
  archive.write_text("old")
  with pytest.raises(FileExistsError, match="exists. Give --overwrite"):
    packing.pack(root, max_bytes=10 ** 6)
  assert archive.read_text() == "old"
  packing.pack(root, max_bytes=10 ** 6, overwrite=True)
  assert tarfile.is_tarfile(archive)


@pytest.mark.parametrize("break_it, error", [
    (lambda root: (root / "train.py").unlink(), FileNotFoundError),
    (lambda root: (root / "model.gin").write_text("x = @nothing"), ValueError)])
def test_nothing_is_written_after_an_error(root, tmp_path, break_it, error):
  break_it(root)
  with pytest.raises(error):
    packing.pack(root, max_bytes=10 ** 6)
  assert [path.name for path in tmp_path.iterdir()] == ["mine"]
