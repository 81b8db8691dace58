"""Sections with images: reconstructions, traversals and masks."""
import numpy as np

from sparse_disent.common import counts
from sparse_disent.common import npz_files
from sparse_disent.report import blocks
from sparse_disent.report import latents
from sparse_disent.report import sheets
from sparse_disent.results import damage
from sparse_disent.results import models as models_lib
from sparse_disent.results import summary

# File of the metric `connectivity`.
_MASKS = "masks.npz"
_LARGEST_MASKS = 2**28


def reconstructions(models: list[models_lib.Model]) -> blocks.Section | None:
  """Returns the section with originals above reconstructions, or None."""
  content = []
  for model, run, opened, rows in _opened(models, "reconstructions"):
    names = opened.rows["reconstructions"]
    strips = [
        _strip(row, name, "", None,
               counts.text(_columns(opened, row), "image")
               + " of the data set" if i == 0 else
               f"The same images as the model decodes them: {name}")
        for i, (row, name) in enumerate(zip(rows, names, strict=True))]
    content += [*_heading(models, model), blocks.Strips(
        _name(models, model, "reconstructions"), model.which(run),
        sheets.png(sheets.stack(rows, opened.gap)), strips, aligned=True)]
  explanation = blocks.Text(
      "Images of the data set, and their reconstructions after encoding and "
      "decoding.")
  return None if not content else blocks.Section(
      "reconstructions", "Reconstructions", [explanation, *content])


def traversals(models: list[models_lib.Model]) -> blocks.Section | None:
  """Returns the section with a row for each latent, or None."""
  content = []
  for model, run, opened, images in _opened(models, "traversals"):
    content += [*_heading(models, model),
                _traversals(models, model, run, opened, images)]
  explanation = blocks.Text(
      "One image decoded while one latent moves through the middle of its "
      "values in the data and the others stay. Sorted by KL divergence from "
      "the prior, which the bars show; pruned latents are grey.")
  return None if not content else blocks.Section(
      "traversals", "Latent traversals", [explanation, *content])


def masks(models: list[models_lib.Model]) -> blocks.Section | None:
  """Returns the section with the masks of all layers, or None."""
  content = []
  for model in models:
    run, layers = model.first(_masks_of)
    if run is not None:
      figures = [_mask(models, model, layer, values)
                 for layer, values in layers.items()]
      content += [*_heading(models, model), *_said(model.which(run)),
                  blocks.Grid(figures), *_layers(run)]
  explanation = blocks.Text(
      "Each picture is the mask of a layer, one cell a connection of an input "
      "channel and an output channel. The darker, the further it is open: "
      "white is 0, the darkest is 1, and gates that learn may lie between. All "
      "above 0 count as open. A pixel for several cells is their mean.")
  return None if not content else blocks.Section(
      "masks", "Channel masks", [explanation, *content])


def _opened(models, name):
  """Yields model, run, `Sheets`, and the rows of a sheet that is whole."""
  for model in models:
    run, found = model.first(lambda run: _cut(run, name))
    if run is not None:
      yield model, run, *found


def _cut(run, name):
  opened = sheets.of_run(run)
  if opened is not None:
    with damage.leaving_out(run.left_out):
      return opened, opened.cut(name)
  return None


def _masks_of(run):
  """The masks in the first file of a run, by layer; None if there are none."""
  with damage.leaving_out(run.left_out):
    for path in run.artifacts(_MASKS)[:1]:
      return _read_masks(path)
  return None


def _traversals(models, model, run, opened, images):
  rows = opened.rows["traversals"]
  highest = max([row["kl"] for row in rows] + [1e-12])
  active, pruned, sheet = [], [], []
  order = latents.for_pictures(
      latents.Latent(i, row["kl"], row["pruned"])
      for i, row in enumerate(rows))
  for place in order:
    row, image = rows[place.index], images[place.index]
    if row["pruned"]:
      image = sheets.grey(image).convert(image.mode)
      pruned.append(_strip(
          image, row["name"], "pruned", None,
          f"Latent {row['name']} is pruned: all images are the same"))
    else:
      active.append(_strip(
          image, row["name"], f"{row['kl']:.2f} nats", row["kl"] / highest,
          _row_in_words(row, opened.groups), _group(row, opened.groups)))
    sheet.append(image)
  return blocks.Strips(
      _name(models, model, "traversals"), _caption(
          opened, rows, len(pruned), model.which(run)),
      sheets.png(sheets.stack(sheet, opened.gap)), active, pruned)


