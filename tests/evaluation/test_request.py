import pytest

from sparse_disent.evaluation import request

HEAD = "evaluation.evaluation_fn = @mig\nevaluation.random_seed = 5\n"


@pytest.fixture
def protocol(tmp_path):
  for folder, text in (
      ("metric_configs", HEAD + "mig.num_train = %size\nsize = 10"),
      ("postprocess_configs", "postprocess.postprocess_fn = "
       "@mean_representation\npostprocess.random_seed = 0")):
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "m.gin").write_text(
        text + "\ndataset.name = 'auto'")
  return str(tmp_path)


def test_seeds_follow_the_protocols_own(protocol):
  found = request.read(protocol, seeds=3).metrics
  assert [(name, each.seed, each.bindings) for name, each in found.items()] == [
      ("m", 5, ()), ("m_seed_6", 6, ("evaluation.random_seed = 6",)),
      ("m_seed_7", 7, ("evaluation.random_seed = 7",))]


def test_bindings_are_those_of_every_metric(protocol):
  found = request.read(protocol, seeds=2, gin_bindings=[
      "evaluation.random_seed = 1", "size = 3"])
  assert found.bindings == ("evaluation.random_seed = 1", "size = 3")
  assert {name: each.seed for name, each in found.metrics.items()} == {
      "m": 1, "m_seed_2": 2}


@pytest.mark.parametrize("arguments, message", [
    ({"seeds": 0}, "seeds must be a positive integer, but is 0"),
    ({"seeds": True}, "seeds must be a positive integer, but is True"),
    ({"gin_bindings": ["mig.num_train"]},
     "'mig.num_train' is not a gin binding: .* Give one such as"),
    ({"gin_bindings": ["migg.num_train = 3"]}, "No configurable matching"),
    ({"gin_bindings": ["mig.num_trai = 3"]}, "named 'num_trai'"),
    ({"gin_bindings": ["dataset.name = 'cars3d'"]},
     "dataset.name cannot be bound: a model is evaluated on the data set"),
    ({"metrics": ["n"]}, "has no metric 'n', only m. Did you mean 'm'|only m.")
])
def test_invalid_requests(protocol, arguments, message):
  with pytest.raises(ValueError, match=message):
    request.read(protocol, **arguments)
