import json
import os
import pathlib
import shutil

import pytest
from support import small_runs

from sparse_disent.report import scores
from sparse_disent.results import models
from sparse_disent.results import runs


def write_run(folder, **config):
  small_runs.write_model(folder, config=config, loss=1.5)
  small_runs.write_metric(folder, "mig", discrete_mig=0.25)
  return folder


def test_a_run_is_a_model_and_its_metrics(tmp_path):
  write_run(tmp_path / "a")
  small_runs.write_metric(tmp_path / "a", "sap", representation="sampled",
                          SAP_score=0.5)
  run, = runs.find([tmp_path])
  assert run.path == tmp_path / "a"
  assert run.model_dir == tmp_path / "a/model"
  assert run.training["loss"] == 1.5  # Not 1.0, as in the metrics' copies.
  assert [(e.representation, e.metric) for e in run.evaluations] == [
      ("mean", "mig"), ("sampled", "sap")]
  assert run.evaluations[0].results["discrete_mig"] == 0.25
  assert run.evaluations[0].config == {"evaluation.evaluation_fn": "@mig"}
  assert run.seed == 0


def test_overlapping_directories_count_once(tmp_path, monkeypatch):
  write_run(tmp_path / "a")
  write_run(tmp_path / "b")
  monkeypatch.chdir(tmp_path)
  found = runs.find([".", "a", "a/model", "a/metrics", tmp_path / "b"])
  assert [run.name for run in found] == ["a", "b"]
  assert [len(run.evaluations) for run in found] == [1, 1]


def test_links_to_folders_are_followed_and_each_place_counts_once(tmp_path):
  write_run(tmp_path / "disk/group/far")
  write_run(tmp_path / "out/near")
  links = {"out/a": "near", "out/far": tmp_path / "disk/group/far",
           "out/up": "..", "out/near/self": "self", "out/z": tmp_path / "disk",
           "out/gone": "nowhere"}
  for name, target in links.items():
    (tmp_path / name).symlink_to(target)
  found = runs.find([tmp_path / "out"])
  assert [run.path for run in found] == [
      tmp_path / "out/far", tmp_path / "out/near"]
  assert [len(run.evaluations) for run in found] == [1, 1]


@pytest.mark.parametrize("has_model", [True, False])
def test_a_link_below_another_directory_counts_once(tmp_path, has_model):
  if has_model:
    small_runs.write_model(tmp_path / "a/run")
  small_runs.write_metric(tmp_path / "a/run", "mig", discrete_mig=0.5)
  for name in ("b", "c"):
    (tmp_path / name).mkdir()
    (tmp_path / name / "link").symlink_to(tmp_path / "a/run")
  found, = runs.find([tmp_path / name for name in "abc"])
  assert len(found.evaluations) == 1
  found, = runs.find([tmp_path / "b", tmp_path / "c"])
  assert found.path == tmp_path / "b/link"


def test_a_link_to_a_hidden_folder_is_followed(tmp_path):
  write_run(tmp_path / "out/.store/run")
  (tmp_path / "out/run").symlink_to(".store/run")
  found, = runs.find([tmp_path / "out"])
  assert found.path == tmp_path / "out/run"


def test_a_compacted_model_is_no_second_run_of_its_original(tmp_path):
  write_run(tmp_path)
  scores_of = tmp_path / "compact_scores"  # As docs/compact.md says.
  small_runs.write_metric(scores_of, "mig", discrete_mig=0.5)
  small_runs.write_step(scores_of / "metrics/mean/mig", "compact", uuid="c")
  original, compacted = models.group(runs.find([tmp_path]))
  assert [len(model.runs) for model in (original, compacted)] == [1, 1]
  assert compacted.settings == {"model.compacted": "True"}


def test_numbered_folders_are_in_the_order_of_their_numbers(tmp_path):
  for number in (10, 2, 1):
    write_run(tmp_path / str(number))
  assert [run.path.name for run in runs.find([tmp_path])] == ["1", "2", "10"]


def test_a_model_in_a_folder_of_another_name_is_a_run(tmp_path):
  write_run(tmp_path / "a")
  os.rename(tmp_path / "a/model", tmp_path / "tuned")
  found = {run.path: run for run in runs.find([tmp_path])}
  assert set(found) == {tmp_path / "a", tmp_path / "tuned"}
  assert found[tmp_path / "tuned"].model_dir == tmp_path / "tuned"
  # Scores without a model know the configuration from their copies.
  assert found[tmp_path / "a"].model_dir is None
  assert found[tmp_path / "a"].bound("model.name") == "masked_dipvae"


def test_what_is_being_written_is_no_result(tmp_path):
  folder = tmp_path / ".hidden/run"
  small_runs.write_model(folder)
  small_runs.write_metric(folder, "mig", discrete_mig=0.1)
  small_runs.write_metric(folder, ".mig.0a1b.tmp", discrete_mig=0.2)
  run, = runs.find([folder])
  assert [evaluation.metric for evaluation in run.evaluations] == ["mig"]


