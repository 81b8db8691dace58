"""Codes: looked up, sampled, or remembered."""
import numpy as np
import pytest
import scipy.stats
import tensorflow_hub as hub
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.postprocessing import postprocess
from support import exported_runs
from support import small_run

from sparse_disent.evaluation import codes
from sparse_disent.evaluation import indexed
from sparse_disent.evaluation import table as table_lib
from sparse_disent.postprocessing import active

NAMES = ("mean", "sampled", "permuted", "active_mean", "rotated")


class Images:
  """Stands in for `indexed.Indexed`: an observation is its number."""

  def numbers(self, observations):
    return np.asarray(observations)


def table_of(**columns):
  size = len(next(iter(columns.values())))
  return table_lib.Table(
      lambda numbers: {name: c[numbers] for name, c in columns.items()}, size)


def test_codes_are_looked_up():
  table = table_of(code=np.arange(12.0).reshape(6, 2))
  represent = codes.representation_function(Images(), table)
  np.testing.assert_array_equal(represent([4, 0]), [[8, 9], [0, 1]])


def test_sampled_codes_have_the_posterior_distribution():
  table = table_of(mean=np.array([[1.0, -2.0]]), logvar=np.log([[0.25, 4.0]]))
  represent = codes.representation_function(Images(), table)
  samples = represent(np.zeros(20000, int))
  for column, mean, std in zip(samples.T, (1, -2), (0.5, 2), strict=True):
    assert scipy.stats.kstest(column, "norm", (mean, std)).pvalue > 1e-3
  # A second run of a metric gets the same.
  again = codes.representation_function(Images(), table)
  np.testing.assert_array_equal(again(np.zeros(20000, int)), samples)


def test_each_seed_of_a_metric_has_noise_of_its_own():
  table = table_of(mean=np.zeros([1, 2]), logvar=np.zeros([1, 2]))
  drawn = [codes.representation_function(Images(), table, seed)([0] * 50)
           for seed in (0, 0, 1, 2**32 - 1)]
  assert [np.array_equal(drawn[0], other) for other in drawn] == [
      True, True, False, False]


def test_remembered_codes_are_repeated():
  draw = np.random.RandomState(0)
  remembered = codes.RepeatableCodes(lambda x: draw.normal(size=len(x)))
  represent = remembered.start()
  first = [represent([0, 1]), represent([2])]
  for _ in range(2):
    represent = remembered.start()
    np.testing.assert_array_equal(represent([0, 1]), first[0])
    np.testing.assert_array_equal(represent([2]), first[1])


def test_what_was_not_asked_before_is_not_remembered():
  """As after a run that its placeholders ended early, or led elsewhere."""
  remembered = codes.RepeatableCodes(np.negative)
  represent = remembered.start()
  represent([0, 1]), represent([2])
  represent = remembered.start()
  for observations in ([0, 1], [3], [4, 5]):
    np.testing.assert_array_equal(
        represent(observations), np.negative(observations))


@pytest.fixture
def made(tmp_path, monkeypatch):
  """A model, its representations, and a list of what is encoded."""
  monkeypatch.setattr(active, "NUM_POINTS", 64)
  exported_runs.export(tmp_path / "model")
  for name in NAMES:
    postprocess.postprocess_with_gin(
        str(tmp_path / "model"), str(tmp_path / name), gin_bindings=[
            "dataset.name = 'auto'", "postprocess.random_seed = 1",
            f"postprocess.postprocess_fn = @{name}_representation"])
  with small_run.data(tmp_path):
    images = indexed.Indexed(dsprites.DSprites([1, 2, 3, 4, 5]))
  original, encoded = images.observations, []
  monkeypatch.setattr(images, "observations", lambda numbers: (
      encoded.extend(set(numbers)) or original(numbers)))
  # The first eight images are those that are tried.
  monkeypatch.setattr(table_lib, "NUM_TRIED", 8)
  return tmp_path, images, encoded


def rows(folder, images, names, numbers, anew=False):
  """Looks the same images up in several representations."""
  with codes.posteriors(images, str(folder / "model")) as posteriors:
    found = {}
    for name in names:
      with codes.lookup(
          images, str(folder / name), posteriors, name, anew) as table:
        found[name] = table.rows(numbers)
  return found


def test_images_are_encoded_once_for_all_selections_of_latents(made):
  folder, images, encoded = made
  numbers = np.array([50, 7, 93])
  found = rows(folder, images, NAMES, numbers)
  # Once for the posteriors, and once for the rotated representation.
  assert encoded.count(50) == encoded.count(93) == 2
  assert set(found.pop("sampled")) == {"mean", "logvar"}
  for name, columns in found.items():
    with hub.eval_function_for_module(str(folder / name / "tfhub")) as f:
      expected = f({"images": images.observations(numbers)},
                   signature="representation", as_dict=True)["default"]
    np.testing.assert_allclose(columns["code"], expected, rtol=1e-5, atol=1e-6)
  assert not np.allclose(found["permuted"]["code"], found["mean"]["code"])


def test_what_was_encoded_is_kept(made):
  folder, images, encoded = made
  first = rows(folder, images, ["rotated"], np.array([50, 51]))
  encoded.clear()
  again = rows(folder, images, ["rotated"], np.array([51, 50]))
  assert not encoded
  np.testing.assert_array_equal(
      again["rotated"]["code"], first["rotated"]["code"][::-1])
  rows(folder, images, ["rotated"], np.array([50, 52]))
  assert encoded.count(52) == 1 and 51 not in encoded


def test_codes_of_images_of_before_are_computed_anew(made):
  """The file of a data set may be another one than before."""
  folder, images, encoded = made
  first = rows(folder, images, ["rotated"], np.array([50, 51]))
  images.original.images = 1 - images.original.images
  kept = rows(folder, images, ["rotated"], np.array([50, 51]))
  np.testing.assert_array_equal(kept["rotated"]["code"],
                                first["rotated"]["code"])
  anew = rows(folder, images, ["rotated"], np.array([50, 51]), anew=True)
  assert not np.allclose(anew["rotated"]["code"], first["rotated"]["code"])
  encoded.clear()
  again = rows(folder, images, ["rotated"], np.array([50, 51]))
  assert not encoded
  np.testing.assert_array_equal(again["rotated"]["code"],
                                anew["rotated"]["code"])


def test_a_forks_function_of_a_known_name_is_asked_for_its_codes(
    made, monkeypatch):
  """Its module may differ from upstream's beyond the images that are tried."""
  folder, images, encoded = made
  monkeypatch.setattr(codes.patching, "is_unchanged_module", lambda name: False)
  with codes.posteriors(images, str(folder / "model")) as posteriors:
    with codes.lookup(images, str(folder / "sampled"), posteriors,
                      "sampled") as table:
      assert table is None
    with codes.lookup(images, str(folder / "mean"), posteriors,
                      "mean") as table:
      table.rows(np.array([50, 7, 93]))
    assert posteriors.num_known() == 0 and encoded.count(50) == 1
