"""All metrics: pruned codes, JSON, randomness, permutations, dlib_evaluate."""
import json
import types

import gin
import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from disentanglement_lib.evaluation import evaluate
from disentanglement_lib.utils import aggregate_results
from disentanglement_lib.utils import results
from support import catalogue
from support import metric_catalogue
from support import small_data
from support import small_runs

from sparse_disent.report import document
from sparse_disent.results import runs

NAMES = sorted(metric_catalogue.METRICS)
PERMUTATION = [3, 0, 4, 2, 1]


def entangled(factors):
  """Five latents without ties, one of them pruned; the last column is noise."""
  a, b, c, noise = factors.T
  return np.stack([a + 0.3 * b + 0.1 * noise, b * c - 0.2 * noise, 0 * a, noise,
                   c - 0.1 * noise], axis=1)


# Functions of the factors; the data add a column of noise.
REPRESENTATIONS = {
    "entangled": entangled,
    "some constant": lambda x: x * [1, 0, 0, 1],
    "all constant": lambda x: np.full([len(x), 5], 0.3, np.float32),
    "one latent": lambda x: x[:, :1],
    "one constant latent": lambda x: 0 * x[:, :1],
    "duplicated": lambda x: np.concatenate([x, x], axis=1),
    "integers": lambda x: x[:, :3].astype(int),
    "varied by rounding alone": lambda x: np.where(
        x > 0, np.float32(0.3), np.nextafter(np.float32(0.3), np.float32(1))),
}


def bindings(name):
  lines = metric_catalogue.BASE + metric_catalogue.METRICS[name].bindings
  return [line.strip() for line in lines.splitlines() if line.strip()]


def score(name, representation, data=None, seed=0):
  gin.clear_config()
  gin.parse_config(bindings(name))
  return gin.get_configurable(name)(
      data or small_data.Factors(num_noise=1),
      small_data.reader(representation), np.random.RandomState(seed),
      artifact_dir=None)


def check(scores):
  """Checks that JSON holds the scores, and says why where there are none."""
  text = json.dumps(scores, allow_nan=False)
  assert json.loads(text) == scores
  for name, value in scores.items():
    if "null" in json.dumps(value):
      assert isinstance(scores[f"{name}_undefined"], str)
    if name.endswith("_undefined"):
      assert "null" in json.dumps(scores[name.removesuffix("_undefined")])


def test_every_metric_is_in_the_catalogue():
  assert catalogue.registered("sparse_disent.metrics.") == {
      *NAMES, *metric_catalogue.MODEL_METRICS}


@pytest.mark.parametrize("representation", REPRESENTATIONS)
@pytest.mark.parametrize("name", NAMES)
def test_json_holds_the_scores_of_any_codes(name, representation):
  check(score(name, REPRESENTATIONS[representation]))


@pytest.mark.parametrize("name", NAMES)
def test_a_report_is_made_of_each_metric_alone(name, tmp_path):
  small_runs.write_model(tmp_path)
  small_runs.write_metric(tmp_path, name, **score(name, entangled))
  made = document.make(runs.find([tmp_path]))
  assert made.sections[0].name == "scores"


@pytest.mark.parametrize("name", NAMES)
def test_a_factor_with_a_single_value(name):
  data = small_data.Factors(sizes=[1, 3], num_noise=1)
  check(score(name, lambda x: x[:, :2], data))


@pytest.mark.parametrize("name", NAMES)
def test_the_random_state_decides(name):
  one, again, other = (score(name, entangled, seed=seed) for seed in (0, 0, 1))
  assert one == again
  assert one != other


