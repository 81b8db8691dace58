"""All that is replaced stands in the ledger, and a fork's changes are kept."""
import importlib
import inspect
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from support import changed_upstream

from sparse_disent.compat import ledger
from sparse_disent.compat import patching

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = pathlib.Path(changed_upstream.__file__)
SIZES = (1, 3, 2, 4, 2, 2)
TRAINED = """
  dataset.name = "dummy_data"
  encoder.num_latent = 2
  reconstruction_loss.activation = "logits"
"""


def entries(*kinds):
  """Returns those of upstream's wheel, which lacks UDR."""
  return [entry for entry in ledger.ENTRIES if entry.kind in kinds and
          entry.name.startswith(f"{ledger.UPSTREAM}.") and
          ".evaluation.udr." not in entry.name]


def upstreams(name):
  """Returns upstream's own object of a name in the ledger."""
  module, _, path = name.partition(":")
  value = importlib.import_module(module)
  for part in path.split("."):
    value = getattr(value, part)
  return inspect.unwrap(value)


@pytest.mark.parametrize(
    "entry", entries(ledger.OWN, ledger.READ), ids=lambda entry: entry.name)
def test_fingerprints_are_those_of_upstream(entry):
  function = upstreams(entry.name)
  assert "sparse_disent" not in inspect.getsourcefile(function)
  assert patching.fingerprint(function) == entry.fingerprint


@pytest.mark.parametrize("entry", [
    entry for entry in entries(ledger.CALLED) if entry.parameters],
    ids=lambda entry: entry.name)
def test_parameters_are_those_of_upstream(entry):
  names = list(inspect.signature(upstreams(entry.name)).parameters)
  assert names[:len(entry.parameters)] == list(entry.parameters)


def test_each_name_is_listed_once_a_kind():
  keys = [(entry.name, entry.kind) for entry in ledger.ENTRIES]
  assert len(set(keys)) == len(keys)
  for entry in ledger.ENTRIES:
    assert entry.kind in ledger.KINDS and entry.why.endswith(".")
    for module in entry.where.split(", "):
      importlib.import_module(f"sparse_disent.{module}")


def test_a_loss_is_named_wherever_something_is_left_alone():
  for entry in entries(ledger.OWN, ledger.READ, ledger.STAND_IN):
    assert entry.loss and not entry.loss.endswith(".")


def test_what_is_not_listed_is_refused():
  with pytest.raises(KeyError, match="'a.b:c' is replaced and not in the "
                     "ledger: add it to"):
    ledger.entry("a.b:c", ledger.OWN)


def run(*arguments):
  process = subprocess.run(
      [sys.executable, str(PROGRAM), *arguments], capture_output=True,
      text=True, check=False, cwd=ROOT)
  assert process.returncode == 0, process.stderr
  return json.loads(process.stdout.splitlines()[-1]), process.stderr


def test_nothing_is_replaced_that_is_not_listed():
  found, told = run("replaced")
  known = {entry.name for entry in ledger.ENTRIES}
  assert [name for name in found if name not in known] == []
  assert "alone" not in told
  # All but lists, whose entries are wrapped, and what is replaced temporarily.
  expected = {entry.name for entry in entries(
      ledger.CALLED, ledger.OWN, ledger.STAND_IN)}
  expected.discard(
      "disentanglement_lib.evaluation.metrics.unified_scores:AGGREGATION_FN")
  assert expected <= set(found)


def test_a_forks_changes_are_kept(tmp_path):
  """Each function of the ledger has one more line, which must be reached."""
  changed = entries(ledger.CALLED, ledger.OWN, ledger.READ)
  names = sorted({entry.name for entry in changed} - {
      "disentanglement_lib.evaluation.metrics.unified_scores:AGGREGATION_FN"})
  changed_upstream.copy(names, tmp_path)
  np.savez(tmp_path / "images.npz",
           imgs=np.zeros([np.prod(SIZES), 64, 64], np.uint8),
           metadata=np.array({"latents_sizes": np.array(SIZES)}, object))
  (tmp_path / "model/tfhub").mkdir(parents=True)
  for path, text in {
      "gin/train.gin": TRAINED, "json/train_config.json":
      '{"dataset.name": "\'dummy_data\'"}'}.items():
    (tmp_path / "model/results" / path).parent.mkdir(parents=True)
    (tmp_path / "model/results" / path).write_text(text)
  result, told = run("changed", str(tmp_path), *names)
  assert result["file"].startswith(str(tmp_path))
  assert [name for name, reached in result["reached"].items()
          if not reached] == []
  lines = [line for line in told.splitlines() if " alone, as it is not" in line]
  assert sorted(line.split()[2] for line in lines) == sorted(
      entry.name for entry in entries(ledger.OWN))
  for entry in entries(ledger.OWN):
    line, = (line for line in lines if f" {entry.name} " in line)
    assert line.endswith(f": {entry.loss}.")
  # A constructor that does more, and still packs its images.
  assert result["names"] == ["shape", "scale"]
  assert result["images"] == "PackedImages"


def test_the_page_shows_the_ledger():
  page = (ROOT / "docs" / "upstream.md").read_text()
  assert ledger.table() in page
