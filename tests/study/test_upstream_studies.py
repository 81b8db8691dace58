import pytest
from disentanglement_lib.config import reproduce

from sparse_disent.study import catalogue
from sparse_disent.study import upstream_studies


@pytest.mark.parametrize(("name", "models"), [
    # 7 data sets x 36 models x 50 seeds, as in the paper's 12,600; 36 models
    # x 5 seeds x 2 data sets x 1; 9 data sets x 36 models x 50 seeds.
    ("unsupervised_study_v1", 12600)])
def test_upstreams_models_keep_their_numbers(name, models):
  study = catalogue.load(name)
  assert len(study.models) == models
  bindings, _ = reproduce.STUDIES[name].get_model_config(777)
  assert study.model_bindings(777) == bindings


@pytest.mark.parametrize("name", upstream_studies.NAMES)
def test_upstreams_files_are_found(name):
  study = catalogue.load(name)
  theirs = reproduce.STUDIES[name]
  bindings, gin_file = theirs.get_model_config(1)
  assert study.model_bindings(1) == bindings
  assert gin_file.endswith(study.gin_file)


@pytest.mark.parametrize("name", catalogue.OWN)
def test_dlib_reproduce_knows_ours(name, capsys):
  theirs = reproduce.STUDIES[name]
  theirs.print_model_config(3)
  theirs.print_postprocess_config()
  theirs.print_eval_config()
  printed = capsys.readouterr().out
  study = catalogue.load(name)
  for binding in study.model_bindings(3):
    assert binding in printed
  assert study.gin_file in printed
  assert "postprocess_configs/mean.gin" in printed
  assert "metric_configs/" in printed


def test_what_is_a_file():
  assert upstream_studies.is_file("a.gin")
  assert upstream_studies.is_file("studies/mine.py")
  assert not upstream_studies.is_file("channel_masks")
