"""The ways of docs/datasets.md, followed to the letter."""
import os
import pathlib
import re
import subprocess
import sys

import conftest
import gin
import numpy as np
import pytest
from support import forked
from support import small_dsprites

from sparse_disent.data import dependent

PAGE = (conftest.ROOT / "docs/datasets.md").read_text()
BIN = pathlib.Path(sys.executable).parent
REST = ["model.training_steps = 2", "model.eval_steps = 1",
        "model.random_seed = 0", "model.batch_size = 4", "model.model = @vae()",
        "vae.beta = 1.", "encoder.num_latent = 2"]


def blocks(language):
  return [text for name, text in re.findall(
      r"^```(\w*)\n(.*?)^```$", PAGE, re.S | re.M) if name == language]


@pytest.fixture
def folder(tmp_path):
  """A folder with the page's module."""
  (tmp_path / "my_data.py").write_text(blocks("python")[0])
  return tmp_path


@pytest.fixture(scope="module")
def run():
  with forked.server() as run_forked:

    def run(folder, code):
      result = run_forked(folder, code)
      assert result.returncode == 0, result.stderr[-3000:]

    yield run


def test_from_python(folder, run):
  code = blocks("python")[1].replace("...", repr(REST)[1:-1]).replace(
      "gin_bindings=[", "gin_bindings=['include \"gin_configs/base.gin\"', ")
  run(folder, "from disentanglement_lib.methods.unsupervised import train\n"
      f"{code}")
  assert (folder / "model/tfhub").is_dir()


def test_from_a_gin_file(folder, run):
  (folder / "my.gin").write_text("\n".join([
      'include "gin_configs/base.gin"', *blocks("")[0].splitlines(), *REST]))
  run(folder, forked.script(
      BIN / "dlib_train", "--gin_config=my.gin", "--model_dir=model"))
  # Reads the model's gin file alone.
  run(folder, forked.script(
      BIN / "dlib_visualize_model", "--model_dir=model", "--output_dir=out"))
  assert list((folder / "out/traversals").iterdir())


def test_by_an_entry_point(folder):
  group, line = blocks("toml")[0].splitlines()
  metadata = folder / "my_data-1.0.dist-info"
  metadata.mkdir()
  (metadata / "METADATA").write_text(
      "Metadata-Version: 2.1\nName: my-data\nVersion: 1.0\n")
  (metadata / "entry_points.txt").write_text(
      f"[{group.split(chr(34))[1]}]\n{line.replace(chr(34), '')}\n")
  result = subprocess.run(
      [BIN / "dlib_visualize_dataset", "--name=squares", "--path=out"],
      cwd=folder, text=True, capture_output=True, check=False,
      env={**os.environ, "PYTHONPATH": str(folder)})
  assert result.returncode == 0, result.stderr[-3000:]
  assert list((folder / "out/squares").glob("*.png"))


def test_factors_that_depend():
  """The settings of both blocks hold for dSprites, and all factors vary."""
  data = small_dsprites.without_images([1, 2, 3, 4, 5])
  correlated, constrained = blocks("")[1:]
  gin.parse_config([correlated, constrained])
  drawn = dependent.as_configured(data)
  assert [group.factors for group in drawn.groups] == [(0, 1, 3, 4)]
  shape, scale, _, x, y = drawn.sample_factors(
      20000, np.random.RandomState(0)).T
  assert not ((shape == 2) & (x >= 16)).any()
  assert not (np.isin(scale, [0, 5]) & (y == 3)).any()
  assert np.corrcoef(x[shape < 2], y[shape < 2])[0, 1] > .5
  code = blocks("python")[2].rpartition("images = ")[0]
  names = {"data": data}
  exec(code, names)  # noqa: S102
  held_out = names["held_out"].sample_factors(100, np.random.RandomState(0))
  assert (held_out[:, 0] == 2).all() and (held_out[:, 3] >= 16).all()
