"""Errors of upstream's scripts: one line, a traceback on request."""
import pathlib
import signal
import subprocess
import sys
import sysconfig
import time

import pytest
from absl import app
from absl import flags

from sparse_disent.common import one_line
from sparse_disent.common import stopping
from sparse_disent.compat.startup import scripts

BIN = sysconfig.get_path("scripts")


@pytest.fixture
def report(monkeypatch, capsys):
  """A function that reports an error as a script does; returns the lines."""
  monkeypatch.setattr(sys, "argv", ["/bin/dlib_train"])
  monkeypatch.delenv(one_line.VARIABLE, raising=False)

  def run(error):
    try:
      raise error
    except BaseException as caught:
      scripts._report(type(caught), caught, caught.__traceback__)
    return capsys.readouterr().err

  return run


def test_a_users_error_is_one_line(report):
  assert report(ValueError("Give\n  this.")) == (
      "dlib_train: error: Give this.\n")


def test_a_fault_of_the_program_keeps_its_traceback(report):
  shown = report(TypeError("a bug"))
  assert shown.startswith("Traceback")
  assert shown.endswith("TypeError: a bug\n")


@pytest.mark.parametrize(("error", "name", "code"), [
    (KeyboardInterrupt(), "SIGINT", 130),
    (stopping.Stopped(signal.SIGTERM), "SIGTERM", 143),
    (stopping.Stopped(signal.SIGHUP), "SIGHUP", 129)])
def test_a_signal_during_an_import_is_one_line_and_a_code(
    report, monkeypatch, error, name, code):
  codes = []
  monkeypatch.setattr(scripts.os, "_exit", codes.append)
  assert report(error) == (
      f"dlib_train: stopped by {name}. The same command starts again.\n")
  assert codes == [code]


def test_a_traceback_on_request(report, monkeypatch):
  monkeypatch.setattr(sys, "argv", ["dlib_train", "--traceback"])
  assert "Traceback" in report(ValueError("x"))
  monkeypatch.setattr(sys, "argv", ["dlib_train"])
  monkeypatch.setenv(one_line.VARIABLE, "1")
  assert "Traceback" in report(ValueError("x"))


@pytest.mark.parametrize(("values", "place"), [
    ({"model_dir": "in", "output_dir": "out"}, "out"),
    ({"model_dir": "in", "output_dir": None}, None),
    ({"model_dir": "out/model"}, "out/model"), ({"model_dir": None}, None),
    ({"output_path": "results.json", "result_file_pattern": "*"},
     "results.json"),
    ({"output_directory": "out/{model_num}", "model_num": "7"}, "out/7")])
def test_a_script_says_where_its_results_are(values, place, capsys):
  defined = flags.FlagValues()
  for name, value in values.items():
    flags.DEFINE_string(name, value, "", flag_values=defined)
  defined(["script"])
  scripts.print_place(defined)
  assert capsys.readouterr().out == (
      f"The results are in {place}.\n" if place else "")


@pytest.mark.slow
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_tensorflow_is_imported(signum, tmp_path):
  process = subprocess.Popen(
      [f"{BIN}/dlib_train", "--gin_config=none.gin"], cwd=tmp_path, text=True,
      stderr=subprocess.PIPE, preexec_fn=lambda: signal.signal(
          signal.SIGINT, signal.default_int_handler))
  maps = pathlib.Path(f"/proc/{process.pid}/maps")
  while "tensorflow" not in maps.read_text():
    assert process.poll() is None
    time.sleep(.05)
  process.send_signal(signum)
  _, told = process.communicate(timeout=60)
  assert process.returncode == 128 + signum
  assert told.splitlines()[-1] == (
      f"dlib_train: stopped by {signum.name}. The same command starts again.")
  assert "Traceback" not in told


def test_arguments_that_no_flag_reads_are_refused():
  with pytest.raises(ValueError, match=(
      "'model.name = 1' belongs to no flag. Give a flag again")):
    scripts._parse(["dlib_train", "model.name = 1"])
  with pytest.raises(ValueError, match="Unknown command line flag 'nonsense'"):
    scripts._parse(["dlib_train", "--nonsense"])


def test_a_gin_file_without_its_flag_gets_the_flag(monkeypatch):
  defined = flags.FlagValues()
  monkeypatch.setattr(flags, "FLAGS", defined)
  with pytest.raises(ValueError, match="'a b.gin' belongs to no flag. Give a"):
    scripts._parse(["dlib_visualize_dataset", "a b.gin"])
  flags.DEFINE_multi_string("gin_config", [], "", flag_values=defined)
  with pytest.raises(ValueError, match=(
      "'a b.gin' belongs to no flag. Did you mean --gin_config='a b.gin'")):
    scripts._parse(["dlib_train", "a b.gin"])


def test_other_programs_keep_their_errors():
  assert app.run is not scripts.run
  assert sys.excepthook is not scripts._report


@pytest.mark.parametrize("more, lines", [([], 1), (["--traceback"], 10)])
def test_the_script_itself(tmp_path, more, lines):
  """An import of upstream's script is what brings the module in."""
  result = subprocess.run(
      [f"{BIN}/dlib_train", "--gin_bindings=modl.name = 'x'",
       "--model_dir=new", *more], cwd=tmp_path, capture_output=True, text=True,
      check=False)
  assert result.returncode == 1
  said = result.stderr[result.stderr.index("dlib_train: error: " if not more
                                           else "Traceback"):].splitlines()
  assert (len(said) == 1) if lines == 1 else len(said) > lines
  if lines == 1:
    assert "Did you mean 'model'" in said[0]
  assert not list(tmp_path.iterdir())
