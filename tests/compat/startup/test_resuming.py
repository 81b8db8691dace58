"""The flag `--resume` of upstream's scripts."""
import pytest
from absl import flags

from sparse_disent.compat.startup import resuming


@pytest.fixture
def defined(monkeypatch):
  """The flag, as a script defines it, and a function that parses flags."""
  resuming._flag.cache_clear()
  values, define = flags.FlagValues(), flags.DEFINE_boolean
  monkeypatch.setattr(
      resuming.flags, "DEFINE_boolean", lambda *arguments, **keywords:
      define(*arguments, flag_values=values, **keywords))
  resuming._flag()
  yield values
  resuming._flag.cache_clear()


@pytest.fixture
def given(defined):
  """The flag, given by the user."""
  defined(["dlib_reproduce", "--resume"])


def test_programs_without_the_flag_skip_nothing(tmp_path):
  resuming._flag.cache_clear()
  assert not resuming.is_set()
  assert not resuming.is_done("visualize", "", str(tmp_path), None, None)
  resuming.define()  # pytest is none of upstream's scripts.
  assert not resuming.is_set()


def test_a_program_that_parses_no_flags_has_given_none(defined):
  assert not resuming.is_set()
  defined(["dlib_train", "--resume"])
  assert resuming.is_set()


def test_a_step_that_is_done_is_skipped(given, tmp_path, capsys, monkeypatch):
  asked = []

  def has_results(*arguments):
    asked.append(arguments)
    return True

  monkeypatch.setattr(resuming, "has_results", has_results)
  place = str(tmp_path)
  assert resuming.is_done("evaluate", "in", place, ["a.gin"], ["b.c = 1"])
  assert resuming.is_done("postprocess", "in", place, ["a.gin"], None)
  assert asked == [
      (place, "evaluation", "in", "postprocess", "a.gin", ["b.c = 1"]),
      (place, "postprocess", "in", "train", "a.gin", ())]
  assert capsys.readouterr().err == 2 * f"'{place}' is complete already.\n"


def test_a_step_that_is_not_done_is_not(given, tmp_path, monkeypatch):
  monkeypatch.setattr(resuming, "has_results", lambda *arguments: False)
  assert not resuming.is_done("evaluate", "in", str(tmp_path), ["a.gin"], [])
  missing = str(tmp_path / "no")
  assert not resuming.is_done("visualize", "in", missing, None, None)
  # A folder of pictures appears whole.
  assert resuming.is_done("visualize", "in", str(tmp_path), None, None)
