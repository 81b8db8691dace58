"""A small run of the challenge on 96 images, and small versions of its metrics.
"""
import json
import textwrap

from sparse_disent.challenge import contract
from sparse_disent.challenge import training
from support import small_run

DATASET = "dsprites_full"
_CONFIGS = f"evaluation_protocols/{contract.PROTOCOL}"
_SMALL = {**{name: small_run.METRICS[name] for name in contract.SCORES
             if name != "irs"},
          "irs": "irs.num_train = 60"}


class Recorder:
  """Stands in for `events.Events` and keeps what it is told."""

  def __init__(self):
    self.told = []

  def progress(self, fraction):
    self.told.append(fraction)

  def submitted(self):
    self.told.append("submitted")


def write_gin(folder):
  """Writes a gin file that trains for two steps; returns its path."""
  path = folder / "model.gin"
  path.write_text(textwrap.dedent(small_run.MODEL))
  return str(path)


def write_protocol(folder):
  """Writes the challenge's protocol with small samples; returns its path."""
  for kind in ("postprocess_configs", "metric_configs"):
    (folder / kind).mkdir(parents=True)
  (folder / "postprocess_configs" / "mean.gin").write_text(
      f'include "{_CONFIGS}/postprocess_configs/mean.gin"')
  for name, text in _SMALL.items():
    (folder / "metric_configs" / f"{name}.gin").write_text(
        f'include "{_CONFIGS}/metric_configs/{name}.gin"\n'
        + textwrap.dedent(text).strip())
  return str(folder)


def settings(output_path):
  """The settings of a run below a folder."""
  return contract.Settings(
      output_path=str(output_path), evaluation_name="small",
      dataset_name=DATASET, is_grading=False)


def make_run(folder):
  """Trains and exports; returns the folder of the run and what it reported."""
  recorder, chosen = Recorder(), settings(folder / "shared")
  with small_run.data(folder):
    training.run(chosen, write_gin(folder), [], recorder)
  return chosen.run_dir, recorder.told


def write_scores(run_dir, values, dataset=DATASET):
  """Writes what grading leaves of a run; returns its folder as a string."""
  for (metric, score), value in zip(
      contract.SCORES.items(), values, strict=True):
    folder = run_dir / "metrics" / metric / "results" / "aggregate"
    folder.mkdir(parents=True)
    (folder / "evaluation.json").write_text(json.dumps({
        f"evaluation_results.{score}": value,
        "evaluation_config.dataset.name": f"'{dataset}'",
        "train_config.dataset.name": "'anything'"}))
  return str(run_dir)


def make_submission(folder):
  """Writes the files that every submission has, without the libraries' code."""
  for name in ("run.sh", "environment.yml", "train.py", "model.gin"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("")
  write_gin(folder)
  (folder / "run.sh").chmod(0o755)
  for package in ("sparse_disent", "disentanglement_lib"):
    (folder / "lib" / package).mkdir(parents=True)
    (folder / "lib" / package / "__init__.py").write_text("")
  describe(folder)
  return folder


def describe(folder, **changes):
  """Writes an aicrowd.json."""
  identity = "aicrowd-neurips-2019-disentanglement-challenge"
  (folder / "aicrowd.json").write_text(json.dumps({
      "challenge_id": identity, "grader_id": identity, "authors": ["me"],
      "description": "a model", "license": "MIT", "gpu": False, **changes}))
