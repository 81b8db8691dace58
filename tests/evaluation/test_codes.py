"""Codes: looked up, sampled, or remembered."""
import collections
import contextlib

import exported_runs
import numpy as np
import scipy.stats
import small_run
import tensorflow_hub as hub
from disentanglement_lib.data.ground_truth import dsprites
from disentanglement_lib.postprocessing import postprocess

from sparse_disent.evaluation import codes
from sparse_disent.evaluation import indexed
from sparse_disent.evaluation import table as tables
from sparse_disent.postprocessing import active


class Images:
  """Stands in for `indexed.Indexed`: an observation is its number."""

  def numbers(self, observations):
    return np.asarray(observations)


def test_codes_are_looked_up():
  table = np.arange(12.0).reshape(6, 2)
  represent = codes.representation_function(
      Images(), tables.Table.of({"code": table}))
  np.testing.assert_array_equal(represent([4, 0]), [[8, 9], [0, 1]])


def test_sampled_codes_have_the_posterior_distribution():
  table = tables.Table.of({"mean": np.array([[1.0, -2.0]]),
                           "logvar": np.log([[0.25, 4.0]])})
  represent = codes.representation_function(Images(), table)
  samples = represent(np.zeros(20000, int))
  for column, mean, std in zip(samples.T, (1, -2), (0.5, 2), strict=True):
    assert scipy.stats.kstest(column, "norm", (mean, std)).pvalue > 1e-3
  # A second run of a metric gets the same.
  again = codes.representation_function(Images(), table)
  np.testing.assert_array_equal(again(np.zeros(20000, int)), samples)


def test_remembered_codes_are_repeated():
  draw = np.random.RandomState(0)
  remembered = codes.Remembered(lambda x: draw.normal(size=len(x)))
  represent = remembered.start()
  first = [represent([0, 1]), represent([2])]
  for _ in range(2):
    represent = remembered.start()
    np.testing.assert_array_equal(represent([0, 1]), first[0])
    np.testing.assert_array_equal(represent([2]), first[1])


def test_what_was_not_asked_before_is_not_remembered():
  """As after a run that its placeholders ended early, or led elsewhere."""
  remembered = codes.Remembered(np.negative)
  represent = remembered.start()
  represent([0, 1]), represent([2])
  represent = remembered.start()
  for observations in ([0, 1], [3], [4, 5]):
    np.testing.assert_array_equal(
        represent(observations), np.negative(observations))


def test_images_are_encoded_once_for_all_selections_of_latents(
    tmp_path, monkeypatch):
  model = tmp_path / "model"
  exported_runs.export(model)
  monkeypatch.setattr(active, "NUM_POINTS", 64)
  original, encoded = tables.Table._add, collections.Counter()
  monkeypatch.setattr(tables.Table, "_add", lambda table, numbers: (
      encoded.update({table._description: len(numbers)})
      or original(table, numbers)))
  names = ("mean", "sampled", "permuted", "active_mean", "rotated")
  for name in names:
    postprocess.postprocess_with_gin(
        str(model), str(tmp_path / name), gin_bindings=[
            "dataset.name = 'auto'", "postprocess.random_seed = 1",
            f"postprocess.postprocess_fn = @{name}_representation"])
  with small_run.data(tmp_path):
    images = indexed.Indexed(dsprites.DSprites([1, 2, 3, 4, 5]))
  numbers = np.arange(96)
  with contextlib.ExitStack() as stack:
    posteriors = codes.Posteriors(images, str(model), stack)
    lookup = lambda name: codes.lookup(
        images, str(tmp_path / name), posteriors, name, stack)[numbers]
    found = {name: lookup(name) for name in names}
    assert encoded == {"encoding": 96, "rotated": 96}
    # The second time they come from files.
    for name in names:
      for kind, array in lookup(name).items():
        np.testing.assert_array_equal(array, found[name][kind])
    assert encoded == {"encoding": 96, "rotated": 96}
  assert set(found.pop("sampled")) == {"mean", "logvar"}
  for name, table in found.items():
    with hub.eval_function_for_module(str(tmp_path / name / "tfhub")) as f:
      expected = f({"images": images.observations(numbers)},
                   signature="representation", as_dict=True)["default"]
    np.testing.assert_allclose(table["code"], expected, rtol=1e-5, atol=1e-6)
  assert not np.allclose(found["permuted"]["code"], found["mean"]["code"])
