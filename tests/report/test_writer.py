import csv
import io
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from support import small_runs

from sparse_disent import cli
from sparse_disent.report import writer


@pytest.fixture(name="run")
def a_run(tmp_path):
  """A run without charts, which take longest to draw."""
  small_runs.write_model(tmp_path / "run", loss=1.5)
  small_runs.write_metric(tmp_path / "run", "mig", discrete_mig=0.25)
  small_runs.write_pictures(tmp_path / "run")
  return tmp_path / "run"


def files(folder):
  return {str(path.relative_to(folder)): path.read_bytes()
          for path in folder.rglob("*") if path.is_file()}


def test_page_pictures_numbers_and_text(run, tmp_path):
  paths = writer.write([run], tmp_path / "out/r.html")
  found = files(tmp_path / "out")
  assert {str(path.relative_to(tmp_path / "out")) for path in paths} == (
      set(found))
  assert set(found) == {
      "r.html", "r.csv", "r.parquet", "r.md", "r_files/traversals.png",
      "r_files/reconstructions.png"}
  assert found["r.html"].startswith(b"<!DOCTYPE html>\n<html lang=\"en\">")
  for name, data in found.items():
    if name.endswith(".png"):
      Image.open(io.BytesIO(data)).verify()


def test_names_that_are_no_utf_8_are_written_as_in_python(tmp_path):
  folder = os.fsdecode(os.fsencode(tmp_path) + b"/r\xe9sum\xe9")
  small_runs.write_model(tmp_path / "run", loss=1.5,
                         config={"model.name": "''"})
  os.rename(tmp_path / "run", folder)
  writer.write([folder], tmp_path / "out/r.html")
  found = files(tmp_path / "out")
  for name, expected in (
      ("r.html", rb"r\xe9sum\xe9"), ("r.csv", rb"r\xe9sum\xe9"),
      ("r.md", rb"r\\xe9sum\\xe9")):  # Markdown reads two backslashes as one.
    assert expected in found[name], name


def test_the_same_results_write_the_same_files(run, tmp_path):
  small_runs.write_events(run, {1: {"kl_loss": 1.0}, 2: {"kl_loss": 2.0}})
  writer.write([run], tmp_path / "a/r.html")
  writer.write([run], tmp_path / "b/r.html")
  assert "r_files/training-kl-loss.png" in files(tmp_path / "a")
  assert files(tmp_path / "a") == files(tmp_path / "b")


def test_a_new_report_replaces_the_former_and_nothing_else(run, tmp_path):
  output = tmp_path / "out/r.html"
  writer.write([run], output)
  for name in ("notes.txt", "mine.png"):
    (tmp_path / "out/r_files" / name).write_text("mine")
  small_runs.write_model(tmp_path / "other", loss=1.0)
  writer.write([tmp_path / "other"], output)
  assert set(files(tmp_path / "out")) == {
      "r.html", "r.csv", "r.parquet", "r.md", "r_files/notes.txt",
      "r_files/mine.png"}


@pytest.mark.parametrize("name", [
    "r.html", "r.csv", "r.parquet", "r.md", "r_files/x.png"])
def test_what_is_no_report_is_left_alone(run, tmp_path, name):
  path = tmp_path / "out" / name
  path.parent.mkdir(parents=True)
  path.write_text("precious")
  with pytest.raises(FileExistsError, match="is no report of ours"):
    writer.write([run], tmp_path / "out/r.html")
  assert files(tmp_path / "out") == {name: b"precious"}


@pytest.mark.parametrize("moment", range(1, 6))
def test_a_report_goes_on_after_a_kill(run, tmp_path, monkeypatch, moment):
  """Before each of the renames of a report, the first one and a later one."""
  output, replace, calls = tmp_path / "out/r.html", os.replace, []

  def die(*paths):
    calls.append(paths)
    if len(calls) == moment:
      os._exit(9)
    replace(*paths)

  def killed():
    child = os.fork()
    if not child:
      os.replace = die
      try:
        writer.write([run], output)
      finally:
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

  assert killed() == 9
  assert not output.exists()
  writer.write([run], output)
  found = files(tmp_path / "out")
  assert set(found) == {
      "r.html", "r.csv", "r.parquet", "r.md", "r_files/traversals.png",
      "r_files/reconstructions.png"}
  assert killed() == 9
  writer.write([run], output)
  assert files(tmp_path / "out") == found


def test_the_output_is_a_page(run, tmp_path):
  with pytest.raises(ValueError, match=r"--output is '.*r\.txt'.*\.html"):
    writer.write([run], tmp_path / "r.txt")


