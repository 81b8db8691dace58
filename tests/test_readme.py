"""The README: all that it shows runs as it stands, and it names all models."""
import re

import conftest
import numpy as np
import pytest

TEXT = (conftest.ROOT / "README.md").read_text()
# Small data and few steps, for the model of the README.
SHORT = """
dataset.name = "dummy_data"
model.batch_size = 4
model.training_steps = 3
model.eval_steps = 1
"""


def blocks(language=""):
  return re.findall(rf"^```{language}\n(.+?)^```$", TEXT, re.M | re.S)


def names_of_models():
  """Names in the table of models, "a", "_b" standing for "a" with "_b"."""
  table, = re.findall(r"^\| gin file .+?\n\n", TEXT, re.M | re.S)
  for line in table.strip().splitlines()[2:]:
    first, *others = re.findall(r"`(.+?)`", line.split("|")[1])
    yield from [first, *others]
    for name in others:
      if name.startswith("_"):
        parts = first.split("_")
        for count in range(1, len(parts) + 1):
          yield "_".join(parts[:count]) + name


def test_it_is_read_in_five_minutes():
  assert len(TEXT.splitlines()) <= 130
  assert len(TEXT.split()) <= 800


def test_every_model_stands_in_the_table():
  patterns = [re.escape(name).replace(r"\*", ".*")
              for name in names_of_models()]
  files = [path for path in (conftest.ROOT / "gin_configs").glob("*.gin")
           if "\nmodel.name = " in path.read_text()]
  missing = [path.stem for path in files if not any(
      re.fullmatch(pattern, path.stem) for pattern in patterns)]
  assert len(files) > 15 and not missing


@pytest.mark.slow
def test_the_model_is_trained_and_used_as_it_says(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  composition, = (block for block in blocks() if "sparse_vae" in block)
  (tmp_path / "mine.gin").write_text(composition + SHORT)
  code, = blocks("python")
  names = {"images": np.random.RandomState(0).uniform(size=[2, 64, 64, 1])}
  exec(code, names)  # noqa: S102
  assert names["codes"].shape == (2, 10)
  assert names["pictures"].shape[1:] == (64, 64, 1)
  assert names["model"].groups == [5, 5]


def test_the_commands_that_it_names_are_there():
  targets = re.findall(r"^([\w-]+):", (
      conftest.ROOT / "Makefile").read_text(), re.M)
  named = re.findall(r"(?:^|`)make ([\w-]+)", TEXT, re.M)
  assert "test" in named and set(named) <= set(targets)
