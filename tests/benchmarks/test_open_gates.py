import json

import conftest
import pytest
from support import small_baselines as small
from support import small_runs

from sparse_disent.study import definition


@pytest.fixture(name="gates", autouse=True)
def folder_of_benchmarks(monkeypatch):
  monkeypatch.syspath_prepend(conftest.ROOT / "benchmarks")
  import open_gates
  return open_gates


STUDY = definition.Study("mine", "gin_configs/base.gin", definition.with_seeds([
    {"model.name": "mine", "model.model": "@vae()", "vae.beta": 4.}], range(3)),
                         bindings=("encoder.num_latent = 4",),
                         protocol="reference_runs")


def run(folder, seed, counts):
  small.own_run(folder, seed=seed, steps=1500)
  small_runs.write_events(folder, {
      step: {"active_latents": count} for step, count in counts.items()})


def test_numbers_of_gates_over_steps_and_seeds(gates, tmp_path):
  file = tmp_path / "gates.json"
  run(tmp_path / "first/0", 0, {1: 16., 101: 15., 1001: 8., 1401: 5.})
  gates.add(STUDY, tmp_path / "first", file, 1500)
  # Those of another machine stay.
  # One that was stopped writes in other steps from there on.
  run(tmp_path / "second/1", 1, {1: 16., 950: 12., 1050: 7., 1450: 6.})
  small.own_run(tmp_path / "second/2", seed=2, steps=1500)  # Without gates.
  gates.add(STUDY, tmp_path / "second", file, 1500)
  content = json.loads(file.read_text())
  assert content == {"mine": {"0": {"1": 16, "1001": 8, "1500": 5},
                              "1": {"1": 16, "1001": 12, "1500": 6}}}
  assert gates.table(content).splitlines() == [
      "| model | seeds | 1 | 1001 | 1500 |", "| --- | --- | --- | --- | --- |",
      "| mine | 2 | 16 | 10 (8 to 12) | 6 (5 to 6) |"]


@pytest.mark.parametrize("arguments, words", [
    (["{folder}/none"], "{folder}/none' does not exist. Give the directory"),
    (["{folder}", "--study=none"], "There is no study 'none'.")])
def test_one_line_for_wrong_arguments(
    gates, tmp_path, monkeypatch, capsys, arguments, words):
  monkeypatch.setattr("sys.argv", ["open_gates.py", *(
      each.format(folder=tmp_path) for each in arguments)])
  with pytest.raises(SystemExit):
    gates.main()
  assert words.format(folder=tmp_path) in capsys.readouterr().err


def test_the_page_of_results_has_what_is_in_the_file(gates):
  content = json.loads(gates.FILE.read_text())
  page = (conftest.ROOT / "docs/results.md").read_text()
  assert gates.table(content) in page
