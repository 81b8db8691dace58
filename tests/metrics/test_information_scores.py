"""JEMMIG, MIG-sup, DCIMIG and MED, retyped and in closed form."""
import gin
import numpy as np
import pytest
from scipy import stats
from support import small_data

from sparse_disent.metrics import information_scores

NAMES = ("jemmig", "mig_sup", "dcimig", "med_disentanglement",
         "med_completeness")
NUM_BINS = 24


@pytest.fixture(autouse=True)
def bins(clean_gin):
  del clean_gin
  gin.parse_config("discretizer.discretizer_fn = @histogram_discretizer\n"
                   f"discretizer.num_bins = {NUM_BINS}")


def score(function, data=None, **kwargs):
  return information_scores.compute_information_scores(
      data or small_data.Factors(), small_data.reader(function),
      np.random.RandomState(0), **{"num_train": 4000, **kwargs})


def entropy(*columns):
  _, counts = np.unique(np.stack(columns), axis=1, return_counts=True)
  return stats.entropy(counts)


def retyped(codes, factors):
  """The five scores by loops, as the papers say them."""
  edges = [np.linspace(c.min(), c.max(), NUM_BINS + 1)[:-1] for c in codes.T]
  z = [np.digitize(c, e) for c, e in zip(codes.T, edges, strict=True)]
  s, latents = list(factors.T), range(codes.shape[1])
  info = np.array([[entropy(a) + entropy(b) - entropy(a, b) for b in s]
                   for a in z])
  jemmig, gaps = [], [[0.0] for _ in s]
  for j, factor in enumerate(s):
    order = sorted(latents, key=lambda i: -info[i, j])
    joint = entropy(z[order[0]], factor)
    gap = joint - info[order[0], j] + info[order[1], j]
    jemmig.append(1 - gap / (entropy(factor) + np.log(NUM_BINS)))
  mig_sup = []
  for row in info:
    ratios = sorted(value / entropy(factor)
                    for value, factor in zip(row, s, strict=True))
    mig_sup.append(ratios[-1] - ratios[-2])
    ordered = sorted(row)
    gaps[int(np.argmax(row))].append(ordered[-1] - ordered[-2])
  importance = info / info.sum(axis=0)
  per_latent = 1 - stats.entropy(importance.T, base=len(s))
  per_factor = 1 - stats.entropy(importance, base=len(latents))
  return (np.mean(jemmig), np.mean(mig_sup),
          sum(map(max, gaps)) / sum(map(entropy, s)),
          np.average(per_latent, weights=importance.sum(axis=1)),
          np.mean(per_factor))


@pytest.mark.parametrize("num_latent", [2, 3, 7])
def test_the_papers_formulas(num_latent):
  points = np.random.RandomState(1).randint(5, size=[1000, 3])
  weights = np.random.RandomState(2).normal(size=[3, num_latent])**3
  results = score(lambda x: x @ weights, small_data.Points(points),
                  num_train=1000, batch_size=1000)
  for name, expected in zip(NAMES, retyped(points @ weights, points),
                            strict=True):
    assert results[name] == pytest.approx(expected, abs=1e-9), name


def test_codes_that_are_the_factors():
  results = score(lambda x: x)
  for name in NAMES:
    assert results[name] == pytest.approx(1, abs=0.02), name
  assert results["constant_factors"] == []


def test_each_factor_in_two_latents():
  results = score(lambda x: np.concatenate([x, x], axis=1))
  for name in ("mig_sup", "dcimig", "med_disentanglement"):
    assert results[name] == pytest.approx(1, abs=0.02), name
  assert results["med_completeness"] == pytest.approx(
      1 - np.log(2) / np.log(6), abs=0.02)
  # The second latent has all information, H, on each factor.
  entropies = np.log([4, 3, 6])
  assert results["jemmig"] == pytest.approx(
      np.mean(1 - entropies / (entropies + np.log(NUM_BINS))), abs=0.02)


def test_a_latent_for_two_factors():
  """The latent numbers the 24 pairs of values of factors 0 and 2."""
  results = score(lambda x: np.stack([6 * x[:, 0] + x[:, 2], x[:, 1]], axis=1))
  h = np.log([4, 3, 6])
  assert results["mig_sup"] == pytest.approx(1 / 2, abs=0.02)
  # Latent 0 knows 0.4 nats more of factor 2 than of factor 0.
  assert results["dcimig"] == pytest.approx(
      (h[2] - h[0] + h[1]) / h.sum(), abs=0.02)
  # What the latent holds beside each factor is the other one.
  excess = np.array([h[2], 0, h[0]])
  assert results["jemmig"] == pytest.approx(
      np.mean(1 - excess / (h + np.log(NUM_BINS))), abs=0.02)


def test_constants_do_not_matter():
  expected = score(lambda x: x[:, [0, 2]] + x[:, [1, 1]])
  results = score(lambda x: np.insert(
      x[:, [0, 2]] + x[:, [1, 1]], 1, 0.3, axis=1))
  for name in NAMES:
    assert results[name] == pytest.approx(expected[name], rel=1e-12)
  assert results["mutual_information"][1] == [0, 0, 0]


def test_a_single_latent_has_no_second():
  results = score(lambda x: x[:, :1])
  excess = np.log([4, 12, 24])
  assert results["jemmig"] == pytest.approx(np.mean([
      1, 1 - excess[1] / np.log(3 * NUM_BINS),
      1 - excess[2] / np.log(6 * NUM_BINS)]), abs=0.02)
  assert results["med_completeness"] is None
  assert results["med_completeness_undefined"] == (
      "it takes 2 or more latents that vary, and there are 1")


def test_a_single_factor_has_no_second():
  results = score(lambda x: x[:, :2], small_data.Factors([4, 1], num_noise=1))
  assert results["mig_sup"] == pytest.approx(1, abs=0.01)
  assert results["dcimig"] == pytest.approx(1, abs=0.01)
  assert results["med_disentanglement"] is None
  assert results["constant_factors"] == [1]


def test_constant_codes():
  results = score(lambda x: 0 * x)
  for name in NAMES:
    assert results[name] is None
    assert results[f"{name}_undefined"].endswith("and there are 0")


def test_num_train():
  with pytest.raises(ValueError, match=r"information_scores\.num_train must b"):
    score(lambda x: x, num_train=0)