def test_what_killed_processes_left_is_no_result(tmp_path):
  """A killed `compact` or `evaluate` made reports refuse."""
  write_run(tmp_path / "a")
  for name in ("a/.model", ".out"):
    unfinished = f"{tmp_path / name}.1-2-0a1b2c3d.0a1b2c3d.tmp"
    shutil.copytree(tmp_path / "a/model", unfinished)
  picture = tmp_path / "a/postprocessed/{}/artifacts/mig/x.png"
  for name in ("mean", ".mean.1-2-0a1b2c3d.0a1b2c3d.tmp"):
    path = pathlib.Path(str(picture).format(name))
    path.parent.mkdir(parents=True)
    path.touch()
  run, = runs.find([tmp_path])
  assert run.artifacts("x.png") == [pathlib.Path(str(picture).format("mean"))]
  assert "1 pictures" not in scores.table(tmp_path)
  assert scores.table(tmp_path).count("x.png") == 1


def test_metrics_without_a_representation_and_elsewhere(tmp_path):
  small_runs.write_metric(tmp_path, "mig", representation=".", discrete_mig=1)
  small_runs.write_metric(tmp_path / "x", "dci", completeness=1)
  os.rename(tmp_path / "x/metrics/mean/dci", tmp_path / "dci")
  found = {run.path: run.evaluations[0] for run in runs.find([tmp_path])}
  assert set(found) == {tmp_path, tmp_path / "dci"}
  assert found[tmp_path].representation == ""
  assert found[tmp_path / "dci"].metric == "dci"


def test_bindings_of_any_scope_as_values():
  run = runs.Run("x", config={
      "a/vae.beta": "4.0", "encoder.num_latent": "10", "x.y": "None",
      "model.name": "'vae'", "model.model": "@vae()"})
  assert run.bound("vae.beta") == 4.0
  assert run.bound("encoder.num_latent") == 10
  assert run.bound("x.y", 3) is None
  assert run.bound("model.name") == "vae"
  assert run.bound("model.model") == "@vae()"
  assert run.bound("missing", 7) == 7


@pytest.mark.parametrize("folder", ["postprocessed", "representation"])
def test_artifacts_of_either_layout(tmp_path, folder):
  path = tmp_path / folder / "mean/artifacts/connectivity/masks.npz"
  path.parent.mkdir(parents=True)
  path.touch()
  assert runs.Run(tmp_path).artifacts("masks.npz") == [path]
  assert runs.Run(tmp_path).artifacts("other.npz") == []


def test_artifacts_of_an_earlier_training_are_left_out(tmp_path):
  folder = tmp_path / "postprocessed/mean"
  path = folder / "artifacts/connectivity/masks.npz"
  path.parent.mkdir(parents=True)
  path.touch()
  small_runs.write_step(folder, "train", uuid="of before")
  assert runs.Run(tmp_path, training={"uuid": "of now"}).artifacts(
      "masks.npz") == []
  assert runs.Run(tmp_path, training={"uuid": "of before"}).artifacts(
      "masks.npz") == [path]


def test_no_results(tmp_path):
  write_run(tmp_path / "a")
  (tmp_path / "other").mkdir()
  (tmp_path / "other" / "notes").touch()
  with pytest.raises(FileNotFoundError, match="No results below '.*other'"):
    runs.find([tmp_path / "a", tmp_path / "other"])
  with pytest.raises(FileNotFoundError, match="^'.*/b' does not exist. Give "
                     "the directory of a run.$"):
    runs.find([tmp_path / "a", tmp_path / "b"])


@pytest.mark.parametrize("content, message", [
    ("{", "is not JSON: Expecting property name"),
    ("", "is not JSON"),
    (b"\xff\xfe", "is not JSON"),
    ("[1]", "must hold a JSON object, but holds a value of type list")])
@pytest.mark.parametrize("name", [
    "model/results/json/train_results.json",
    "model/results/json/train_config.json",
    "metrics/mean/mig/results/json/evaluation_results.json"])
def test_damaged_files_are_named(tmp_path, name, content, message):
  path = write_run(tmp_path) / name
  path.write_bytes(content if isinstance(content, bytes) else content.encode())
  with pytest.raises(ValueError, match=message) as caught:
    runs.find([tmp_path])
  assert str(caught.value).startswith(f"'{path}'")


def test_a_copy_of_a_training_is_no_second_seed(tmp_path):
  shutil.copytree(write_run(tmp_path / "a"), tmp_path / "b")
  with pytest.raises(ValueError, match="b' is a copy of '.*a'.*one of them"):
    runs.find([tmp_path])
  left_out = []
  run, = runs.find([tmp_path], left_out)
  assert run.path == tmp_path / "a" and run.evaluations
  assert len(left_out) == 1 and "b' is a copy of '" in left_out[0]


