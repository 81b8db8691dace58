"""The command as users start it: in a process of its own."""
import os
import pathlib
import subprocess
import sys

import pytest

from sparse_disent import cli
from sparse_disent.data import dsprites
from sparse_disent.data import mnist_file
from sparse_disent.evaluation import model_task
from sparse_disent.evaluation import runner
from sparse_disent.report import score_table

ROOT = pathlib.Path(__file__).resolve().parents[1]
SCRIPT = """\
import sys
from sparse_disent.cli import main
code = main()
assert not HEAVY & set(sys.modules), HEAVY & set(sys.modules)
sys.exit(code)
"""
HEAVY = "{'tensorflow', 'numpy', 'gin', 'disentanglement_lib', 'tqdm'}"


@pytest.fixture
def run(tmp_path):
  """A function that runs the command like the console script does."""
  script = tmp_path / "bin" / "sparse-disent"
  script.parent.mkdir()
  script.write_text(SCRIPT.replace("HEAVY", HEAVY))

  def run_script(*arguments, **environment):
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, script, *arguments], capture_output=True, text=True,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": path, **environment})

  return run_script


def heavy_modules(*arguments):
  """Returns which heavy modules the command imports until argparse exits."""
  program = (
      "import sys, atexit; sys.argv[:] = ['sparse-disent', *sys.argv[1:]]\n"
      f"atexit.register(lambda: print({HEAVY} & set(sys.modules)))\n"
      "from sparse_disent.cli import main\nmain()")
  result = subprocess.run(
      [sys.executable, "-c", program, *arguments], capture_output=True,
      text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
  return result.stdout.splitlines()[-1]


@pytest.mark.parametrize("arguments", [
    ["--help"], ["--version"], ["data", "--help"],
    ["data", "dsprites", "--help"], ["data", "mnist", "--help"],
    ["doctor", "--help"], ["compact", "--help"], ["evaluate", "--help"],
    ["report", "--help"], ["challenge", "--help"],
    ["challenge", "new", "--help"], ["challenge", "grade", "--help"],
    ["nonsense"]])
def test_help_and_wrong_arguments_import_nothing_heavy(arguments):
  assert heavy_modules(*arguments) == "set()"


def test_help_names_each_command(run):
  result = run("--help")
  assert result.returncode == 0
  assert result.stdout.startswith("usage: sparse-disent [-h]")
  for command in ("challenge", "compact", "data", "doctor", "evaluate",
                  "report", "scores"):
    assert f"\n    {command} " in result.stdout


@pytest.mark.parametrize("arguments, message", [
    ([], "the following arguments are required: COMMAND"),
    (["data"], "the following arguments are required: NAME"),
    (["data", "sprites"], "invalid choice: 'sprites' (choose from ")])
def test_wrong_arguments(run, arguments, message):
  result = run(*arguments)
  assert result.returncode == 2
  assert message in result.stderr.splitlines()[-1]


def test_data_dsprites_refuses_an_existing_file(tmp_path, capsys):
  path = (tmp_path / "dsprites"
          / "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz")
  path.parent.mkdir()
  path.write_bytes(b"precious")
  assert cli.main(["data", "dsprites", "--dir", str(tmp_path)]) == 1
  captured = capsys.readouterr()
  assert captured.out == ""
  assert captured.err == (
      f"sparse-disent: error: File {str(path)!r} exists and is never "
      "overwritten. Use it as it is, or move it away, or choose another "
      "directory.\n")


def test_traceback_on_request(tmp_path):
  with pytest.raises(ValueError, match="Cannot write to"):
    cli.main(["--traceback", "data", "dsprites", "--dir", "gs://bucket"])


@pytest.mark.parametrize("error, line, code", [
    (ValueError("two\n  lines"), "two lines", 1),
    (PermissionError(13, "Permission denied", "/data"),
     "[Errno 13] Permission denied: '/data'. Choose a place that you may use, "
     "or change its permissions.", 1)])
def test_errors_take_one_line(monkeypatch, capsys, error, line, code):
  def fail(unused_directory):
    raise error

  monkeypatch.setattr(dsprites, "write", fail)
  assert cli.main(["data", "dsprites"]) == code
  assert capsys.readouterr().err == f"sparse-disent: error: {line}\n"


def test_ctrl_c_takes_one_line(monkeypatch, capsys):
  def stop(unused_directory):
    raise KeyboardInterrupt

  monkeypatch.setattr(dsprites, "write", stop)
  assert cli.main(["data", "dsprites"]) == 130
  assert capsys.readouterr().err == (
      "sparse-disent: stopped by SIGINT. The same command starts again.\n")


def test_unexpected_errors_keep_their_traceback(monkeypatch):
  monkeypatch.setattr(dsprites, "write", lambda directory: 1 / 0)
  with pytest.raises(ZeroDivisionError):
    cli.main(["data", "dsprites"])


@pytest.mark.parametrize("arguments, variable, directory", [
    (["--dir", "given"], "set", "given"), ([], "set", "set"), ([], None, ".")])
def test_data_dsprites_writes_where_it_should(
    monkeypatch, capsys, tmp_path, arguments, variable, directory):
  monkeypatch.chdir(tmp_path)
  monkeypatch.delenv("DISENTANGLEMENT_LIB_DATA", raising=False)
  if variable:
    monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", variable)
  monkeypatch.setattr(dsprites, "write", lambda path: f"{path}/file.npz")
  assert cli.main(["data", "dsprites", *arguments]) == 0
  lines = capsys.readouterr().out.splitlines()
  path = os.path.abspath(f"{directory}/file.npz")
  assert lines[0] == f"Wrote {path}. Call results on it re-rendered dSprites."
  hint = (f"To use it: export DISENTANGLEMENT_LIB_DATA={tmp_path}/given")
  assert lines[1:] == ([hint] if arguments else [])


def test_the_hint_can_be_pasted_whatever_the_folder_is_called(
    monkeypatch, capsys, tmp_path):
  folder = tmp_path / "my data; it's here"
  monkeypatch.setattr(mnist_file, "write", lambda path: f"{path}/mnist.npz")
  assert cli.main(["data", "mnist", "--dir", str(folder)]) == 0
  command = capsys.readouterr().out.splitlines()[1].removeprefix("To use it: ")
  shown = subprocess.run(
      ["sh", "-c", f"{command}; printenv DISENTANGLEMENT_LIB_DATA"],
      capture_output=True, text=True, check=True)
  assert shown.stdout == f"{folder}\n"


def test_data_mnist(monkeypatch, capsys, tmp_path):
  monkeypatch.setattr(mnist_file, "write", lambda path: f"{path}/mnist.npz")
  assert cli.main(["data", "mnist", "--dir", str(tmp_path)]) == 0
  assert capsys.readouterr().out == (
      f"Wrote {tmp_path}/mnist.npz.\n"
      f"To use it: export DISENTANGLEMENT_LIB_DATA={tmp_path}\n")


@pytest.mark.parametrize("buffered", ["", "1"])
def test_a_reader_that_ends_early_is_no_error(buffered):
  """As `sparse-disent gin | head`; Python may or may not buffer."""
  reading, writing = os.pipe()
  os.close(reading)
  result = subprocess.run(
      [sys.executable, "-m", "sparse_disent", "gin"], stdout=writing,
      stderr=subprocess.PIPE, check=False,
      env={**os.environ, "PYTHONUNBUFFERED": buffered})
  os.close(writing)
  assert (result.returncode, result.stderr) == (141, b"")


def test_module_is_the_command():
  result = subprocess.run(
      [sys.executable, "-m", "sparse_disent", "--version"],
      capture_output=True, text=True, cwd=ROOT)
  assert result.returncode == 0, result.stderr
  assert result.stdout == "sparse-disent 0.1.0\n"


def evaluation(monkeypatch, *failures):
  """Lets `evaluate` return at once; returns what it is called with."""
  calls = []

  def evaluate_models(protocol, model_dirs, **options):
    calls.append((protocol, model_dirs, options))
    return [model_task.Outcome(
        model_dir, f"{model_dir}/..", made=["mean/dci"], failures=dict(failed))
            for model_dir, failed in zip(model_dirs, failures, strict=True)]

  monkeypatch.setattr(runner, "evaluate_models", evaluate_models)
  monkeypatch.setattr(
      score_table, "text", lambda path: f"scores of {path}")
  return calls


def test_evaluate(monkeypatch, capsys):
  calls = evaluation(monkeypatch, {})
  assert cli.main(["evaluate", "--protocol=pvae", "--model_dir=/a/model",
                   "--metric=mig", "--metric=dci", "--seeds=3",
                   "--gin_bindings=mig.num_train = 5"]) == 0
  assert calls == [("pvae", ["/a/model"], {
      "output_dir": None, "overwrite": False, "representations": None,
      "metrics": ["mig", "dci"], "seeds": 3,
      "gin_bindings": ["mig.num_train = 5"], "num_processes": None})]
  assert capsys.readouterr().out.splitlines() == [
      "/a/model: 1 made", "scores of /a/model/.."]


def test_evaluate_names_what_failed(monkeypatch, capsys):
  calls = evaluation(monkeypatch, {}, {"mean/mig": ValueError("no bins")}, {})
  assert cli.main(["evaluate", "--protocol=pvae", "a", "b", "--model_dir=c"]
                  ) == 1
  assert calls[0][1] == ["a", "b", "c"]
  output = capsys.readouterr()
  assert output.out.splitlines()[2:4] == [
      "b: 1 made, 1 failed", "scores of b/.."]
  assert output.err == "sparse-disent: error: b: mean/mig: no bins\n"


def test_evaluate_without_any_score(monkeypatch, capsys):
  evaluation(monkeypatch, {"mean/mig": MemoryError()})

  def text(path):
    raise FileNotFoundError(f"No results below {path}")

  monkeypatch.setattr(score_table, "text", text)
  assert cli.main(["evaluate", "--protocol=pvae", "--model_dir=/a/model"]) == 1
  output = capsys.readouterr()
  assert output.err == "sparse-disent: error: /a/model: mean/mig: MemoryError\n"


def test_evaluate_without_a_model(capsys):
  assert cli.main(["evaluate", "--protocol=pvae"]) == 2
  assert "no model is given. Give its folder" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [
    ["compact", "model", ""], ["evaluate", "--protocol=pvae", "--output_dir="],
    ["evaluate", "--protocol=pvae", "model", ""], ["report", ""],
    ["data", "dsprites", "--dir="], ["challenge", "pack", ""],
    ["sweep", "pvae", "--output="]])
def test_an_empty_argument_is_no_working_directory(arguments, capsys):
  assert cli.main(arguments) == 2
  line, = capsys.readouterr().err.splitlines()
  assert " is empty. Give a value, or leave it out." in line
