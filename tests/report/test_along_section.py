"""Curves of scores along training."""
from support import small_runs

from sparse_disent.report import along_section
from sparse_disent.results import models
from sparse_disent.results import runs


def test_each_score_is_a_curve(tmp_path):
  for seed in (0, 1):
    run = tmp_path / f"run{seed}"
    config = {"model.random_seed": str(seed)}
    small_runs.write_model(run, config=config)
    for step, score in ((1000, 0.1), (2000, 0.3)):
      small_runs.write_metric(run / "checkpoints" / str(step), "mig",
                              config=config, discrete_mig=score + 0.1 * seed)
  section = along_section.section(models.group(runs.find([tmp_path])))
  figure, = section.blocks[1].figures
  assert figure.name == "along-mig-mean"
  assert figure.alt == ("MIG, mean over training steps: masked_dipvae 0.350 at "
                        "step 2000")


def test_without_scores_of_checkpoints_there_is_no_section(tmp_path):
  small_runs.write_model(tmp_path / "run")
  assert along_section.section(models.group(runs.find([tmp_path]))) is None


def test_names_that_differ_in_signs_have_pictures_of_their_own(tmp_path):
  for name in ("a_b", "a-b"):
    small_runs.write_model(tmp_path)
    small_runs.write_metric(tmp_path / "checkpoints/10", "mig",
                            representation=name, discrete_mig=0.5)
  section = along_section.section(models.group(runs.find([tmp_path])))
  names = [figure.name for figure in section.blocks[1].figures]
  assert len(set(names)) == len(names) == 2
