import subprocess
import sys
import types

import conftest
import pytest

FOLDER = conftest.ROOT / "benchmarks"


@pytest.fixture
def training(monkeypatch):
  monkeypatch.syspath_prepend(FOLDER)
  import training
  return training


def arguments(**changed):
  return types.SimpleNamespace(**{
      "warm_up": 0, "seconds": 1, "settings": [], "together": False,
      "data_set": "dummy_data", "only": None, **changed})


def test_peers_that_are_missing_are_named(training, monkeypatch, capsys):
  monkeypatch.delenv("SPARSE_DISENT_TF1_PYTHON", raising=False)
  monkeypatch.setenv("TORCH_PYTHON", "/there/python")
  assert list(training.peers("conv", arguments())) == [
      "ours", "constant", "upstream, this TF", "PyTorch", "PyTorch, tuned"]
  assert capsys.readouterr().out == (
      "upstream, TF 1.15 is left out: SPARSE_DISENT_TF1_PYTHON names no "
      "Python.\n")


def test_settings_are_bindings_or_variables(training, monkeypatch):
  calls = []
  monkeypatch.setattr(
      training.side_by_side, "run",
      lambda *command, **options: calls.append((command, options)))
  monkeypatch.setenv("TORCH_PYTHON", "/there/python")
  found = training.peers("fc", arguments(
      settings=["run_config.reduced_precision=True", "A_B=c=d"],
      together=True))
  for name in ("ours", "ours, run_config.reduced_precision=True",
               "ours, A_B=c=d", "ours, one of two", "PyTorch"):
    found[name]()
  heads, tails, options = zip(*[
      (command[1:3], command[7:], options) for command, options in calls],
      strict=True)
  assert heads == 4 * (("ours", "fc"),) + (("pytorch", "fc"),)
  assert tails == ((), ("run_config.reduced_precision=True",), (), (), ())
  assert options == (
      {}, {}, {"environment": {"A_B": "c=d"}}, {"together": 2},
      {"python": "/there/python", "environment": {"PYTHONPATH": ""}})


def test_only_some_peers(training):
  assert list(training.peers("conv", arguments(only=["constant"]))) == [
      "ours", "constant"]


def test_advantages_are_ratios_of_each_round(training):
  text = training.advantages({
      ("ours", training.SPEED): [10., 30., 20.], ("ours", "MiB"): [1., 1., 1.],
      ("old", training.SPEED): [5., 3., 4.], ("old", "MiB"): [2., 2., 2.]})
  assert [line.split() for line in text.splitlines()[1:]] == [
      ["old", "5.00", "2.00", "10.00"]]


def test_a_watch_counts_after_the_warm_up(monkeypatch, capsys):
  monkeypatch.syspath_prepend(FOLDER)
  import training_peers
  clock = iter([102., 103., 104., 106., 108.])
  monkeypatch.setattr(training_peers.time, "time", lambda: next(clock))
  monkeypatch.setattr(training_peers.os, "_exit", lambda code: None)
  watch = training_peers.Watch(100., 2., 4.)
  for steps in (1, 3, 5, 9, 13):  # Two steps a call, then four.
    watch.step(lambda steps=steps: steps)
  figures = eval(capsys.readouterr().out)
  assert figures["steps a second"] == 8 / 4
  assert figures["seconds to the first step"] == 2


def test_training_is_measured():
  """All that needs no other Python, on data that need no file."""
  result = subprocess.run(
      [sys.executable, FOLDER / "training.py", "fc", "--rounds", "1",
       "--warm_up", "0", "--seconds", "0.1", "--data_set", "dummy_data",
       "--only", "constant", "--only", "upstream, this TF"],
      text=True, capture_output=True, check=False, cwd=conftest.ROOT)
  assert result.returncode == 0, result.stderr
  lines = result.stdout.splitlines()
  start = next(i for i, line in enumerate(lines)
               if line.startswith("steps a second"))
  assert [line[2:32].strip() for line in lines[start + 1:start + 4]] == [
      "ours", "constant", "upstream, this TF"]
  assert all(float(line[32:42]) > 0 for line in lines[start + 1:start + 4])
  assert lines[-3].startswith("ours is ... times as fast as")


def test_the_networks_in_pytorch_are_upstreams(monkeypatch):
  pytest.importorskip("torch", reason="needs PyTorch")
  monkeypatch.syspath_prepend(FOLDER)
  import torch_vae
  # Counted by hand from upstream's architectures.
  for name, expected in (
      ("conv", 309_204 + 381_313), ("fc", 6_381_620 + 7_814_896)):
    networks = torch_vae.networks(name)
    assert sum(p.numel() for network in networks
               for p in network.parameters()) == expected
