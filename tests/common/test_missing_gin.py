import gin
import pytest

from sparse_disent.common import missing_gin

_WHERE = (" It may be relative to this folder, to sparse_disent's, as "
          "gin_configs/base.gin is, or to disentanglement_lib's.")


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  monkeypatch.setattr(gin.config, "_LOCATION_PREFIXES", [""])
  for name in ("mine", "gin_configs/other"):
    path = tmp_path / f"{name}.gin"
    path.parent.mkdir(exist_ok=True)
    path.touch()


@pytest.mark.parametrize("name, near", [
    ("mne.gin", " Did you mean 'mine.gin'?"), ("zebra.gin", ""),
    ("gin_configs/othr.gin", " Did you mean 'gin_configs/other.gin'?")])
def test_the_nearest_file_is_named(name, near):
  assert missing_gin.message(name) == (
      f"There is no gin file '{name}'.{near}{_WHERE}")


def test_a_folder_is_told():
  assert missing_gin.message("gin_configs") == (
      "'gin_configs' is a folder and no gin file. Give a file in it.")
