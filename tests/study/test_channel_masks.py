import collections

import conftest
import numpy as np
import pytest

from sparse_disent.study import channel_masks


@pytest.fixture(scope="module")
def study():
  return channel_masks.study()


def test_sizes(study):
  # 2 networks x (6 random + 6 magnitude + 6 and 3 L1 + 3 hard concrete
  # + 6 tickets) + 7 dense models, x 8 betas x 10 seeds.
  assert len(study.models) == (2 * 30 + 7) * 8 * 10
  names = collections.Counter(model["model.name"] for model in study.models)
  assert names == {"masked_encoder": 2400, "masked_both": 2400, "dense": 560}


def test_the_published_settings_are_there(study):
  varied = study.varied()
  assert varied["random_gate.sparsity"] == [.1, .25, .4, .55, .7, .85]
  assert varied["l1_gate.lambda_l1"] == [
      1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, .3, .03]
  assert varied["vae.beta"] == [1., 2., 4., 6., 8., 16., 32., 64.]
  assert varied["model.random_seed"] == list(range(10))


@pytest.mark.parametrize("gate, weight, others", [
    ("hard_concrete_gate", "lambda_l0", 3), ("l1_gate", "lambda_l1", 2)])
def test_learned_gates_are_those_that_prune(study, gate, weight, others):
  """All settings but the weight are those of the gate's gin file."""
  name = {"l1_gate": "l1"}.get(gate, "hard_concrete")
  text = (conftest.ROOT / f"gin_configs/masked_conv_{name}.gin").read_text()
  gates = [model for model in study.models
           if f"{gate}.penalty_reduction" in model]
  for model in gates:
    bound = {f"{name} = {value!r}".replace("'", '"')
             for name, value in model.items()
             if name.startswith(f"{gate}.") and not name.endswith(weight)}
    assert len(bound) == others and bound <= set(text.splitlines())
  assert len(gates) == 2 * 3 * 8 * 10


def test_no_two_seeds_share_a_random_mask(study):
  random = [model for model in study.models
            if "random_gate.sparsity" in model]
  assert all(model["random_gate.seed"] == model["model.random_seed"]
             for model in random)
  assert len(random) == 2 * 6 * 8 * 10


def test_small_dense_models_have_as_many_weights_as_a_sparse_one(study):
  widths = study.varied()["masked_network.width"]
  np.testing.assert_allclose(
      np.square(widths[1:]), 1 - np.array([.1, .25, .4, .55, .7, .85]),
      atol=1e-3)
  assert all(model["channel_mask.gate"] is None for model in study.models
             if model["model.name"] == "dense")


def test_a_ticket_differs_from_its_source_in_the_gate_alone(study):
  tickets = [number for number, model in enumerate(study.models)
             if model.get("channel_mask.gate") == "@ticket_gate()"]
  assert len(tickets) == 2 * 6 * 8 * 10
  for number in tickets:
    settings = dict(study.models[number])
    source = study.models[settings.pop("ticket_gate.path").number]
    assert {**settings, "channel_mask.gate": "@magnitude_gate()"} == source
