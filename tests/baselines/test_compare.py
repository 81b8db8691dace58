"""The command, with whole runs and hostile archives."""
import csv
import json
import pickle
import stat
import subprocess
import sys
import zipfile

import pytest
from support import small_baselines as small
from support import small_runs

from sparse_disent import cli
from sparse_disent.baselines import compare
from sparse_disent.baselines import rescore
from sparse_disent.baselines import sources
from sparse_disent.data import files


@pytest.fixture(name="here", autouse=True)
def a_folder(tmp_path, monkeypatch):
  """A working directory with a run, and no data set."""
  monkeypatch.chdir(tmp_path)
  monkeypatch.setenv(files.VARIABLE, str(tmp_path / "none"))
  small.own_run(tmp_path / "run")
  return tmp_path


def contents(folder):
  return {str(path.relative_to(folder)): path.read_bytes()
          for path in folder.rglob("*") if path.is_file()}


def test_the_command(here, capsys):
  small.write_zip(here / "151.zip", small.files())
  assert cli.main(["compare", "run", "--baselines=official_study",
                   "--baselines=151.zip", "--metric=mig"]) == 0
  lines = capsys.readouterr().out.splitlines()
  assert "MIG (dsprites_full, mean)" in lines
  assert "official_study: disentanglement_lib, TensorFlow 1" in lines
  assert lines[-1] == "Wrote comparison.html, and 4 files beside it."
  with open("comparison.csv") as file:
    rows = list(csv.DictReader(file))
  places = {row["settings"]: row["place"] for row in rows
            if row["metric"] == "mig" and row["role"] == "beside"
            and row["source"] == "official_study"}
  # The own MIG is .25; the study's median for beta 16 is .299, q1 is .141.
  assert places["vae.beta=16"] == "q1 to median"
  assert places["vae.beta=1"] == "above q3"
  assert "Comparison with baselines" in (here / "comparison.html").read_text()


def test_a_damaged_archive_and_a_damaged_run_are_left_out(here, capsys):
  for name in ("151.zip", "152.zip"):
    small.write_zip(here / name, small.files())
  (here / "152.zip").write_bytes((here / "152.zip").read_bytes()[:-30])
  path = small.own_run(here / "other") / (
      "model/results/json/train_results.json")
  path.write_text('{"uuid": ["a"]}')
  assert cli.main(["compare", "run", "other", "--baselines=151.zip",
                   "--baselines=152.zip", "--all"]) == 0
  out, error = capsys.readouterr()
  assert "pretrained: disentanglement_lib, TensorFlow 1" in out
  assert [line for line in error.splitlines() if "left out" in line] == [
      f"sparse-disent: left out: '{path}': 'uuid' must be text, but is ['a']. "
      "Delete the file or make it again.",
      "sparse-disent: left out: '152.zip' is no whole zip archive, but damaged "
      "or truncated: File is not a zip file. Get it again."]
  assert "152.zip" in (here / "comparison.html").read_text()


def test_all_archives_damaged(here, capsys):
  (here / "152.zip").write_bytes(b"PK")
  assert cli.main(["compare", "run", "--baselines=152.zip"]) == 1
  assert "No baseline can be read: '152.zip'" in capsys.readouterr().err


def test_the_same_results_write_the_same_files(here):
  for name in ("a", "b"):
    compare.write(["run"], here / name / "c.html",
                  baselines=["official_study"])
  assert contents(here / "a") == contents(here / "b")


def test_a_new_comparison_replaces_the_former_and_nothing_else(here):
  compare.write(["run"], here / "c.html", baselines=["official_study"])
  compare.write(["run"], here / "c.html", baselines=["width_sweep"])
  (here / "other.html").write_text("precious")
  with pytest.raises(FileExistsError, match="other.html' exists and is no"):
    compare.write(["run"], here / "other.html", baselines=["width_sweep"])


def escape(path):
  return small.write_zip(path, small.files(**{"../../../harm": "x"}))


def link(path):
  small.write_zip(path, small.files())
  info = zipfile.ZipInfo("151/metrics/mean/dci")
  info.create_system = 3
  info.external_attr = (stat.S_IFLNK | 0o777) << 16
  with zipfile.ZipFile(path, "a") as archive:
    archive.writestr(info, "/etc")
  return path


def bomb(path):
  return small.write_zip(path, small.files(**{
      "151/metrics/mean/dci/results/aggregate/evaluation.json":
      b"[" + b" " * 100_000_000}))


def code(path):
  return small.write_zip(path, small.files(**{
      f"151/{small.MIG_FILE}": pickle.dumps(print)}))


