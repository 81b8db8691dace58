"""Requests of searches; tests/study/test_command.py has those of others."""
import argparse
import pathlib

import pytest
from support import small_runs

from sparse_disent.study import definition
from sparse_disent.study import request
from sparse_disent.study import tasks

PYTHON = """
from sparse_disent.study import definition

def study():
  return definition.Study(
      "mine", "a.gin", definition.with_seeds(
          [{"vae.beta": 1.}, {"vae.beta": 4.}], (100,)), protocol="p",
      search=definition.Search("train/x", confirm=(0, 1)))
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
  """Function that reads a command line about a search."""
  monkeypatch.chdir(tmp_path)
  pathlib.Path("mine.py").write_text(PYTHON)

  def read(**changes):
    return request.read(argparse.Namespace(**{
        "study": "mine.py", "gin_config": None, "vary": [], "steps": None,
        "gin_bindings": [], "output": None, "models": None, "where": [],
        "confirm": False, **changes}))

  return read


def test_a_request_has_its_tasks_in_its_folder(read):
  asked = read(models="1", steps=7, gin_bindings=["a.b = 1"])
  task, = asked.tasks()
  assert task.directory == "output/mine/1"
  assert task.bindings[-2:] == ("a.b = 1", "model.training_steps = 7")


def test_tasks_that_have_begun_are_those_of_the_same_settings(read):
  first, _ = read().tasks()
  assert read().begun() == []
  tasks.write(first, tasks.Record(), state=tasks.State.DONE)
  assert read(models="1").begun() == [first]
  assert read(gin_bindings=["a.b = 1"]).begun() == []


def test_rows_have_states_and_scores(read):
  first, second = read().tasks()
  tasks.write(first, tasks.Record(), state=tasks.State.DONE)
  small_runs.write_metric(pathlib.Path(first.directory), "mig",
                          discrete_mig=.25, undefined=None)
  tasks.write(second, tasks.Record(), state=tasks.State.FAILED)
  assert read().rows() == [
      {"model": 0, "state": "done", "mean/mig/discrete_mig": .25,
       "mean/mig/undefined": None}, {"model": 1, "state": "failed"}]


def test_a_confirmation_asks_for_the_best_settings(read, monkeypatch):
  rows = [{"model": number, "state": "done", "train/x": score}
          for number, score in enumerate((.1, .2))]
  monkeypatch.setattr(request.Request, "rows", lambda self: rows)
  asked = read(confirm=True, models="1:")
  assert (asked.study.name, asked.output) == (
      "mine_confirmed", "output/mine/confirmed")
  assert asked.study.models == definition.with_seeds([{"vae.beta": 4.}], (0, 1))
  assert asked.numbers == [1]
  assert asked.confirms.output == "output/mine"


def test_a_url_is_a_second_place_of_the_results(read):
  pytest.importorskip("fsspec", reason="needs fsspec")
  asked = read(output="memory://far/")
  assert (asked.output, asked.url) == ("output/mine", "memory://far")
  assert asked.tasks()[1].url == "memory://far/1"
  assert asked.tasks()[1].directory == "output/mine/1"
  with pytest.raises(ValueError, match="--output=ftq://x"):
    read(output="ftq://x")
