"""Paths through open connections, between latents and channels.

A layer's connections are Booleans [in, out]. Between a convolution and a dense
layer feature maps are flattened with channels last, so that unit u of the dense
layer is a position of channel u % num_channels.
"""
import re

import numpy as np

from sparse_disent.layers import layer_names
from sparse_disent.ops import masks


def paths(connections: list[np.ndarray]) -> list[np.ndarray]:
  """Follows all open connections through a chain of layers.

    P_1 = C_1,  P_k[i, o] = any over c of P_(k-1)[i, c] and C_k[c, o]

  Args:
    connections: C, list of Booleans [in_k, out_k], in the order of the data.

  Returns:
    paths: P, list of Booleans [in_1, out_k], True where an input of the first
      layer reaches an output of layer k.

  Raises:
    ValueError: If the outputs of a layer cannot be the inputs of the next.
  """
  result = [connections[0]]
  for layer in connections[1:]:
    result.append(_aligned(result[-1], len(layer)) @ layer)
  return result


def from_latents(
    connections: dict[str, np.ndarray],
    kernel_shapes: dict[str, list[int]]) -> dict[str, np.ndarray] | None:
  """Finds the outputs of the decoder's layers that each latent reaches.

  Args:
    connections: Dictionary from masked layers ("decoder/d1") to Booleans
      [in, out].
    kernel_shapes: Dictionary from all layers to the shapes of their kernels.

  Returns:
    paths: Dictionary from layers ("d1") to Booleans [num_latent, outputs of the
      layer], from the latents to the image. None if there is no masked decoder,
      or if the order of its layers is not known.
  """
  networks = _networks(
      "decoder", layer_names.DECODERS, connections, kernel_shapes)
  return networks and dict(zip(
      networks[0], paths(list(networks[0].values())), strict=True))


def to_latents(
    connections: dict[str, np.ndarray],
    kernel_shapes: dict[str, list[int]]) -> dict[str, np.ndarray] | None:
  """Finds the inputs of the encoder's layers that reach each latent's mean.

  Args:
    connections: As in `from_latents`.
    kernel_shapes: As in `from_latents`.

  Returns:
    paths: Dictionary from layers ("means") to Booleans [num_latent, inputs of
      the layer], from the latents back to the image. None as in `from_latents`.
      If the encoder has several trunks, their latents are concatenated.
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
  """Finds the encoder's or the decoder's networks and orders their layers.

  Args:
    side: "encoder" or "decoder".
    known: Dictionary from networks to the names of their layers, in the order
      of the data.
    connections: As in `from_latents`.
    kernel_shapes: As in `from_latents`.

  Returns:
    networks: List with a dictionary from layers to connections for each trunk;
      None if there is none or an order is not known.
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
  """Sort key that puts "encoder/group_2" before "encoder/group_10"."""
  return [int(number) for number in re.findall(r"\d+", scope)]


def _connections(layer, side, connections, kernel_shapes):
  """A layer's connections; all are open if it has no mask."""
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
