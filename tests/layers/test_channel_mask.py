"""Which layers carry the gate, and messages."""
import gin
import pytest
from support.small_layers import message

from sparse_disent.layers import ChannelMask
from sparse_disent.layers import RandomGate
from sparse_disent.layers import l1_gate

KNOWN, DEFAULT, ELSEWHERE = ["e1", "e2", "means"], ["e2", "means"], {"d1"}


def carrying(**arguments):
  gate = RandomGate()
  gates = ChannelMask(gate=gate, **arguments).gates(KNOWN, DEFAULT, ELSEWHERE)
  assert list(gates) == KNOWN
  assert all(value in (gate, None) for value in gates.values())
  return [name for name, value in gates.items() if value is gate]


def test_layers():
  assert carrying() == ["e2", "means"]
  assert carrying(layers=["means", "e1"]) == ["e1", "means"]
  assert carrying(layers=("e1", "d1")) == ["e1"]
  assert carrying(layers=[]) == []


@pytest.mark.parametrize("granularity, layers, expected", [
    ("connection", None, ["e2", "means"]), ("channel", None, ["e2"]),
    ("channel", ["means"], ["means"])])
def test_channels_of_heads_are_masked_on_demand_only(
    granularity, layers, expected):
  gate = RandomGate(granularity=granularity)
  gates = ChannelMask(gate=gate, layers=layers).gates(
      KNOWN, DEFAULT, ELSEWHERE, heads=("means", "log_var"))
  assert [name for name in KNOWN if gates[name] is gate] == expected


def test_gin_makes_the_gate():
  gin.parse_config("""
    channel_mask.gate = @l1_gate()
    channel_mask.layers = ["e2"]
  """)
  gates = ChannelMask().gates(KNOWN, DEFAULT, ELSEWHERE)
  assert isinstance(gates["e2"], l1_gate.L1Gate)
  assert gates["means"] is None


def test_without_a_gate_no_layer_has_one():
  gates = ChannelMask(gate=None).gates(KNOWN, DEFAULT, ELSEWHERE)
  assert gates == dict.fromkeys(KNOWN)


@pytest.mark.parametrize("arguments, expected", [
    ({"gate": RandomGate}, f"channel_mask.gate must be a gate, but is "
     f"{RandomGate!r}. Write channel_mask.gate = @hard_concrete_gate() with "
     "the parentheses, or None for dense networks."),
    ({"gate": RandomGate(), "layers": "e2"}, "channel_mask.layers must be a "
     "list of names of layers, but is 'e2'. Write channel_mask.layers = "
     '["e2", "e3"], or leave it out.'),
    ({"gate": RandomGate(), "layers": 2}, "channel_mask.layers must be a list "
     "of names of layers, but is 2. Write channel_mask.layers = "
     '["e2", "e3"], or leave it out.'),
    ({"gate": RandomGate(), "layers": [2]}, "channel_mask.layers must be a "
     "list of names of layers, but is [2]. Write channel_mask.layers = "
     '["e2", "e3"], or leave it out.'),
])
def test_messages(arguments, expected):
  with pytest.raises(ValueError) as error:
    ChannelMask(**arguments)
  assert message(error) == expected


def test_unknown_layer():
  mask = ChannelMask(gate=RandomGate(), layers=["e2", "e7"])
  with pytest.raises(ValueError) as error:
    mask.gates(KNOWN, DEFAULT, ELSEWHERE)
  assert str(error.value) == (
      "channel_mask.layers must name layers of the networks, but holds 'e7'. "
      "This one has e1, e2, means.")