@pytest.mark.parametrize("name", NAMES)
def test_points_are_encoded_a_batch_at_a_time(name):
  sizes = []

  def function(x):
    sizes.append(len(x))
    return entangled(x)

  gin.parse_config([*bindings(name), f"{name}.batch_size = 30"])
  gin.get_configurable(name)(
      small_data.Factors(num_noise=1), small_data.reader(function),
      np.random.RandomState(0), artifact_dir=None)
  assert max(sizes) == 30


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_latents_does_not_matter(name):
  metric = metric_catalogue.METRICS[name]
  expected = score(name, entangled)
  actual = score(name, lambda x: entangled(x)[:, PERMUTATION])
  for key, value in expected.items():
    if key in metric.indices:
      assert sorted(PERMUTATION[i] for i in actual[key]) == value
      continue
    if key in metric.axes:
      value = np.take(value, PERMUTATION, axis=metric.axes[key])
    np.testing.assert_allclose(
        actual[key], value, atol=metric.atol, err_msg=key)


@pytest.mark.parametrize("name", NAMES)
def test_codes_that_are_not_finite(name):
  with pytest.raises(ValueError, match=r"not finite: latents \[1\] have val"):
    score(name, lambda x: np.where([0, 1, 0, 0], np.nan, x))


@pytest.fixture(scope="module")
def module(tmp_path_factory):
  """What `dlib_postprocess` leaves: a module, here of four pixels."""
  folder = tmp_path_factory.mktemp("representation")

  def representation():
    images = tf.placeholder(tf.float32, [None, 64, 64, 1])
    codes = images[:, 0, :4, 0] * tf.constant([1.0, 1.0, 0.0, 1.0])
    hub.add_signature("representation", {"images": images},
                      {"default": codes})

  with tf.Graph().as_default(), tf.Session() as session:
    exported = hub.Module(hub.create_module_spec(representation))
    session.run(tf.global_variables_initializer())
    exported.export(str(folder / "tfhub"), session)
  results.update_result_directory(str(folder / "results"), "postprocess", {})
  return folder


@pytest.fixture(scope="module")
def evaluated(module, tmp_path_factory):
  """A folder that holds the results of upstream's evaluation, by metric."""
  folder = tmp_path_factory.mktemp("metrics")
  for name in NAMES:
    evaluate.evaluate_with_gin(str(module), str(folder / name), gin_bindings=[
        *bindings(name), f"evaluation.evaluation_fn = @{name}",
        "evaluation.random_seed = 0", "dataset.name = 'dummy_data'"])
  return folder


@pytest.mark.parametrize("name", NAMES)
def test_upstreams_evaluation_writes_the_scores(name, evaluated):
  text = (evaluated / name / "results/json/evaluation_results.json").read_text()
  assert "NaN" not in text and "Infinity" not in text
  assert set(score(name, entangled)) <= set(json.loads(text))


def test_upstreams_aggregation_reads_undefined_scores(tmp_path, monkeypatch):
  for name, scores in (("one", {"tc": None, "tc_undefined": "infinite",
                                "mic": [[0.5, None]]}),
                       ("two", {"tc": 0.25, "mic": [[1.0, 2.0]]})):
    gin.clear_config()
    results.update_result_directory(
        str(tmp_path / name / "results"), "evaluation", scores)
  # No processes, which do not go well beside TensorFlow's threads.
  pool = types.SimpleNamespace(map=lambda *args: list(map(*args)))
  monkeypatch.setattr(aggregate_results.multiprocessing, "Pool", lambda: pool)
  aggregate_results.aggregate_results_to_json(
      f"{tmp_path}/*/results/aggregate/evaluation.json", f"{tmp_path}/all.json")
  table = aggregate_results.load_aggregated_json_results(f"{tmp_path}/all.json")
  table = table.set_index("path")
  one, two = (table.loc[f"{tmp_path}/{name}/results/aggregate/evaluation.json"]
              for name in ("one", "two"))
  tc, reason, mic = (f"evaluation_results.{key}"
                     for key in ("tc", "tc_undefined", "mic"))
  assert np.isnan(one[tc]) and two[tc] == 0.25
  assert one[reason] == "infinite" and not isinstance(two[reason], str)
  assert (one[mic], two[mic]) == ([[0.5, None]], [[1.0, 2.0]])
