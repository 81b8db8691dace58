import numpy as np
import pytest
from scipy import stats

from sparse_disent.baselines import distributions
from sparse_disent.baselines import record

FACTS = dict(source="s", implementation="i", dataset="cars3d", method="m",
             representation="mean", metric="mig", score="discrete_mig")


def samples(*values):
  found, = distributions.group([
      record.Record(**FACTS, seed=seed, value=value)
      for seed, value in enumerate(values)])
  return found


def read_off(accuracy=0.0, **landmarks):
  found, = distributions.group([record.Record(
      **FACTS, landmarks=tuple(landmarks.items()), count=50,
      accuracy=accuracy)])
  return found


def test_seeds_are_grouped_and_all_else_is_told_apart():
  base = record.Record(**FACTS, value=0.1, seed=0)
  others = [
      {"source": "t"}, {"implementation": "j"}, {"dataset": "smallnorb"},
      {"method": "n"}, {"settings": (("vae.beta", "4"),)}, {"network": "w"},
      {"representation": "sampled"}, {"metric": "sap"}, {"score": "x"},
      {"variant": "v"}, {"config": ()}, {"steps": 1}, {"accuracy": 0.1},
      {"provenance": "p"}, {"data": "unknown"}, {"count": 1}]
  for change in others:
    changed = record.Record(**{**FACTS, **change}, value=0.2)
    assert len(distributions.group([base, changed])) == 2, change
  assert samples(0.1, 0.2).values == [0.1, 0.2]


def test_landmarks_of_samples_are_numpys():
  values = [0.3, 0.1, 0.7, 0.2]
  assert list(samples(*values).landmarks.values()) == pytest.approx(
      np.percentile(values, [0, 25, 50, 75, 100]))


def test_undefined_scores_are_counted_apart():
  found, = distributions.group([
      record.Record(**FACTS, value=0.5),
      record.Record(**FACTS, undefined="one latent")])
  assert (found.count, found.values, found.undefined) == (
      1, [0.5], ["one latent"])


@pytest.mark.parametrize("value", [0.05, 0.1, 0.25, 0.3, 0.9])
def test_percentiles_are_scipys(value):
  values = [0.1, 0.2, 0.3, 0.3, 0.7, 0.8]
  expected = stats.percentileofscore(values, value, kind="mean")
  assert distributions.place(value, samples(*values)) == f"{expected:.0f} %"


@pytest.mark.parametrize("value, place", [
    (0.1, "below"), (0.2, "equal"), (0.3, "above")])
def test_a_single_run_has_no_percentiles(value, place):
  assert distributions.place(value, samples(0.2)) == place


def test_among_few_runs_they_are_counted():
  assert distributions.place(0.25, samples(0.1, 0.2, 0.3)) == "above 2 of 3"
  assert distributions.place(0.1, samples(0.1, 0.2)) == "above 0 of 2"


@pytest.mark.parametrize("value, place", [
    (0.1, "below q1"), (0.25, "q1 to median"), (0.35, "median to q3"),
    (0.5, "above q3"), (0.2, "at q1"), (0.3009, "at median"),
    (0.302, "median to q3")])
def test_among_quartiles(value, place):
  found = read_off(0.001, q1=0.2, median=0.3, q3=0.4)
  assert distributions.place(value, found) == place


@pytest.mark.parametrize("value, place", [
    (0.0, "below min"), (0.15, "min to median"), (0.6, "above max")])
def test_among_extremes(value, place):
  assert distributions.place(
      value, read_off(min=0.1, median=0.3, max=0.5)) == place


def test_labels_are_short():
  found, = distributions.group([record.Record(
      **{**FACTS, "method": "beta_vae"}, value=0.5, network="0.5 of the width",
      settings=(("vae.beta", "4.0"), ("AdamOptimizer.beta1", "0.9")))])
  assert found.label == "beta_vae, beta 4, 0.5 of the width"
  found, = distributions.group([record.Record(
      **{**FACTS, "method": "m" * 100}, value=0.5)])
  assert len(found.label) == 90


def test_the_nearest_of_several_landmarks_that_it_may_be_at():
  found = read_off(accuracy=0.003, q1=.5, median=.502, q3=.6)
  assert [distributions.place(value, found) for value in (
      .499, .5005, .502, .504, .506)] == [
          "at q1", "at q1", "at median", "at median", "median to q3"]
