"""Every file in gin_configs/: header, and a few steps of training."""
import json
import pathlib
import re

import conftest
import numpy as np
import pytest
import tensorflow_hub as hub
from disentanglement_lib.methods.unsupervised import train

FILES = {
    str(path.relative_to(conftest.ROOT)): path.read_text()
    for path in sorted((conftest.ROOT / "gin_configs").rglob("*.gin"))}
MODELS = [path for path, text in FILES.items() if "\nmodel.name = " in text]
TICKET = "output/masked_conv_magnitude/model"


@pytest.mark.parametrize("path", sorted(set(FILES) - set(MODELS)))
def test_a_file_that_is_no_model_is_included_by_one(path):
  assert any(f'\ninclude "{path}"\n' in FILES[model] for model in MODELS)


@pytest.mark.parametrize("path", MODELS)
def test_header_and_name(path):
  text = FILES[path]
  header = text[:text.index("\n\n")]
  assert all(line.startswith("#") for line in header.splitlines())
  for entry in ("Paper", "Run", "Time", "Expect"):
    assert f"\n# {entry}: " in header
  assert f" dlib_train --gin_config={path}\n" in header
  assert max(map(len, text.splitlines())) <= 80
  # What `dlib_aggregate_results` tells runs apart by.
  name = pathlib.Path(path).stem
  assert f'\nmodel.name = "{name}"\n' in text


def train_briefly(path, model_dir):
  bindings = ["dataset.name = 'dummy_data'", "model.batch_size = 4",
              "model.training_steps = 4", "model.eval_steps = 1"]
  if "\ncorrelated.pairs = " in FILES[path]:  # By names of dSprites' factors.
    bindings.append("correlated.pairs = [(3, 4)]")
  train.train_with_gin(model_dir, False, [path], bindings)


@pytest.mark.parametrize("path", MODELS)
def test_trains_and_exports(path, tmp_path, monkeypatch):
  # Found by name from every directory.
  monkeypatch.chdir(tmp_path)
  if TICKET in FILES[path]:
    train_briefly("gin_configs/masked_conv_magnitude.gin", TICKET)
  train_briefly(path, "model")
  results = json.loads(
      (tmp_path / "model/results/json/train_results.json").read_text())
  # FactorVAE counts two steps at once.
  assert 4 <= results["global_step"] <= 6
  assert np.isfinite([value for value in results.values()
                      if not isinstance(value, str)]).all()
  saved = (tmp_path / "model/results/gin/train.gin").read_text()
  num_latent, = re.findall(r"^encoder.num_latent = (\d+)$", saved, re.MULTILINE)
  images = np.random.RandomState(0).uniform(size=[3, 64, 64, 1])
  with hub.eval_function_for_module("model/tfhub") as evaluate:
    mean = evaluate({"images": images}, signature="gaussian_encoder",
                    as_dict=True)["mean"]
  assert mean.shape == (3, int(num_latent))
