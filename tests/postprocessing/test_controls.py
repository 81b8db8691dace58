"""Controls: what a metric must not see, and what it must."""
import gin
import numpy as np
import pytest
import tensorflow_hub as hub
from disentanglement_lib.data.ground_truth import dummy_data
from disentanglement_lib.evaluation.metrics import mig
from disentanglement_lib.postprocessing import postprocess
from support import exported_runs
from support import representations

from sparse_disent.postprocessing import controls

MEAN = np.random.RandomState(5).normal(size=[8, 7]).astype(np.float32)
# Latents 1 and 4 are pruned.
DEVIATIONS = np.array([1.0, 0.0, 1.0, 2.0, 0.0, 0.5, 1.0])


def extract(function, save_path, *, seed=0, deviations=DEVIATIONS, mean=MEAN,
            **arguments):
  """The representation of `MEAN`, and what was recorded."""
  transform_fn, checkpoint = function(
      representations.Normal(len(deviations)),
      representations.encoder(deviations), np.random.RandomState(seed),
      str(save_path), **arguments)
  assert checkpoint is None
  return (representations.apply(transform_fn, mean, np.zeros_like(mean)),
          representations.recorded(save_path))


def test_classes_are_not_rotated(tmp_path):
  """The last three columns have no noise, and vary."""
  def encoder(observations):
    logvar = np.zeros_like(observations)
    logvar[:, 4:] = np.log(1e-20)
    return {"mean": np.float32(observations), "logvar": logvar}

  controls.rotated_representation(
      representations.Normal(7), encoder, np.random.RandomState(0),
      str(tmp_path))
  pairs = representations.recorded(tmp_path)["pairs"]
  assert sorted(sum(pairs, [])) == [0, 1, 2, 3]


def test_permutation(tmp_path):
  codes, record = extract(controls.permuted_representation, tmp_path)
  assert sorted(record["latents"]) == list(range(7)) != record["latents"]
  np.testing.assert_array_equal(codes, MEAN[:, record["latents"]])


@pytest.mark.parametrize("function, key", [
    (controls.permuted_representation, "latents"),
    (controls.rotated_representation, "pairs")])
def test_the_seed_decides(tmp_path, function, key):
  one, again, other = (extract(function, tmp_path, seed=seed)
                       for seed in (0, 0, 1))
  np.testing.assert_array_equal(one[0], again[0])
  assert one[1] == again[1]
  assert one[1][key] != other[1][key]


@pytest.mark.parametrize("angle", [0, 30.0, 45, -120, 400])
def test_rotation_in_planes_of_active_latents(tmp_path, angle):
  codes, record = extract(
      controls.rotated_representation, tmp_path, angle_degrees=angle)
  assert record["angle_degrees"] == angle
  paired = np.ravel(record["pairs"])
  # Five are active: two pairs.
  assert len(set(paired)) == len(paired) == 4
  assert set(paired) < {0, 2, 3, 5, 6}
  expected = MEAN.copy()
  for a, b in record["pairs"]:
    # Two latents as a complex number.
    turned = (MEAN[:, a] + 1j * MEAN[:, b]) * np.exp(1j * np.pi * angle / 180)
    expected[:, a], expected[:, b] = turned.real, turned.imag
  np.testing.assert_allclose(codes, expected, rtol=1e-5, atol=1e-6)


def test_no_rotation_is_the_mean_to_the_bit(tmp_path):
  codes, _ = extract(
      controls.rotated_representation, tmp_path, angle_degrees=0)
  np.testing.assert_array_equal(codes, MEAN)


@pytest.mark.parametrize("deviations", [[1, 0, 0], [0, 0, 0], [1]])
def test_nothing_to_rotate(tmp_path, deviations):
  mean = MEAN[:, :len(deviations)]
  codes, record = extract(controls.rotated_representation, tmp_path,
                          deviations=np.array(deviations), mean=mean)
  assert record["pairs"] == []
  np.testing.assert_array_equal(codes, mean)


@pytest.mark.parametrize("angle", ["45", np.nan, np.inf])
def test_an_angle_that_is_none(tmp_path, angle):
  with pytest.raises(ValueError) as error:
    extract(controls.rotated_representation, tmp_path, angle_degrees=angle)
  assert str(error.value).splitlines()[0] == (
      "rotated_representation.angle_degrees must be a finite number, but is "
      f"{angle!r}. 45 mixes pairs of latents most, 0 not at all.")


class Factors(representations.Normal):
  """Observations are four factors of six values each."""

  def sample_factors(self, num, random_state):
    return random_state.randint(6, size=[num, 4])


def gap(transform_fn):
  # With 20 bins all sums of two factors, at 45 degrees, lie on edges of bins.
  gin.parse_config("""
      mig.num_train = 2000
      discretizer.discretizer_fn = @histogram_discretizer
      discretizer.num_bins = 21
  """)
  return mig.compute_mig(
      Factors(4), lambda x: representations.apply(transform_fn, x, 0.0 * x),
      np.random.RandomState(0), batch_size=2000)["discrete_mig"]


def test_upstreams_mig_sees_rotations_and_no_permutations(tmp_path):
  def transform(function, **arguments):
    return function(Factors(4), representations.encoder(1.0),
                    np.random.RandomState(3), str(tmp_path), **arguments)[0]

  mean = gap(lambda mean, logvar: mean)
  assert mean > 0.95  # Each latent is a factor.
  assert gap(transform(controls.permuted_representation)) == pytest.approx(mean)
  gaps = {angle: gap(transform(
      controls.rotated_representation, angle_degrees=angle))
          for angle in (0, 10, 45, 90)}
  assert gaps[0] == mean
  assert gaps[45] < 0.1 < gaps[10] < 0.9 * mean
  assert gaps[90] == pytest.approx(mean)


def test_exported_modules(tmp_path):
  exported_runs.export(tmp_path / "model")
  images = dummy_data.DummyData().sample_observations(
      8, np.random.RandomState(0))
  codes, records = {}, {}
  for name in ("mean", "permuted", "rotated"):
    postprocess.postprocess_with_gin(
        str(tmp_path / "model"), str(tmp_path / name), gin_bindings=[
            "dataset.name = 'auto'", "postprocess.random_seed = 0",
            f"postprocess.postprocess_fn = @{name}_representation"])
    with hub.eval_function_for_module(str(tmp_path / name / "tfhub")) as f:
      codes[name] = f({"images": images}, signature="representation")
    if name != "mean":
      records[name] = representations.recorded(tmp_path / name)
  np.testing.assert_array_equal(
      codes["permuted"], codes["mean"][:, records["permuted"]["latents"]])
  assert len(records["rotated"]["pairs"]) == 2
  for a, b in records["rotated"]["pairs"]:
    np.testing.assert_allclose(
        codes["rotated"][:, a],
        (codes["mean"][:, a] - codes["mean"][:, b]) / np.sqrt(2), atol=1e-6)
