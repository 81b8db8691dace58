"""A short fuzzing of all readers; benchmarks/fuzz.py does it for minutes."""
import importlib.util
import json
import random

import conftest
import hypothesis
import pytest
from hypothesis import strategies

spec = importlib.util.spec_from_file_location(
    "fuzz", conftest.ROOT / "benchmarks/fuzz.py")
fuzz = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fuzz)

SETTINGS = hypothesis.settings(
    max_examples=25, derandomize=True, deadline=None, database=None,
    suppress_health_check=list(hypothesis.HealthCheck))


@pytest.mark.parametrize("target", fuzz.TARGETS)
def test_whole_files_are_read(target):
  """Fuzzing that starts from files which are refused would find little."""
  if target != "protocol":
    for data in fuzz.seeds(target)[:1]:
      try:
        fuzz.TARGETS[target](data)
      except FileNotFoundError as error:  # An include of a gin file.
        assert "b.gin" in str(error)
      except ValueError as error:
        assert "must be text" in str(error)  # Results are no configuration.


@pytest.mark.parametrize("target, data", [
    (target, data) for target, cases in fuzz.CASES.items() for data in cases])
def test_findings_stay_mended(target, data):
  fuzz.try_one(target, data)


@pytest.mark.parametrize("target", fuzz.TARGETS)
@SETTINGS
@hypothesis.given(data=strategies.binary(max_size=200),
                  number=strategies.integers(0, 2**32))
def test_changed_files_are_read_or_refused(target, data, number):
  generator = random.Random(number)
  fuzz.try_one(target, data)
  fuzz.try_one(
      target, fuzz.changed(generator.choice(fuzz.seeds(target)), generator))


VALUES = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers()
    | strategies.floats() | strategies.text(max_size=5),
    lambda inner: strategies.lists(inner, max_size=3)
    | strategies.dictionaries(strategies.text(max_size=5), inner, max_size=3))
NAMES = strategies.sampled_from([
    "kl", "variance_of_mean", "pruned_latents", "mutual_information", "uuid",
    "factor_entropies", "num_masked_layers", "layers", "prefix_losses"])


@SETTINGS
@hypothesis.given(found=strategies.dictionaries(NAMES, VALUES, max_size=6))
def test_results_of_any_form_are_read_or_refused(found):
  fuzz.try_one("json", json.dumps(found).encode())


def test_an_error_that_is_not_allowed_comes_through(monkeypatch):
  monkeypatch.setitem(fuzz.TARGETS, "json", lambda data: data[5])
  with pytest.raises(IndexError):
    fuzz.try_one("json", b"")
