"""Summary of a compaction, as text and as numbers for result files."""
import dataclasses

import numpy as np

from sparse_disent.common import counts
from sparse_disent.common import text_table
from sparse_disent.export import equality
from sparse_disent.export import images
from sparse_disent.export import linear
from sparse_disent.export import module

_TITLES = {
    "parameters": "parameters",
    "bytes": "bytes of tfhub",
    "flops": "FLOPs",
    "milliseconds": "ms",
}


@dataclasses.dataclass(frozen=True)
class Summary:
  """The facts on a compaction.

  Attributes:
    compacted: The `module.Compacted`.
    layers: Dictionary from layers that are left to the numbers of their inputs
      and outputs.
    difference: The largest difference of the two modules; see `equality`.
    has_real_images: Whether the modules were compared on images of a data set.
    data: Name of that data set, or the reason why there are no such images.
    costs: Dictionary from names to pairs of values, before and after.
  """

  compacted: module.Compacted
  layers: dict
  difference: float
  has_real_images: bool
  data: str
  costs: dict

  @property
  def latents(self) -> np.ndarray:
    """[num_latent], True for latents that the compacted code has."""
    return self.compacted.latents

  def as_dict(self) -> dict:
    """Returns the entries of the result file: lists, numbers and text."""
    numbers = {f"{name}.{when}": value for name, pair in self.costs.items()
               for when, value in zip(("before", "after"), pair, strict=True)}
    return {
        "latents": np.flatnonzero(self.latents).tolist(),
        "pruned_latents": np.flatnonzero(self.compacted.pruned).tolist(),
        "difference": self.difference,
        "compared_with": self._compared(),
        **numbers,
    }

  def text(self) -> str:
    """Returns the table that the command prints."""
    rows = [("", "before", "after", "ratio"), *map(self._row, self.costs)]
    return "\n".join([
        *text_table.lines(rows), "",
        "FLOPs: 2 x multiply-adds of matrix products and convolutions, one "
        "example.", f"ms: batch of {images.NUMBER}, median, both modules in "
        "turn.", "", *self._layer_lines(), "",
        f"Same outputs within {self.difference:.1e} (at most "
        f"{equality.TOLERANCE:.0e} of the largest value) on {self._compared()}."
    ])

  def _layer_lines(self):
    """Lines on layers that are smaller, and on gates that freed nothing."""
    sizes = _sizes(self.compacted.model, self.layers)
    latents = (self.latents.size, self.latents.sum())
    changed = [("latents", _change(latents, ""))] + [
        (layer, ", ".join(filter(None, [
            _change(inputs, " inputs"), _change(outputs, " outputs")])))
        for layer, (inputs, outputs) in sizes.items()]
    rows = [(layer, text) for layer, text in changed if text]
    return text_table.lines(rows, num_left=2) + _reasons(self.compacted, sizes)

  def _row(self, name):
    before, after = self.costs[name]
    title, _, signature = name.partition(".")
    title = ", ".join(filter(None, [_TITLES[title], signature]))
    form = "{:,.2f}" if isinstance(after, float) else "{:,}"
    ratio = f"{before / after:.2f}" if after else "-"
    return title, form.format(before), form.format(after), ratio

  def _compared(self):
    text = f"{images.NUMBER} images of noise and codes"
    if self.has_real_images:
      return f"{text}, {images.NUMBER} images of {self.data}"
    return f"{text}; no real images: {self.data}"


def _sizes(model, layers):
  """Dictionary from layers to (before, after) of their inputs and outputs.

  Nodes of one name count as one layer, such as the means of latents and of
  classes.
  """
  sizes = {}
  for node in model.encoder.order + model.decoder.order:
    if isinstance(node, linear.Linear):
      left = layers.get(node, (0, 0))
      inputs, outputs = sizes.get(node.name, ((0, 0), (0, 0)))
      sizes[node.name] = (
          (node.num_inputs, max(inputs[1], left[0])),
          (outputs[0] + node.shape[-1], outputs[1] + left[1]))
  return sizes


def _change(pair, unit):
  before, after = pair
  return f"{before:,} -> {after:,}{unit}" if before != after else ""


def _reasons(compacted, sizes):
  """Lines on latents and gates that freed nothing, and the reasons."""
  model, lines = compacted.model, []
  if not compacted.pruned.any():
    lines.append("No latent is pruned.")
  elif compacted.latents.all():
    pruned = counts.text(compacted.pruned.sum(), "pruned latent")
    lines.append(f"Kept in their places: {pruned}.")
  closed = {layer: mask == 0.0 for layer, mask in model.masks.items()}
  if not closed:
    lines.append("There are no channel masks.")
  lines += _list("No gate is closed:", [
      layer for layer, mask in closed.items() if not mask.any()])
  lines += _list(
      "Closed connections that free no channel and stay as zeros (gates with "
      'granularity "channel" free theirs):', [
          f"{layer} {mask.sum():,} of {mask.size:,}"
          for layer, mask in closed.items() if layer in sizes
          and mask.any() and not _whole_channels(mask)])
  unknown = model.encoder.unknown + model.decoder.unknown
  lines += _list(
      "Kept as it is, up to operations that compaction does not know:", unknown)
  return lines + _list("Gates closed in what is kept as it is:", [
      f"{layer} {mask.sum():,} of {mask.size:,}"
      for layer, mask in closed.items() if layer not in sizes and mask.any()])


def _whole_channels(closed):
  """Tells whether an input or output channel has all of its gates closed."""
  return closed.ndim == 1 or closed.all(axis=0).any() or (
      closed.all(axis=1).any())


def _list(title, entries):
  return [title, *(f"  {entry}" for entry in entries)] if entries else []
