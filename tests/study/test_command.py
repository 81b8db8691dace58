import pathlib

import pandas as pd
import pytest
from disentanglement_lib.data.ground_truth import dsprites
from support import small_runs
from support import study_work

from sparse_disent import cli
from sparse_disent.results import runs
from sparse_disent.study import command
from sparse_disent.study import performing
from sparse_disent.study import planning

GIN = """
  import sparse_disent
  include "gin_configs/base.gin"
  model.model = @vae()
  vae.beta = 1.
  dataset.name = "dummy_data"
"""


@pytest.fixture
def gin_file(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  pathlib.Path("model.gin").write_text(GIN)
  return "--gin_config=model.gin"


def sweep(*arguments):
  return cli.main(["sweep", *arguments])


def test_dry_run_says_what_there_is_to_do_and_does_nothing(
    gin_file, capsys, tmp_path):
  assert sweep(gin_file, "--vary=vae.beta=1,4", "--seeds=3", "--protocol=pvae",
               "--steps=100", "--dry_run") == 0
  assert "6 models, 600 training steps" in capsys.readouterr().out
  assert {path.name for path in tmp_path.iterdir()} == {"model.gin"}


def test_models_and_where_choose(gin_file, capsys):
  assert sweep(gin_file, "--vary=vae.beta=1,4", "--seeds=3", "--protocol=pvae",
               "--where=vae.beta=4", "--models=2:5", "--dry_run") == 0
  assert "2 models" in capsys.readouterr().out  # Numbers 3 and 4.


@pytest.mark.parametrize(("arguments", "message"), [
    ([], "Give the name of a study, or --gin_config"),
    (["chanel_masks"], "Did you mean 'channel_masks'?"),
    (["grouped_vae", "--vary=a.b=1"], "--vary goes with --gin_config"),
    (["grouped_vae", "--seeds=2"], "--seeds goes with --gin_config"),
    (["grouped_vae", "--protocol=pvae"], "--protocol goes with --gin_config"),
    (["grouped_vae", "--models=70"], "the numbers go from 0 to 59"),
    (["grouped_vae", "--where=vae.beta=3"], "vae.beta is one of 1.0, 5.0"),
    (["grouped_vae", "--where=vae.bta=4"], "Did you mean 'vae.beta'?"),
    (["grouped_vae", "--output=model.gin"], "--output is 'model.gin', but '"),
    (["--gin_config=modl.gin", "--vary=a.b=1", "--protocol=pvae"],
     "There is no gin file 'modl.gin'. Did you mean 'model.gin'?"),
    (["grouped_vae", "--where=beta"], "--where must be PARAMETER=VALUE"),
    (["grouped_vae", "--steps=0"], "--steps must be 1 or more, but is 0"),
    (["grouped_vae", "--machines=0"], "--machines must be 1 or more"),
    (["grouped_vae", "--processes=-2"], "--processes must be 1 or more"),
    (["grouped_vae", "--submit"], "--submit is for --runner=slurm, but"),
    (["grouped_vae", "--address=auto"], "--address is for --runner=ray"),
    (["grouped_vae", "--gin_bindings=vea.beta = 3"], "vea")])
def test_bad_arguments_get_one_line(gin_file, arguments, message, capsys):
  assert sweep(*arguments, "--dry_run") == 1
  error = capsys.readouterr().err
  assert message in error
  assert error.count("\n") == 1


def test_a_grid_needs_a_protocol_that_exists(gin_file, capsys):
  assert sweep(gin_file, "--vary=vae.beta=1") == 1
  assert "needs a --protocol" in capsys.readouterr().err
  assert sweep(gin_file, "--vary=vae.beta=1", "--protocol=no") == 1
  assert "no protocol 'no'" in capsys.readouterr().err


def test_missing_data_are_named_before_anything_begins(
    gin_file, capsys, monkeypatch, tmp_path):
  monkeypatch.setattr(
      dsprites, "DSPRITES_PATH", str(tmp_path / "none" / "dsprites.npz"))
  assert sweep("grouped_vae", "--models=0") == 1
  assert "sparse-disent data dsprites" in capsys.readouterr().err
  assert not (tmp_path / "output").exists()


def test_a_value_of_one_model_is_checked_before_any_begins(gin_file, capsys):
  assert sweep(gin_file, "--vary=vae.beta=4,-1,1", "--protocol=pvae",
               "--dry_run") == 1
  error = capsys.readouterr().err
  assert "vae.beta must be a number of 0 or greater, but is -1" in error


def test_the_objects_of_each_model_are_made_before_any_begins(
    gin_file, capsys):
  """The gate's own rule is that a sparsity is below 1."""
  assert sweep(
      gin_file, "--protocol=pvae", "--dry_run",
      "--gin_bindings=encoder.encoder_fn = @masked_conv_encoder",
      "--gin_bindings=channel_mask.gate = @random_gate()",
      "--vary=random_gate.sparsity=.1,1.7") == 1
  error = capsys.readouterr().err
  assert "random_gate.sparsity must lie in [0, 1), but is 1.7" in error


def test_slurm_gets_the_same_sweep(gin_file, capsys):
  assert sweep(gin_file, "--vary=vae.beta=1,4", "--seeds=2", "--protocol=pvae",
               "--steps=7", "--gin_bindings=model.eval_steps = 2",
               "--runner=slurm", "--models=1,3") == 0
  script = pathlib.Path("output/model/sweep.sbatch").read_text()
  assert "numbers=(1 3)" in script
  for argument in ("--gin_config=model.gin", "--seeds=2", "--protocol=pvae",
                   "--steps=7", "--vary=vae.beta=1,4", "--retry",
                   "'--gin_bindings=model.eval_steps = 2'",
                   f"--output={pathlib.Path('output/model').resolve()}"):
    assert argument in script
  assert "sbatch output/model/sweep.sbatch" in capsys.readouterr().out


def test_a_measured_speed_makes_an_estimate(gin_file, capsys):
  pathlib.Path("out").mkdir()
  planning.write("out", planning.Calibration(10., 10., 2, 1., .1))
  assert sweep(gin_file, "--vary=vae.beta=1", "--protocol=pvae",
               "--steps=36000", "--dry_run", "--output=out") == 0
  assert "training: 1 h 0 min" in capsys.readouterr().out


SEARCH = """
  study.gin_config = "model.gin"
  study.search = {"vae.beta": ("log", 1., 16.)}
  study.trials = 4
  study.seeds = 2
  study.score = "mean/mig/discrete_mig"
  study.protocol = "modern"
"""


def scores_beta(task, watch):
  """Work that scores a model: beta, plus the seed in its third digit."""
  study_work.note(task)
  values = dict(binding.split(" = ") for binding in task.bindings)
  small_runs.write_metric(
      pathlib.Path(task.directory), "mig", discrete_mig=float(
          values["vae.beta"]) + float(values["model.random_seed"]) / 1000)


def in_this_process(interrupt_after=None):
  """A runner; it may be interrupted after some tasks."""

  def run(pending):
    for i, task in enumerate(pending):
      if i == interrupt_after:
        raise KeyboardInterrupt
      yield task, performing.perform(task, scores_beta)

  return lambda *arguments: run


def test_a_search_goes_on_and_is_confirmed(gin_file, capsys, monkeypatch):
  pathlib.Path("mine.gin").write_text(SEARCH)
  monkeypatch.setattr(command, "_runner", in_this_process(3))
  assert sweep("mine.gin") == 130
  assert sweep("mine.gin", "--confirm") == 1
  assert "5 of 8 models of 'mine' are not done" in capsys.readouterr().err
  monkeypatch.setattr(command, "_runner", in_this_process())
  assert sweep("mine.gin") == 0
  assert "add --confirm" in capsys.readouterr().out
  assert sweep("mine.gin", "--confirm", "--runner=slurm") == 0
  script = pathlib.Path("output/mine/confirmed/sweep.sbatch").read_text()
  assert f"--output={pathlib.Path('output/mine').resolve()} " in script
  assert "--confirm" in script
  for _ in range(2):
    assert sweep("mine.gin", "--confirm") == 0
  recipe = pathlib.Path("output/mine/recipe.gin").read_text()
  largest = pd.read_csv("output/mine/search.csv")["vae.beta"].max()
  assert f"vae.beta = {largest}" in recipe
  assert f"\n#   median {largest + .1005:.3g}; on seeds" in recipe
  assert f"\n#   median {largest + .0045:.3g}, quartiles" in recipe
  works = list(pathlib.Path("output").rglob("work.txt"))
  assert len(works) == 8 + 10
  assert all(len(work.read_text().splitlines()) == 1 for work in works)


def test_a_score_that_the_protocol_lacks_is_named(gin_file, capsys):
  pathlib.Path("mine.gin").write_text(SEARCH.replace("mean/mig", "mean/sap"))
  assert sweep("mine.gin", "--dry_run") == 1
  assert "'mean/sap/discrete_mig' is no score of" in capsys.readouterr().err


@pytest.mark.slow
def test_a_sweep_trains_scores_and_goes_on(gin_file, capsys, tmp_path):
  protocol = tmp_path / "reconstruct"
  for folder, name, text in (
      ("postprocess_configs", "mean", """
        postprocess.postprocess_fn = @mean_representation
        dataset.name = "auto"
        postprocess.random_seed = 0
      """), ("metric_configs", "mig", """
        evaluation.evaluation_fn = @mig
        dataset.name = "auto"
        evaluation.random_seed = 0
        mig.num_train = 100
        discretizer.discretizer_fn = @histogram_discretizer
        discretizer.num_bins = 20
      """)):
    (protocol / folder).mkdir(parents=True)
    (protocol / folder / f"{name}.gin").write_text(text)
  arguments = [gin_file, "--vary=vae.beta=1,4", f"--protocol={protocol}",
               "--steps=3", "--gin_bindings=model.eval_steps = 1",
               "--processes=1", "--output=out"]
  assert sweep(*arguments) == 0
  printed = capsys.readouterr()
  assert "2 models are done, in out." in printed.out
  assert "Wrote out/results.csv." in printed.out
  assert printed.err.splitlines()[-1].startswith("sweep: 2/2 models")
  results = pathlib.Path("out/results.csv").read_text().splitlines()
  assert "evaluation_results.discrete_mig" in results[0]
  assert len(results) == 3
  models = [pathlib.Path("out", name, "model/results/json",
                                    "train_results.json")
            for name in ("vae.beta=1,model.random_seed=0",
                         "vae.beta=4,model.random_seed=0")]
  before = [model.read_bytes() for model in models]
  assert sweep(*arguments) == 0
  assert [model.read_bytes() for model in models] == before
  # More steps are another model, of which everything is measured again.
  assert sweep(*(argument.replace("--steps=3", "--steps=5")
                 for argument in arguments)) == 0
  assert "2 models are done, in out." in capsys.readouterr().out
  for run in runs.find(["out"]):
    assert (run.training["global_step"], len(run.evaluations)) == (5, 1)


def test_a_stopped_sweep_says_that_it_goes_on(gin_file, monkeypatch, capsys):
  def stopped(*args, **options):
    raise KeyboardInterrupt

  monkeypatch.setattr("sparse_disent.study.sweep.run", stopped)
  assert sweep(gin_file, "--protocol=pvae") == 130
  assert capsys.readouterr().err.endswith(
      "sparse-disent: stopped by SIGINT. The same command goes on: models that "
      "are done are kept.\n")
