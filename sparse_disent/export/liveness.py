"""Finds the constant channels and the needed channels of a network."""
import dataclasses

import numpy as np

from sparse_disent.export import nodes


@dataclasses.dataclass(frozen=True)
class Plan:
  """The channels of a network that have to be computed.

  Attributes:
    network: A `nodes.Network`.
    constants: Dictionary from its nodes to `nodes.Constants`.
    needed: Dictionary from its nodes to [channels], True for channels that have
      to be computed; constant channels are False.
  """

  network: nodes.Network
  constants: dict
  needed: dict


def plan(network: nodes.Network, wanted: np.ndarray | None = None) -> Plan:
  """Finds constants, forwards, and then needed channels, backwards.

  Args:
    network: A `nodes.Network`.
    wanted: [channels], True for the channels of each output that are returned;
      None for all.

  Returns:
    plan: A `Plan`.
  """
  constants = {}
  for node in network.order:
    constants[node] = node.constants(*_of_inputs(constants, node))
  needed = {node: np.zeros(node.shape[-1], bool) for node in network.order}
  for output in network.outputs.values():
    needed[output] |= True if wanted is None else wanted
    needed[output] &= ~constants[output].mask
  for node in reversed(network.order):
    reads = node.reads(needed[node], *_of_inputs(constants, node))
    for source, mask in zip(node.inputs, reads, strict=True):
      needed[source] |= mask & ~constants[source].mask
  return Plan(network, constants, needed)


def _of_inputs(constants, node):
  return [constants[source] for source in node.inputs]