def test_every_number_of_every_run(tmp_path):
  for seed in (0, 1):
    small_runs.write_model(tmp_path / str(seed), loss=1.5,
                           config={"model.random_seed": str(seed)})
  small_runs.write_metric(
      tmp_path / "1", "mig", discrete_mig=None,
      discrete_mig_undefined="one latent, and MIG needs two")
  writer.write([tmp_path], tmp_path / "r.html")
  rows = list(csv.DictReader((tmp_path / "r.csv").read_text().splitlines()))
  mig = "evaluation_results.discrete_mig"
  assert [(row["model"], row["name"], row["model.random_seed"],
           row["representation"], row["metric"], row["train_results.loss"],
           row[mig], row[f"{mig}_undefined"]) for row in rows] == [
      ("A", "masked_dipvae", "0", "", "", "1.5", "", ""),
      ("A", "masked_dipvae", "1", "mean", "mig", "1.5", "",
       "one latent, and MIG needs two")]
  assert rows[0]["run"] == os.path.join(str(tmp_path), "0")


@pytest.mark.parametrize("name", ["mig", "sap_score"])
def test_numbers_are_exact(tmp_path, name):
  small_runs.write_model(tmp_path)
  small_runs.write_metric(tmp_path, name, x=0.1 + 0.2)
  writer.write([tmp_path], tmp_path / "r.html")
  assert (tmp_path / "r.csv").read_text().endswith(",0.30000000000000004\n")


def test_the_command(run, tmp_path, monkeypatch, capsys):
  monkeypatch.chdir(tmp_path)
  assert cli.main(["report", "run"]) == 0
  lines = capsys.readouterr().out.splitlines()
  count = len(files(tmp_path / "report_files")) + 3
  assert lines == [f"Wrote report.html, and {count} files beside it."]
  assert (tmp_path / "report.html").is_file()


@pytest.mark.parametrize("arguments, message", [
    (["report", "none"], "'none' does not exist. Give the directory"),
    (["report", "run", "--output=r.pdf"], "--output is 'r.pdf'"),
    (["report", "run", "--output=run/model/results/json/train_config.json/"
      "r.html"], "train_config.json' is a file. Give another directory.")])
def test_errors_take_one_line_and_write_nothing(
    run, tmp_path, monkeypatch, capsys, arguments, message):
  monkeypatch.chdir(tmp_path)
  before = files(tmp_path)
  assert cli.main(arguments) == 1
  error = capsys.readouterr().err.splitlines()[-1]
  assert error.startswith("sparse-disent: error: ") and message in error
  assert files(tmp_path) == before


def test_a_damaged_file_is_named_and_left_out(
    run, tmp_path, monkeypatch, capsys):
  monkeypatch.chdir(tmp_path)
  path = run / "metrics/mean/mig/results/json/evaluation_results.json"
  path.write_text('{"discrete_mig": 0.')
  assert cli.main(["report", "run"]) == 0
  assert f"left out: '{path}' is not JSON" in capsys.readouterr().err
  assert path.name in (tmp_path / "report.html").read_text()
  assert "discrete_mig" not in (tmp_path / "report.csv").read_text()
  assert "train_results.loss" in (tmp_path / "report.csv").read_text()


def test_nothing_is_written_if_all_results_are_damaged(
    run, tmp_path, monkeypatch, capsys):
  monkeypatch.chdir(tmp_path)
  for path in run.rglob("*_results.json"):
    path.write_text("[]")
  assert cli.main(["report", "run"]) == 1
  assert "No result can be read: '" in capsys.readouterr().err
  assert not (tmp_path / "report.html").exists()


def test_a_whole_report_has_no_word_on_damage(run, tmp_path):
  writer.write([run], tmp_path / "r.html", [])
  assert "Left out" not in (tmp_path / "r.md").read_text()


def test_needs_no_tensorflow(run, tmp_path):
  small_runs.write_events(run, {1: {"kl_loss": 1.0}, 2: {"kl_loss": 2.0}})
  small_runs.write_masks(run, encoder__e2=np.eye(4))
  code = ("import sys;"
          "from sparse_disent.report import writer;"
          f"writer.write([{str(run)!r}], {str(tmp_path / 'r.html')!r});"
          "print({'tensorflow', 'tf_keras', 'gin'} & set(sys.modules))")
  result = subprocess.run([sys.executable, "-c", code], text=True,
                          capture_output=True, check=True)
  assert result.stdout == "set()\n"
