"""MIC of codes whose mutual information is known."""
import json

import gin
import numpy as np
import pytest
from disentanglement_lib.evaluation.metrics import mig
from support import small_data

from sparse_disent.metrics import mic

NUM_TRAIN = 2000


@pytest.fixture(autouse=True)
def bins(clean_gin):
  del clean_gin
  bind("histogram_discretizer", 20)


def bind(discretizer, num_bins):
  gin.parse_config(f"discretizer.discretizer_fn = @{discretizer}\n"
                   f"discretizer.num_bins = {num_bins}")


def score(function, data=None, **kwargs):
  return mic.compute_mic(
      data or small_data.Factors(), small_data.reader(function),
      np.random.RandomState(0), **{"num_train": NUM_TRAIN, **kwargs})


def entropy(values):
  p = np.unique(values, return_counts=True)[1] / len(values)
  return -np.sum(p * np.log(p))


def sampled_factors(num_train=NUM_TRAIN):
  random_state, data = np.random.RandomState(0), small_data.Factors()
  return np.concatenate([data.sample_factors(16, random_state)
                         for _ in range(num_train // 16)])


def test_codes_that_are_the_factors():
  results = score(lambda x: x)
  # The estimate is too large by (values - 1) * (values - 1) / (2 * num_train).
  np.testing.assert_allclose(
      results["mic"], 2 * np.eye(3) - 1, atol=0.03)
  np.testing.assert_allclose(
      results["factor_entropies"], np.log([4, 3, 6]), atol=0.01)
  np.testing.assert_allclose(
      np.diag(results["mutual_information"]), results["factor_entropies"],
      rtol=1e-12)
  assert results["groups"] == [[0], [1], [2]]
  assert "mic_undefined" not in results


def test_factors_that_depend():
  """Factor 1 is factor 0 or, half of the time, its own: I is on both sides."""
  draw = np.random.RandomState(0)
  first, own = draw.randint(4, size=[2, NUM_TRAIN])
  points = np.stack([first, np.where(draw.uniform(size=NUM_TRAIN) < 0.5, first,
                                     own)], axis=1)
  results = score(lambda x: x, small_data.Points(points))
  # p(same) = 5/8, and each of the three others 1/8.
  shared = np.log(4) + 5 / 8 * np.log(5 / 8) + 3 / 8 * np.log(1 / 8)
  np.testing.assert_allclose(
      np.diag(results["mic"]), 1 - shared / np.log(4), atol=0.03)


def test_sums_over_a_subset_and_its_complement():
  # Of 3 factors: latent 0 tells all of factor 0 and latent 1 its parity, which
  # is half of its entropy; latent 2 tells all of factor 2; latent 3 nothing.
  results = score(
      lambda x: np.stack([x[:, 0], x[:, 0] % 2, x[:, 2], 0 * x[:, 0]], axis=1),
      groups=[[0, 1], [1, 3], [2], [0, 1, 2, 3]])
  np.testing.assert_allclose(results["mic"], [
      [1.5, -0.5, -1.5, 1.5], [0, 0, 0, 0], [-1, -1, 1, 1]], atol=0.02)
  assert results["groups"] == [[0, 1], [1, 3], [2], [0, 1, 2, 3]]


def test_equation_13():
  random = np.random.RandomState(1)
  information, entropies = random.uniform(size=[5, 3]), np.array([0.5, 1, 2])
  for subset in ([0], [4, 1], [0, 1, 2, 3, 4], [2, 3]):
    others = [n for n in range(5) if n not in subset]
    for f in range(3):
      expected = (sum(information[n, f] for n in subset) - sum(
          information[n, f] for n in others)) / entropies[f]
      actual = mic.concentration(information, entropies, [subset])
      assert actual.shape == (3, 1)
      np.testing.assert_allclose(actual[f, 0], expected, rtol=1e-12)


def test_mutual_information_of_bins():
  weights = np.random.RandomState(2).normal(size=[3, 4])
  results = score(lambda x: x @ weights, num_train=1600)
  factors = sampled_factors(1600)
  codes = factors @ weights
  for i, code in enumerate(codes.T):
    edges = np.linspace(code.min(), code.max(), 21)
    binned = np.searchsorted(edges[1:-1], code, side="right")
    for j, factor in enumerate(factors.T):
      joint = entropy(binned) + entropy(factor) - entropy(20 * factor + binned)
      np.testing.assert_allclose(
          results["mutual_information"][i][j], joint, atol=1e-9)


def test_float32_codes_score_as_upstreams_mig():
  weights = np.random.RandomState(3).normal(size=[3, 6])
  function = lambda x: np.float32(np.tanh(x @ weights))
  expected = mig.compute_mig(
      small_data.Factors(), small_data.reader(function),
      np.random.RandomState(0), num_train=NUM_TRAIN)["discrete_mig"]
  results = score(function)
  top = np.sort(results["mutual_information"], axis=0)
  gaps = (top[-1] - top[-2]) / results["factor_entropies"]
  np.testing.assert_allclose(np.mean(gaps), expected, rtol=1e-9)


def test_stated_bias_of_noise():
  data = small_data.Factors([2, 9], num_noise=300)
  bind("histogram_discretizer", 10)
  results = score(lambda x: x[:, 2:] % 1, data)
  bias = np.mean(results["mutual_information"], axis=0)
  np.testing.assert_allclose(
      bias, np.array([9 * 1, 9 * 8]) / (2 * NUM_TRAIN), rtol=0.1)


def test_a_factor_with_a_single_value():
  results = score(lambda x: x, small_data.Factors([3, 1, 1]), groups=[[0], [1]])
  np.testing.assert_allclose(results["mic"][0], [1, -1])
  assert results["mic"][1:] == [[None, None]] * 2
  assert results["mic_undefined"] == (
      "the factors [1, 2] have a single value among the sampled points, so "
      "their entropy is 0")
  assert results["factor_entropies"][1:] == [0, 0]


@pytest.mark.parametrize("groups", [
    [3, 3], [], [[]], [[0, 0]], [[-1]], [[0.5]], [[True]], "01", [[0], 1],
    [[[0, 1], [2]]]])
def test_groups_that_are_not_subsets(groups):
  with pytest.raises(ValueError) as error:
    score(lambda x: x, groups=groups)
  assert str(error.value).splitlines()[0] == (
      "mic.groups must be lists of different indices of latents, but is "
      f"{groups!r}. List the latents of each group: sizes [3, 3] are "
      "[[0, 1, 2], [3, 4, 5]].")


def test_groups_beyond_the_latents():
  with pytest.raises(ValueError) as error:
    score(lambda x: x, groups=[[0, 1], [3]])
  assert str(error.value).splitlines()[0] == (
      "mic.groups must hold indices below 3, the number of latents, but is "
      "[[0, 1], [3]]. The first latent has the index 0.")


def test_gin_binds_the_groups():
  gin.parse_config("mic.num_train = 100\nmic.groups = [[0, 2], [1]]")
  results = gin.get_configurable("mic")(
      small_data.Factors(), small_data.reader(lambda x: x),
      np.random.RandomState(0))
  assert np.shape(results["mic"]) == (3, 2)


def saved(directory, **results):
  """Writes what steps leave in a representation's folder."""
  (directory / "tfhub").mkdir()
  (directory / "results" / "json").mkdir(parents=True)
  (directory / "results" / "gin").mkdir()
  (directory / "results" / "gin" / "train.gin").write_text(
      "encoder.num_latent = 6\n")
  for step, result in results.items():
    path = directory / "results" / "json" / f"{step}_results.json"
    path.write_text(json.dumps(result))
  return str(directory / "artifacts" / "mic")


COMPACTED = {"latents": [1, 2, 4, 5], "pruned_latents": [0, 3]}


@pytest.mark.parametrize("steps, latents", [
    # Columns of 6 latents: factors 0, 1 and 2 are the latents 1, 4 and 5.
    ({"representation": {"latents": [1, 4, 5]}}, [1, 4, 5]),
    ({"representation": {"latents": [5, 1, 4]}}, [5, 1, 4]),
    ({"compact": {**COMPACTED, "latents": [1, 4, 5],
                  "pruned_latents": [0, 2, 3]}}, [1, 4, 5]),
    ({"compact": COMPACTED, "representation": {"latents": [0, 2, 3]}},
     [1, 4, 5]),
])
def test_groups_are_those_of_the_trained_model(tmp_path, steps, latents):
  """Latents that are gone told nothing of any factor."""
  groups = [[0, 1, 2], [3, 4, 5], [0, 3]]
  order = [[1, 4, 5].index(latent) for latent in latents]
  results = score(lambda x: x[:, order], groups=groups,
                  artifact_dir=saved(tmp_path, **steps))

  def six(x):
    whole = np.zeros([len(x), 6])
    whole[:, [1, 4, 5]] = x
    return whole

  expected = score(six, groups=groups)
  np.testing.assert_allclose(results["mic"], expected["mic"], rtol=1e-12)
  np.testing.assert_allclose(np.array(results["mic"])[:, 0], [1, -1, -1],
                             atol=0.03)
  assert results["groups"] == groups
  assert results["latents"] == latents
  assert "latents" not in expected


def test_single_latents_keep_their_numbers(tmp_path):
  results = score(lambda x: x, artifact_dir=saved(
      tmp_path, representation={"latents": [1, 4, 5]}))
  assert results["groups"] == [[1], [4], [5]]
  np.testing.assert_allclose(results["mic"], 2 * np.eye(3) - 1, atol=0.03)


def test_groups_beyond_the_latents_of_the_trained_model(tmp_path):
  artifact_dir = saved(tmp_path, compact=COMPACTED)
  with pytest.raises(ValueError, match="hold indices below 6, the number of"):
    score(lambda x: x[:, [0, 1, 2, 0]], groups=[[5], [6]],
          artifact_dir=artifact_dir)


def test_no_latents_know_nothing():
  """Not that factors have a single value, as an empty list would say."""
  results = score(lambda x: x[:, :0])
  assert results["mic"] == [[0.0], [0.0], [0.0]]
  assert "mic_undefined" not in results


def test_columns_that_are_no_latents(tmp_path):
  """A postprocessing function of one's own may return any number."""
  results = score(lambda x: x, groups=[[0, 2]],
                  artifact_dir=saved(tmp_path, compact=COMPACTED))
  np.testing.assert_allclose(
      results["mic"], [[1], [-1], [1]], atol=0.03)
