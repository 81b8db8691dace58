"""Counts of connections that channel masks leave open in a trained model."""
import os

import gin
import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from disentanglement_lib.data.ground_truth import ground_truth_data as gt

from sparse_disent.common import writing
from sparse_disent.layers import saved_masks
from sparse_disent.metrics import codes as codes_lib
from sparse_disent.metrics import reachability
from sparse_disent.metrics import trained_model
from sparse_disent.metrics import undefined


@gin.configurable("connectivity", denylist=codes_lib.GIVEN)
@codes_lib.codes_alone
def compute_connectivity(
    ground_truth_data: gt.GroundTruthData,
    representation_function: codes_lib.RepresentationFunction,
    random_state: np.random.RandomState, artifact_dir: str | None = None, *,
    model_dir: str | os.PathLike | None = None) -> dict:
  """Counts the open connections of the model behind a representation.

  A connection of two channels is open where the mask of evaluation and export
  is not 0. An input channel is dead if it has no open connection to any output
  of its layer; an output channel is dead if it has none to any input. Gates on
  latents are not counted here; `active_latents` reports them.

  Two files in `artifact_dir` hold one array for each layer ("encoder/e2").
  masks.npz has the masks. paths.npz has the Booleans behind the fractions
  below: [num_latent, outputs of the layer] for a decoder,
  [num_latent, inputs of the layer] for an encoder.

  Args:
    ground_truth_data: Not used.
    representation_function: Not used.
    random_state: Not used.
    artifact_dir: Directory for the two files; None writes none. The search for
      the model starts there if `model_dir` is None.
    model_dir: Directory of the trained model; None for the nearest folder
      "model" beside or above the representation.

  Returns:
    results: Dictionary with
      "num_masked_layers": Integer; 0 for a model without masks.
      "density": Fraction of the masked layers' connections that are open; 1
        without masks.
      "num_dead_inputs", "num_dead_outputs": Sums over the masked layers.
      "layers": Dictionary from masked layers to dictionaries with "density",
        "num_inputs", "num_outputs", "num_dead_inputs", "num_dead_outputs".
      "decoder_paths": Dictionary from the decoder's layers ("d1") to lists
        [num_latent]: the fraction of the layer's outputs that the latent
        reaches through open connections. The last layer's outputs are channels
        or pixels of the image.
      "latents_without_output": List of latents that reach no output.
      "encoder_paths": Dictionary from the encoder's layers ("e1") to lists
        [num_latent]: the fraction of the layer's inputs that reach the latent's
        mean. The first layer's inputs are channels or pixels of the image.
      "latents_without_input": List of latents whose mean no input reaches.
      "num_latents_without_output", "num_latents_without_input": Integers.
      "..._undefined": For each entry that is None, the reason. Paths are None
        if that side has no masks. Paths and latents are None if it has masks
        but is not one of this package's networks.

  Raises:
    ValueError: If the model is not found.
  """
  del ground_truth_data, representation_function, random_state
  model_dir = trained_model.find("connectivity", model_dir, artifact_dir)
  module = os.path.join(model_dir, "tfhub")
  masks, kernel_shapes = saved_masks.read(module), _kernel_shapes(module)
  connections = {layer: _open(mask, kernel_shapes[layer])
                 for layer, mask in sorted(masks.items())}
  paths = {"decoder": reachability.from_latents(connections, kernel_shapes),
           "encoder": reachability.to_latents(connections, kernel_shapes)}
  if connections and artifact_dir is not None:
    _save(artifact_dir, "masks.npz", masks)
    _save(artifact_dir, "paths.npz", {
        f"{side}/{layer}": reached for side in paths
        for layer, reached in (paths[side] or {}).items()})
  return {
      **_report_layers(connections),
      **_report_paths("decoder", "output", connections, paths["decoder"]),
      **_report_paths("encoder", "input", connections, paths["encoder"])}


def _kernel_shapes(module):
  """Shapes of all kernels of a module, by layer."""
  shapes = tf.train.load_checkpoint(
      hub.load_module_spec(module).checkpoint).get_variable_to_shape_map()
  return {name.removesuffix("/kernel"): shape
          for name, shape in shapes.items() if name.endswith("/kernel")}


def _open(mask, kernel_shape):
  """Open connections of a masked layer, Booleans [in, out]."""
  if mask.ndim == 1:  # One entry for each output channel.
    num_inputs = list(kernel_shape[-2:])
    num_inputs.remove(len(mask))
    mask = np.tile(mask, [*num_inputs, 1])
  return mask != 0


def _report_layers(connections):
  layers = {layer: {
      "density": float(np.mean(matrix)),
      "num_inputs": matrix.shape[0],
      "num_outputs": matrix.shape[1],
      "num_dead_inputs": int(np.sum(~matrix.any(axis=1))),
      "num_dead_outputs": int(np.sum(~matrix.any(axis=0))),
  } for layer, matrix in connections.items()}
  num_open, size = (sum(function(matrix) for matrix in connections.values())
                    for function in (np.count_nonzero, np.size))
  return {
      "num_masked_layers": len(layers),
      "density": float(num_open / size) if layers else 1.0,
      **{name: sum(layer[name] for layer in layers.values())
         for name in ("num_dead_inputs", "num_dead_outputs")},
      "layers": layers,
  }


def _report_paths(side, end, connections, paths):
  """Results for the encoder or for the decoder.

  Args:
    side: "decoder" or "encoder".
    end: "output" or "input".
    connections: Dictionary from masked layers to Booleans [in, out].
    paths: Dictionary from layers to Booleans [num_latent, channels]; the last
      layer is the one at the image. None if paths are not known.
  """
  name, cut_off = f"{side}_paths", f"latents_without_{end}"
  if paths is not None:
    ends = list(paths.values())[-1]
    latents = np.flatnonzero(~ends.any(axis=1)).tolist()
    fractions = {name: {layer: np.mean(reached, axis=1).tolist()
                        for layer, reached in paths.items()}}
  elif any(layer.startswith(f"{side}/") for layer in connections):
    reason = (f"the order of the {side}'s layers is not known, as it is none "
              "of this package's networks")
    return {key: value for key_of in (name, cut_off, f"num_{cut_off}")
            for key, value in undefined.report(key_of, reason).items()}
  else:
    latents = []
    fractions = undefined.report(
        name, f"the {side} has no masks: it is fully connected")
  return {**fractions, cut_off: latents, f"num_{cut_off}": len(latents)}


def _save(directory, name, arrays):
  with writing.new_file(
      os.path.join(directory, name), replace=True) as file:
    np.savez(file, **arrays)
