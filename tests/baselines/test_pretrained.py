import json
import pickle
import shutil

import pytest
from support import small_baselines as small

from sparse_disent.baselines import distributions
from sparse_disent.baselines import pretrained


def scores(path):
  return [(record.metric, record.score, record.value)
          for model in pretrained.read(path) for record in model.records()]


SCORES = [("training", "reconstruction_loss", 52.5),
          ("mig", "discrete_mig", 0.25)]


def test_an_archive_and_its_folder_say_the_same(tmp_path):
  path = small.write_zip(tmp_path / "151.zip", small.files())
  folder = small.write_folder(tmp_path / "f", small.files())
  assert scores(path) == scores(folder) == scores(folder / "151") == SCORES


def test_what_killed_processes_left_is_no_result(tmp_path):
  name = ".{}.1-2-0a1b2c3d.0a1b2c3d.tmp"
  folder = small.write_folder(tmp_path / "f", small.files())
  shutil.copytree(folder / "151/metrics/mean/mig",
                  folder / "151/metrics/mean" / name.format("mig"))
  shutil.copytree(folder / "151", folder / name.format("151"))
  assert scores(folder) == SCORES


def test_a_model_with_a_number_is_of_the_study(tmp_path):
  model, = pretrained.read(
      small.write_zip(tmp_path / "151.zip", small.files()))
  assert model.number == small.NUMBER
  record = model.records()[1]
  assert (record.source, record.dataset, record.data, record.method,
          record.seed, record.steps) == (
      "pretrained", "dsprites_full", "original", "beta_vae", 1, 300000)
  assert record.settings == (("vae.beta", "6.0"),)


def test_a_folder_may_be_of_anyones_dlib_reproduce(tmp_path):
  folder = small.write_folder(tmp_path / "f", small.files())
  model, = pretrained.read(folder)
  record = model.records()[0]
  assert (model.number, record.data, record.implementation) == (
      small.NUMBER, "unknown", "disentanglement_lib")


def test_the_sweep_says_what_files_leave_out(tmp_path):
  files = {"8655/" + small.MIG_FILE: json.dumps(small.MIG)}
  model, = pretrained.read(small.write_zip(tmp_path / "x.zip", files))
  record, = model.records()
  assert (record.dataset, record.method, record.seed, record.settings) == (
      "smallnorb", "beta_tc_vae", 5, (("beta_tc_vae.beta", "10.0"),))
  # The archive does not say how long it was trained: nor do we.
  assert record.steps is None


def test_a_model_that_is_not_the_one_its_name_says(tmp_path):
  path = small.write_zip(tmp_path / "0.zip", small.files(root=""))
  with pytest.raises(ValueError, match=r"0.zip' is not model 0 of "
                     r"unsupervised_study_v1: its vae.beta is 6.0, and the "
                     r"study's is 1.0|its model.random_seed is 1"):
    pretrained.read(path)


def test_a_model_without_a_number_needs_a_configuration(tmp_path):
  training = {key: value for key, value in small.TRAINING.items()
              if "model_num" not in key}
  path = small.write_zip(tmp_path / "mine.zip", {
      small.MIG_FILE: json.dumps({**training, **small.MIG})})
  model, = pretrained.read(path)
  assert (model.number, model.records()[0].data) == (None, "unknown")
  small.write_zip(path, {small.MIG_FILE: json.dumps(small.MIG)})
  with pytest.raises(ValueError, match="Nothing says which model '.*mine.zip'"):
    pretrained.read(path)


def test_many_archives_in_a_folder(tmp_path):
  for number, seed in ((151, "1"), (152, "2")):
    training = {**small.TRAINING, "train_config.model.random_seed": seed,
                "train_config.model.model_num": str(number)}
    small.write_zip(tmp_path / f"many/{number}.zip", {
        f"{number}/{small.MIG_FILE}": json.dumps({**training, **small.MIG})})
  assert [model.number for model in pretrained.read(tmp_path / "many")] == [
      151, 152]


def test_the_same_model_twice(tmp_path):
  small.write_zip(tmp_path / "many/151.zip", small.files())
  small.write_zip(tmp_path / "many/copy.zip", small.files())
  with pytest.raises(ValueError, match="are both model 151"):
    pretrained.read(tmp_path / "many")


def test_several_models_in_an_archive(tmp_path):
  path = small.write_zip(tmp_path / "a.zip", {
      **small.files(), **small.files(root="152/")})
  with pytest.raises(ValueError, match="several models: 151, 152. Unpack"):
    pretrained.read(path)


def test_no_results(tmp_path):
  path = small.write_zip(tmp_path / "151.zip", {"151/readme.txt": ""})
  with pytest.raises(FileNotFoundError, match="No results in '.*151.zip'.*"
                     "dlib_reproduce"):
    pretrained.read(path)
  (tmp_path / "empty").mkdir()
  with pytest.raises(FileNotFoundError, match="No model in '.*empty'"):
    pretrained.read(tmp_path / "empty")


