"""The comparison of representations with and without constant latents."""
import importlib.util

import conftest
import pytest

PATH = conftest.ROOT / "benchmarks" / "constant_latents.py"


@pytest.fixture(scope="module")
def constant_latents():
  spec = importlib.util.spec_from_file_location(PATH.stem, PATH)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module


def changes(module, metric, monkeypatch):
  """With fewer points than the benchmark has."""
  parameters, others = module.METRICS[metric]
  monkeypatch.setitem(module.METRICS, metric, (
      {**parameters, "num_train": 200,
       **({"num_test": 100} if "num_test" in parameters else {})}, others))
  return module.changes(metric)


def test_modularity_is_a_mean_that_counts_constants_as_0(
    constant_latents, monkeypatch):
  found = changes(constant_latents, "modularity_explicitness", monkeypatch)
  assert set(found) == {"modularity_score"}
  without, beside = found["modularity_score"]
  assert beside == pytest.approx(without * 3 / 5)


def test_mutual_information_is_a_mean_over_pairs(constant_latents, monkeypatch):
  found = changes(constant_latents, "unsupervised_metrics", monkeypatch)
  assert set(found) == {"mutual_info_score"}
  without, beside = found["mutual_info_score"]
  assert beside == pytest.approx(without * (3 * 2) / (5 * 4))


@pytest.mark.parametrize(
    "metric", ["mig", "irs", "mic", "total_correlation", "factor_sparsity",
               "infomec", "information_scores", "dci_lasso",
               "dci_random_forest"])
def test_others_do_not_change(constant_latents, monkeypatch, metric):
  assert not changes(constant_latents, metric, monkeypatch)