def truncated(path):
  small.write_zip(path, small.files())
  path.write_bytes(path.read_bytes()[:-30])
  return path


def wrong_type(path):
  return small.write_zip(path, small.files(**{
      f"151/{small.MIG_FILE}": json.dumps({
          **small.TRAINING, **small.MIG,
          "evaluation_results.discrete_mig": "0.9"})}))


@pytest.mark.parametrize("make, message", [
    (escape, "its member '../../../harm' leads out of the folder"),
    (link, "its member '151/metrics/mean/dci' is a symbolic link"),
    (bomb, "to 100,000,001 bytes: a zip bomb"),
    (code, "is not JSON: a pickle, which is never opened"),
    (truncated, "is no whole zip archive, but damaged or truncated"),
    (wrong_type,
     "the score 'discrete_mig' must be a number, but is of type str")])
def test_hostile_archives_end_in_one_line_and_write_nothing(
    here, capsys, make, message):
  make(here / "151.zip")
  before = contents(here)
  assert cli.main(["compare", "run", "--baselines=151.zip"]) == 1
  error = capsys.readouterr().err.splitlines()[-1]
  assert error.startswith("sparse-disent: error: ") and message in error
  assert "151.zip" in error and "et it again" in error
  assert contents(here) == before
  assert not (here.parent / "harm").exists()


@pytest.mark.parametrize("arguments, message", [
    (["none"], "'none' does not exist. Give the directory"),
    (["run", "--baselines=nonesuch"], "There is no baseline 'nonesuch': it is"),
    (["run", "--output=c.pdf"], "--output is 'c.pdf'"),
    (["run", "--baselines=official_study", "--rescore=new"],
     "--rescore needs pretrained models")])
def test_errors_take_one_line_and_write_nothing(
    here, capsys, arguments, message):
  before = contents(here)
  assert cli.main(["compare", *arguments]) == 1
  error = capsys.readouterr().err.splitlines()[-1]
  assert error.startswith("sparse-disent: error: ") and message in error
  assert contents(here) == before


def test_needs_no_tensorflow(here):
  small.write_zip(here / "151.zip", small.files())
  code = ("import sys;"
          "from sparse_disent.baselines import compare;"
          "compare.write(['run'], 'c.html', baselines=['official_study',"
          "'151.zip']);"
          "print({'tensorflow', 'tf_keras', 'gin', 'pandas'}"
          " & set(sys.modules))")
  result = subprocess.run([sys.executable, "-c", code], text=True,
                          capture_output=True, check=True)
  assert result.stdout == "set()\n"


def test_all_that_is_shipped_fits_together(here):
  text, paths, failures = compare.write(
      ["run"], here / "c.html", everything=True)
  for name in sources.names():
    if name != "reference_runs":
      assert f"{name}: " in text
  assert paths[-1] == here / "c.html"
  assert failures == []


def test_scores_that_fail_are_told_and_the_rest_is_written(
    here, monkeypatch, capsys):
  small.write_zip(here / "151.zip", small.files())
  monkeypatch.setattr(rescore, "source", lambda found, folder: sources.Source(
      "rescored", "Scored anew", "", [], failures=["151, mean/mig: no room"]))
  assert cli.main(["compare", "run", "--baselines=151.zip",
                   "--rescore=new"]) == 1
  output = capsys.readouterr()
  assert output.err.splitlines()[-1] == (
      "sparse-disent: error: 151, mean/mig: no room")
  assert output.out.splitlines()[-1] == (
      "Wrote comparison.html, and 4 files beside it.")
  assert (here / "comparison.html").is_file()


def test_runs_that_differ_in_constant_latents(here):
  """DCI completeness changes with their number alone."""
  small.own_run(here / "pruned", config={
      "model.name": "'pruned'", "l0_pair.tau": "0.9"})
  for run, variances in (("run", [0.5, 0.25]), ("pruned", [0.5, 0.0])):
    small_runs.write_metric(here / run, "dci", completeness=0.5)
    small_runs.write_metric(here / run, "active_latents", kl=[1.0, 1.0],
                            pruned_latents=[], variance_of_mean=variances)
  text, paths, _ = compare.write(["run", "pruned"], here / "c.html",
                                 baselines=["official_study"])
  warning = ("DCI completeness: changes with the number of constant latents "
             "alone, here A 0; B 1. Compare on active_mean, which leaves "
             "constants out.")
  assert warning in text.splitlines()
  assert warning in paths[-1].read_text()