class Bomb:
  """Writes a file when it is unpickled."""

  def __init__(self, path):
    self._path = path

  def __reduce__(self):
    return (open, (str(self._path), "w"))


def test_a_pickle_in_place_of_json_is_never_opened(tmp_path):
  path = small.write_zip(tmp_path / "151.zip", small.files(**{
      f"151/{small.MIG_FILE}": pickle.dumps(Bomb(tmp_path / "harm"))}))
  with pytest.raises(ValueError, match="151.zip: .*evaluation.json' is not "
                     "JSON: a pickle, which is never opened"):
    pretrained.read(path)
  assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("value, message", [
    ("0.9", "must be a number, but is of type str"),
    ([0.9], "must be a number, but is of type list")])
def test_scores_of_the_wrong_type(tmp_path, value, message):
  content = {**small.TRAINING, **small.MIG,
             "evaluation_results.discrete_mig": value}
  path = small.write_zip(tmp_path / "151.zip", small.files(
      **{f"151/{small.MIG_FILE}": json.dumps(content)}))
  with pytest.raises(ValueError, match=message):
    pretrained.read(path)


def test_nan_is_an_undefined_score(tmp_path):
  content = {**small.TRAINING, **small.MIG,
             "evaluation_results.discrete_mig": float("nan")}
  model, = pretrained.read(small.write_zip(tmp_path / "151.zip", small.files(
      **{f"151/{small.MIG_FILE}": json.dumps(content)})))
  record = model.records()[1]
  assert (record.value, record.undefined) == (
      None, "the metric returned nan")


def test_names_with_control_characters_are_refused(tmp_path):
  content = {**small.TRAINING, **small.MIG,
             "train_config.model.name": "'\x1b[2J'"}
  path = small.write_zip(tmp_path / "151.zip", small.files(
      **{f"151/{small.MIG_FILE}": json.dumps(content)}))
  with pytest.raises(ValueError, match="printable characters"):
    pretrained.read(path)


def other_study(path, name, seed=0, number="7", **settings):
  """A model that `dlib_reproduce` made of another study, at PATH/NAME."""
  training = {
      **small.TRAINING, "train_config.model.model_num": number,
      "train_config.model.random_seed": str(seed),
      "train_results.uuid": f"{name}-{seed}",
      **{f"train_config.{key}": value for key, value in settings.items()}}
  return small.write_folder(path / name, {
      small.MIG_FILE: json.dumps({**training, **small.MIG})})


@pytest.mark.parametrize("number", ["7", "99999"])
def test_other_studies_number_their_models_too(tmp_path, number):
  """`dlib_reproduce --study=fairness_study_v1` writes STUDY/NUMBER."""
  model, = pretrained.read(other_study(tmp_path, number, number=number))
  assert (model.number, model.records()[0].data) == (None, "unknown")
  assert model.records()[0].settings == (("vae.beta", "6.0"),)


def test_models_of_other_studies_are_told_apart_by_all_that_differs(tmp_path):
  for name, seed, tau in (("x", 0, "0.1"), ("y", 1, "0.1"), ("z", 0, "0.5")):
    other_study(tmp_path, name, seed, **{"l0_pair.tau": tau})
  models = pretrained.read(tmp_path)
  assert pretrained.settings(models) == [
      (("l0_pair.tau", tau), ("vae.beta", "6.0"))
      for tau in ("0.1", "0.1", "0.5")]
  found = distributions.group(pretrained.records(models))
  assert [(entry.record.metric, len(entry.values)) for entry in found] == [
      ("training", 2), ("mig", 2), ("training", 1), ("mig", 1)]


def test_what_files_of_the_study_leave_out_tells_no_models_apart(tmp_path):
  """One states all of its configuration, the other nothing of it."""
  small.write_zip(tmp_path / "151.zip", small.files(**{
      f"151/{small.MIG_FILE}": json.dumps({
          **small.TRAINING, **small.MIG, "train_config.encoder.extra": "1"})}))
  small.write_zip(tmp_path / "152.zip", {
      f"152/{small.MIG_FILE}": json.dumps(small.MIG)})
  first, second = pretrained.settings(pretrained.read(tmp_path))
  assert first == second == (("vae.beta", "6.0"),)


def test_names_of_folders_are_whole(tmp_path, monkeypatch):
  folder = other_study(tmp_path, "beta_0.5")
  monkeypatch.chdir(folder)
  assert [model.name for path in (f"{folder}/", ".")
          for model in pretrained.read(path)] == ["beta_0.5"] * 2
  path = small.write_zip(tmp_path / "1.5.zip", small.files())
  assert pretrained.read(path)[0].name == "1.5"
