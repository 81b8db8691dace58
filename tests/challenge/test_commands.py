import pytest
from support import small_challenge

from sparse_disent import cli
from sparse_disent.challenge import commands
from sparse_disent.challenge import grading
from sparse_disent.challenge import submission


def test_new(monkeypatch, capsys):
  calls = []
  monkeypatch.setattr(submission, "new", lambda *args: calls.append(args))
  assert cli.main(["challenge", "new", "mine", "--author=a", "--author=b"]) == 0
  assert calls == [("mine", commands._GIN_CONFIG, ["a", "b"])]
  assert capsys.readouterr().out == (
      "Wrote mine. Its README.md says what to do next.\n")


def test_run(monkeypatch):
  calls = []
  monkeypatch.setattr(
      submission, "start", lambda *args: calls.append(args) or 1)
  assert cli.main(["challenge", "run", "--overwrite", "--gin_bindings=a = 1"]
                  ) == 1
  assert calls == [(".", ["--gin_bindings=a = 1", "--overwrite"])]


@pytest.mark.parametrize("failures, code", [
    ({}, 0), ({"mig": ValueError("no bins\nat all")}, 1)])
def test_grade(tmp_path, monkeypatch, capsys, failures, code):
  root = small_challenge.make_submission(tmp_path / "mine")
  for name in ("OUTPUT_PATH", "EVALUATION_NAME", "DATASET_NAME"):
    monkeypatch.delenv(f"AICROWD_{name}", raising=False)
  calls = []
  monkeypatch.setattr(grading, "grade", lambda *args, **kwargs: (
      calls.append((args, kwargs)) or ({"dci": 0.5}, failures)))
  assert cli.main(["challenge", "grade", str(root), "--processes=2",
                   "--representation=python_model.dill"]) == code
  assert calls == [((f"{root}/scratch/shared/experiment_name",), {
      "representation": "python_model.dill", "default_dataset": "cars3d",
      "num_processes": 2})]
  output = capsys.readouterr()
  assert "evaluation_results.disentanglement  0.500000" in output.out
  assert output.err == (
      "sparse-disent: error: mig: no bins\n" if failures else "")


def test_pack(tmp_path, capsys):
  root = small_challenge.make_submission(tmp_path / "mine")
  archive = tmp_path / "a.tar.gz"
  assert cli.main(
      ["challenge", "pack", str(root), f"--output={archive}"]) == 0
  assert capsys.readouterr().out == (
      f"Wrote {archive}: {len(submission.REQUIRED)} files, 0.0 MB.\n")


@pytest.mark.parametrize("limit", ["inf", "nan", "-1", "0"])
def test_a_limit_that_is_none(capsys, limit):
  assert cli.main(["challenge", "pack", f"--max_megabytes={limit}"]) == 1
  assert capsys.readouterr().err == (
      "sparse-disent: error: --max_megabytes must be a finite number above 0, "
      f"but is {float(limit)}. Give such as 50.\n")


def test_rank(tmp_path, capsys):
  runs = [small_challenge.write_scores(tmp_path / str(i), [i / 10] * 5)
          for i in (1, 2)]
  assert cli.main(["challenge", "rank", *runs]) == 0
  assert "not the challenge's" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["run", "grade", "pack"])
def test_a_folder_that_is_no_submission(tmp_path, capsys, command):
  assert cli.main(["challenge", command, str(tmp_path)]) == 1
  error = capsys.readouterr().err
  assert error.startswith(
      f"sparse-disent: error: '{tmp_path}' is no submission")
  assert not list(tmp_path.iterdir())
