"""Which channels latents reach, and are reached from, through open connections.

A layer's connections are Booleans [in, out]. Between a convolution and a dense
layer images are flattened, channels last, or the other way round: unit u of a
dense layer is a position of channel u % num_channels.
"""
import re

import numpy as np

from sparse_disent.layers import layer_names
from sparse_disent.ops import masks


def paths(connections):
  """Follows all open connections through a chain of layers.

    P_1 = C_1,  P_k[i, o] = any over c of P_(k-1)[i, c] and C_k[c, o]

  Args:
    connections: C, list of Booleans [in_k, out_k], in the order of the data.

  Returns:
    paths: P, list of Booleans [in_1, out_k]: which outputs of layer k each
      input of the first layer reaches.

  Raises:
    ValueError: If the outputs of a layer cannot be the inputs of the next.
  """
  result = [connections[0]]
  for layer in connections[1:]:
    result.append(_aligned(result[-1], len(layer)) @ layer)
  return result


def from_latents(connections, kernel_shapes):
  """Which outputs of the decoder's layers each latent reaches.

  Args:
    connections: Dictionary from masked layers ("decoder/d1") to Booleans
      [in, out].
    kernel_shapes: Dictionary from all layers to shapes.

  Returns:
    paths: Dictionary from layers ("d1") to Booleans [num_latent, outputs of the
      layer], in the order of the data; None if there is no masked decoder, or
      one whose layers' order is not known.
  """
  networks = _networks(
      "decoder", layer_names.DECODERS, connections, kernel_shapes)
  return networks and dict(zip(
      networks[0], paths(list(networks[0].values())), strict=True))


def to_latents(connections, kernel_shapes):
  """Which inputs of the encoder's layers reach each latent's mean.

  Args:
    connections: As in `from_latents`.
    kernel_shapes: As in `from_latents`.

  Returns:
    paths: Dictionary from layers ("means") to Booleans [num_latent, inputs of
      the layer], against the order of the data; None as in `from_latents`. The
      latents of several trunks come one after the other.
  """
  networks = _networks(
      "encoder", layer_names.ENCODERS, connections, kernel_shapes)
  if networks is None:
    return None
  trunks = []
  for network in networks:
    del network["log_var"]
    backwards = dict(reversed(network.items()))
    trunks.append(dict(zip(backwards, paths(
        [matrix.T for matrix in backwards.values()]), strict=True)))
  return {layer: np.concatenate([trunk[layer] for trunk in trunks])
          for layer in trunks[0]}


def _networks(side, known, connections, kernel_shapes):
  """The networks of one side: dictionaries from layers to connections.

  Args:
    side: "encoder" or "decoder".
    known: Dictionary to names of layers, in the order of the data.
    connections: As in `from_latents`.
    kernel_shapes: As in `from_latents`.

  Returns:
    networks: List with one item a trunk, or None.
  """
  scopes = {layer.rpartition("/")[0] for layer in connections
            if layer.startswith(f"{side}/")}
  networks = []
  for scope in sorted(scopes, key=_trunk_number):
    layers = {layer.rpartition("/")[2] for layer in kernel_shapes
              if layer.rpartition("/")[0] == scope}
    order = next((names for names in known.values() if set(names) == layers),
                 None)
    if order is None:
      return None
    networks.append({name: _connections(
        f"{scope}/{name}", side, connections, kernel_shapes)
        for name in order})
  return networks or None


def _trunk_number(scope):
  """Sorts "encoder/group_2" before "encoder/group_10"."""
  return [int(number) for number in re.findall(r"\d+", scope)]


def _connections(layer, side, connections, kernel_shapes):
  """A layer's connections, all open if it has no mask."""
  if layer in connections:
    return connections[layer]
  shape = kernel_shapes[layer]
  transposed = side == "decoder" and len(shape) == 4
  return np.ones(masks.shape(shape, "connection", transposed=transposed), bool)


def _aligned(reached, num_inputs):
  """Turns outputs [n, num_outputs] into the next layer's inputs."""
  num_outputs = reached.shape[1]
  if num_inputs % num_outputs == 0:
    return np.tile(reached, num_inputs // num_outputs)
  if num_outputs % num_inputs == 0:
    return reached.reshape([len(reached), -1, num_inputs]).any(axis=1)
  raise ValueError(
      f"{num_outputs} outputs of a layer cannot be {num_inputs} inputs of the "
      "next: give layers in the order of the data.")
