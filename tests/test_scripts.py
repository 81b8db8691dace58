"""Upstream's own scripts, started as a user starts them, one after another."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
from support import forked

BIN = pathlib.Path(sys.executable).parent
SHORT = ["model.training_steps = 5", "model.eval_steps = 2",
         "dataset.name = 'dummy_data'"]
STUDY = "disentanglement_lib/config/unsupervised_study_v1"


def script(name, *arguments, cwd, bindings=(), check=True):
  """Runs a script away from the sources; returns the finished process."""
  if not (BIN / name).exists():
    pytest.skip(f"{name} is not installed beside {sys.executable}")
  flags = [f"--gin_bindings={binding}" for binding in bindings]
  result = subprocess.run([BIN / name, *arguments, *flags], cwd=cwd, text=True,
                          capture_output=True, check=False,
                          env={**os.environ, "PYTHONPATH": ""})
  assert not check or result.returncode == 0, result.stderr[-4000:]
  return result


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
  """A folder in which the main command ran, exactly as typed; its output."""
  folder = tmp_path_factory.mktemp("run")
  result = script("dlib_train", "--gin_config=gin_configs/masked_dipvae.gin",
                  cwd=folder, bindings=SHORT)
  return folder, result.stderr


@pytest.fixture(scope="module")
def represented(trained):
  folder, _ = trained
  script("dlib_postprocess",
         f"--gin_config={STUDY}/postprocess_configs/mean.gin",
         "--model_dir=output/masked_dipvae/model",
         "--output_dir=representation", cwd=folder)
  return folder


def read_results(folder, step):
  path = folder / f"results/json/{step}_results.json"
  return json.loads(path.read_text())


def test_train_says_where_and_how_far(trained):
  folder, log = trained
  assert ("No --model_dir given: the model goes to output/masked_dipvae/model"
          in log)
  assert "training: 5/5 steps" in log
  log = log.replace("WARNING: All log messages before absl", "")
  assert "arning" not in log
  results = read_results(folder / "output/masked_dipvae/model", "train")
  assert results["global_step"] == 5
  assert {"reconstruction_loss", "elbo", "regularizer", "kl_loss", "l0_penalty",
          "active_latents"} <= set(results)


def test_a_second_run_does_not_overwrite(trained):
  folder, _ = trained
  result = script("dlib_train", "--gin_config=gin_configs/masked_dipvae.gin",
                  cwd=folder, bindings=SHORT, check=False)
  assert result.returncode != 0
  last = result.stderr.splitlines()[-1]
  assert "Give --resume to go on" in last and "--overwrite to replace" in last


def test_evaluate_and_aggregate(represented):
  script("dlib_evaluate", f"--gin_config={STUDY}/metric_configs/mig.gin",
         "--input_dir=representation", "--output_dir=metrics/mig",
         cwd=represented, bindings=["mig.num_train = 200"])
  score = read_results(represented / "metrics/mig", "evaluation")
  assert 0 <= score["discrete_mig"] <= 1
  script("dlib_aggregate_results",
         "--result_file_pattern=metrics/*/results/aggregate/evaluation.json",
         "--output_path=all.json", cwd=represented)
  table = json.loads((represented / "all.json").read_text())
  assert table["evaluation_results.discrete_mig"]["0"] == pytest.approx(
      score["discrete_mig"], abs=1e-9)
  assert table["train_config.sparse_vae.latent"]["0"] == "@l0_pair()"


def test_visualize_model(trained):
  folder, _ = trained
  script("dlib_visualize_model", "--model_dir=output/masked_dipvae/model",
         "--output_dir=pictures", cwd=folder)
  names = {path.parent.name for path in (folder / "pictures").rglob("*.*")}
  assert names == {"reconstructions", "sampled", "traversals",
                   "animated_traversals", "interventional_effects"}


def test_visualize_dataset(tmp_path):
  script("dlib_visualize_dataset", "--name=dummy_data", "--path=pictures",
         cwd=tmp_path)
  assert len(list((tmp_path / "pictures/dummy_data").glob("*.png"))) == 10


def test_reason(represented):
  script("dlib_reason", "--input_dir=representation", "--output_dir=reason",
         "--gin_config=disentanglement_lib/config/tests/abstract_reasoning/"
         "representation/from_representation.gin", cwd=represented)
  assert "best.val.accuracy" in read_results(
      represented / "reason", "abstract_reasoning")


def test_reproduce(tmp_path):
  command = ["dlib_reproduce", "--study=test", "--model_num=0",
             "--output_directory=out"]
  script(*command, cwd=tmp_path)
  results = sorted((tmp_path / "out/metrics").rglob("evaluation_results.json"))
  lost, *kept = results
  before = [path.stat().st_mtime_ns for path in kept]
  shutil.rmtree(lost.parent.parent.parent)
  result = script(*command, "--resume", cwd=tmp_path)
  assert "'out/model' is complete already." in result.stderr
  assert lost.exists()
  assert [path.stat().st_mtime_ns for path in kept] == before


def test_reproduce_only_prints(tmp_path):
  result = script("dlib_reproduce", "--study=unsupervised_study_v1",
                  "--model_num=10000", "--only_print", cwd=tmp_path)
  assert "Gin bindings for model training:" in result.stdout


@pytest.fixture(scope="module")
def run_with_upstream():
  with forked.server() as run:
    yield run


@pytest.mark.parametrize("name", [
    "dlib_udr", "dlib_train_semi_supervised", "dlib_train_weakly_supervised",
    "dlib_reproduce_semi_supervised", "dlib_reproduce_weakly_supervised"])
def test_scripts_whose_modules_the_wheel_lacks_say_so(
    name, tmp_path, run_with_upstream):
  result = run_with_upstream(tmp_path, forked.script(BIN / name))
  if "leaves it out" not in result.stderr and "udr" not in result.stderr:
    pytest.skip("upstream is installed from its repository here")
  assert result.returncode != 0
  assert "from its repository" in result.stderr.splitlines()[-1]


def test_our_scores_read_what_upstream_wrote(trained):
  folder, _ = trained
  result = script("sparse-disent", "scores", "output", cwd=folder)
  assert "reconstruction_loss" in result.stdout
