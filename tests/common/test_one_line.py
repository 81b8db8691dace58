"""Errors that users can cure, and their messages."""
import errno
import os
import pickle
import sys
import zipfile

import gin
import pytest
import tensorflow as tf

from sparse_disent.common import one_line
from sparse_disent.compat.training import hooks


def caught(function, *arguments):
  with pytest.raises(BaseException) as found:  # noqa: PT011 Any of them.
    function(*arguments)
  return found.value


@pytest.mark.parametrize("error", [
    ValueError("x"), OSError("x"), ImportError("x"), MemoryError(), EOFError(),
    SyntaxError("x"), zipfile.BadZipFile("x"), pickle.UnpicklingError("x"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"),
    tf.errors.NotFoundError(None, None, "x"),
    tf.errors.ResourceExhaustedError(None, None, "x"),
    tf.errors.DataLossError(None, None, "x"), hooks.DivergedError("x")])
def test_these_can_be_cured(error):
  assert one_line.is_curable(error)


@pytest.mark.parametrize("error", [
    TypeError("x"), AttributeError("x"), KeyError("x"), IndexError("x"),
    RuntimeError("x"), AssertionError("x"), RecursionError("x"),
    KeyboardInterrupt(), tf.errors.InvalidArgumentError(None, None, "x"),
    tf.errors.InternalError(None, None, "x")])
def test_these_are_faults_of_the_program(error):
  assert not one_line.is_curable(error)


def test_what_gin_raises_can_be_cured():
  @gin.configurable(module="test_one_line")
  def needs(value=gin.REQUIRED):
    return value

  error = caught(needs)
  assert type(error) is RuntimeError
  assert one_line.is_of_gin(error)
  assert one_line.is_curable(error)


def test_lines_of_gin_and_white_space_are_left_out():
  error = ValueError("one\n  two\n  In call to configurable 'model' (<x>)")
  assert one_line.text(error) == "one two"


def test_an_error_without_words_gives_its_name():
  assert one_line.text(EOFError()) == "EOFError"
  assert one_line.text(MemoryError()) == "There is not enough memory"


def test_errors_of_the_system_get_a_cure(tmp_path):
  error = caught(open, tmp_path / "none")
  assert one_line.text(error) == (
      f"[Errno 2] No such file or directory: '{tmp_path / 'none'}'. Check the "
      "path.")
  full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x")
  assert one_line.text(full) == (
      "[Errno 28] No space left on device: 'x'. Free space there, or choose "
      "another disk.")


def test_a_message_of_ours_stays_as_it_is():
  assert one_line.text(FileNotFoundError("Say this.")) == "Say this."


def test_the_systems_errors_of_tensorflow_get_a_cure():
  error = caught(tf.io.gfile.makedirs, "/proc/none")
  assert one_line.text(error).endswith(
      "/proc/none; No such file or directory. Check the path.")


def test_a_session_is_cut_down_to_the_cause():
  message = """Graph execution error:

Detected at node 'save/RestoreV2' defined at (most recent call last):
    File "x.py", line 3, in <module>
Node: 'save/RestoreV2'
Unsuccessful TensorSliceReader constructor: no files
\t [[{{node save/RestoreV2}}]]

Original stack trace for 'save/RestoreV2':
"""
  assert one_line.text(tf.errors.NotFoundError(None, None, message)) == (
      "Unsuccessful TensorSliceReader constructor: no files")


def test_tracebacks_are_shown_on_request(monkeypatch):
  monkeypatch.delenv(one_line.VARIABLE, raising=False)
  assert not one_line.is_wanted(["--model_dir=x"])
  assert one_line.is_wanted(["--traceback"])
  monkeypatch.setenv(one_line.VARIABLE, "1")
  assert one_line.is_wanted([])



def test_gin_need_not_be_there(monkeypatch):
  monkeypatch.delitem(sys.modules, "gin")
  assert not one_line.is_of_gin(caught(int, "x"))