def _caption(opened, rows, drawn, which):
  low, high = opened.description["traversals"]["quantiles"]
  pruned = sum(row["pruned"] for row in rows)
  # The classes are one row, but no latent that moves.
  classes = sum(len(row["latents"]) > 1 for row in rows)
  moved = counts.text(len(rows) - pruned - classes, "latent")
  text = (f"{moved} from the {100 * low:g} % to the {100 * high:g} % quantile "
          f"of their values{', and the classes' * bool(classes)}; "
          f"{pruned} pruned"
          f"{f', {drawn} of them drawn' if drawn < pruned else ''}.")
  return f"{text} {which}".strip()


def _row_in_words(row, groups):
  if len(row["latents"]) > 1:
    return f"The {len(row['latents'])} classes, one after the other"
  low, high = row["values"][0], row["values"][-1]
  group = _group(row, groups)
  return (f"Latent {row['name']}{' of ' + group if group else ''}, KL "
          f"{row['kl']:.2f} nats, from {summary.text(low)} to "
          f"{summary.text(high)}")


def _group(row, groups):
  """Name of the group of a latent; "" if there are no groups."""
  if not groups:
    return ""
  ends = np.cumsum(groups)
  return f"group {np.searchsorted(ends, row['latents'][0], side='right') + 1}"


def _strip(image, label, detail, share, alt, group=""):
  return blocks.Strip(label, ", ".join(filter(None, (detail, group))), share,
                      alt, sheets.png(image), *image.size)


def _columns(opened, row):
  return (row.width + opened.gap) // (opened.cell[1] + opened.gap)


def _read_masks(path):
  found = npz_files.read(path, largest=_LARGEST_MASKS)
  for layer, values in found.items():
    if values.dtype.kind not in "biuf" or values.ndim not in (1, 2) or (
        not values.size):
      raise ValueError(
          f"'{path}' cannot be read: {layer!r} is no mask, but {values.dtype} "
          f"of shape {values.shape}. Delete it or make it again.")
  return {name: found[name] for name in _in_order(found)}


def _in_order(layers):
  """Layers in the order of the data: those of the encoder first."""
  return sorted(layers, key=lambda layer: not layer.startswith("encoder"))


def _mask(models, model, layer, values):
  values, size = sheets.lay_out(values)
  opened = values[values != 0]
  text = f"{layer}: {size}, {100 * opened.size / values.size:.1f} % open"
  if opened.size and not np.all(opened == 1):
    text += f", at {opened.mean():.2f} on average"
  return blocks.Figure(
      _name(models, model, blocks.slug(f"mask-{layer}")), text,
      f"Mask of layer {text}", sheets.png(sheets.mask(values)))


def _layers(run):
  """Table of open connections and dead channels, if the metric has them."""
  for evaluation in run.evaluations:
    layers = evaluation.results.get("layers")
    if "num_masked_layers" in evaluation.results and layers:
      names = ("density", "num_inputs", "num_dead_inputs", "num_outputs",
               "num_dead_outputs")
      return [blocks.Table(
          "Masked layers: fraction of open connections, and channels without "
          "any.", ["Layer", "Density", "Inputs", "Dead inputs", "Outputs",
                   "Dead outputs"],
          [[layer, *(summary.text(layers[layer][name]) for name in names)]
           for layer in _in_order(layers)])]
  return []


def _heading(models, model):
  return [blocks.Heading(f"{model.key} {model.name}")] if (
      len(models) > 1) else []


def _name(models, model, name):
  return f"{name}-{model.key}" if len(models) > 1 else name


def _said(text):
  return [blocks.Text(text)] if text else []