def test_scores_of_an_earlier_training_are_left_out(tmp_path):
  """As those of a model that was trained further, or anew, in its place."""
  write_run(tmp_path / "a")
  path = tmp_path / "a/model/results/json/train_results.json"
  path.write_text(json.dumps({"uuid": "another", "loss": 1.}))
  match = "a/metrics/mean/mig' was made from another training .*--overwrite"
  with pytest.raises(ValueError, match=match):
    runs.find([tmp_path])
  left_out = []
  run, = runs.find([tmp_path], left_out)
  assert not run.evaluations
  assert len(left_out) == 1


def test_scores_of_a_compacted_model_are_not_those_of_its_original(tmp_path):
  """As `evaluate --overwrite` leaves them beside the original."""
  small_runs.write_model(tmp_path)
  small_runs.write_metric(tmp_path, "mig", discrete_mig=.5)
  small_runs.write_metric(tmp_path, "sap", SAP_score=.25)
  small_runs.write_step(tmp_path / "metrics/mean/mig", "compact", uuid="c")
  left_out = []
  run, = runs.find([tmp_path], left_out)
  assert [each.metric for each in run.evaluations] == ["sap"]
  assert len(left_out) == 1
  assert "mig' was made from a compacted model, and not from" in left_out[0]


def write_config(folder, step, **values):
  """As upstream does from a file in which gin has broken long values."""
  for kind in ("gin", "json"):
    (folder / "results" / kind).mkdir(parents=True, exist_ok=True)
  (folder / f"results/gin/{step}.gin").write_text("\n".join(
      f"{name} = \\\n    {value.replace('], ', '],' + chr(10) + '     ')}"
      if len(value) > 60 else f"{name} = {value}"
      for name, value in values.items()))
  (folder / f"results/json/{step}_config.json").write_text(json.dumps({
      name: "\\" if len(value) > 60 else value
      for name, value in values.items()}))


def test_values_that_upstreams_json_has_lost(tmp_path):
  groups = str([[i] for i in range(20)])
  write_config(tmp_path, "train", **{"mic.groups": groups, "mic.n": "10"})
  assert runs.read_config(tmp_path, "train") == {
      "mic.groups": groups, "mic.n": "10"}
  (tmp_path / "results/gin/train.gin").unlink()
  assert runs.read_config(tmp_path, "train")["mic.groups"] == "\\"
  assert runs.read_config(tmp_path, "evaluation") == {}


def test_macros_that_upstreams_json_has_lost(tmp_path):
  value = [[i] for i in range(20)]
  write_config(tmp_path, "train",
               **{"mic.groups": "%groups", "groups": str(value)})
  assert runs.read_config(tmp_path, "train") == {"mic.groups": str(value)}


def test_macros_of_gin_files_stand_for_their_values(tmp_path):
  # As upstream's results.gin_dict returns them.
  for number in (0, 1):
    small_runs.write_model(tmp_path / str(number), config={
        "model.random_seed": "%run", "run": str(number), "vae.beta": "%b",
        "b": "%half", "half": "2.5", "dataset.name": "%data",
        "data": "'cars3d'", "mic.groups": "[[%zero], [1]]", "zero": "0",
        "a.text": "'%run'"})
  first, second = runs.find([tmp_path])
  assert (first.seed, second.seed) == (0, 1)
  assert first.bound("vae.beta") == 2.5
  assert first.bound("dataset.name") == "cars3d"
  assert first.bound("mic.groups") == [[0], [1]]
  assert first.bound("a.text") == "%run"
  model, = models.group([first, second])  # They differ in the seed alone.
  assert not model.settings
  assert len(model.runs) == 2


def test_a_stray_file_is_named_and_left_out(tmp_path):
  write_run(tmp_path / "a")
  (tmp_path / "a/train_results.json").write_text('{"loss": 2.0}')
  (tmp_path / "evaluation_results.json").write_text("[]")
  left_out = []
  run, = runs.find([tmp_path], left_out)
  assert (run.path, len(run.evaluations)) == (tmp_path / "a", 1)
  assert [message.split(" is not in a folder results/json")[0]
          for message in left_out] == [
      f"'{tmp_path / name}'" for name in
      ("a/train_results.json", "evaluation_results.json")]
  with pytest.raises(ValueError, match="Move it away"):
    runs.find([tmp_path])


def test_what_is_no_training_is_named_and_left_out(tmp_path):
  write_run(tmp_path / "a")
  place = tmp_path / "b/results/json"
  place.mkdir(parents=True)
  (place / "train_results.json").write_text('{"note": "mine"}')
  left_out = []
  run, = runs.find([tmp_path], left_out)
  assert run.path == tmp_path / "a"
  assert "has no scores of a training and no configuration" in left_out[0]
