"""Figures of trained models, drawn with matplotlib.

A notebook shows a figure that is the last value of a cell, and
`figure.savefig("name.png")` writes it.
"""
from collections.abc import Sequence

import gin
import numpy as np
from disentanglement_lib.evaluation.metrics import utils
from matplotlib import figure as figure_lib
from PIL import Image

from sparse_disent.common import checks
from sparse_disent.report import charts
from sparse_disent.report import drawing
from sparse_disent.report import latents as latents_lib
from sparse_disent.report import sheets as report_sheets
from sparse_disent.trained import model as model_lib
from sparse_disent.trained import sheets
from sparse_disent.trained import traversals

# Inches of an image of a sheet, and of the labels beside it.
_CELL, _LABEL = 0.62, 1.3
# Inches of a mask's width, and of the title above it.
_MASK, _TITLE = 2.2, 0.55
_MASK_COLUMNS = 3


def draw_reconstructions(model: model_lib.TrainedModel, images: np.ndarray, *,
                         num_columns: int = 9) -> figure_lib.Figure:
  """Draws images above their reconstructions.

  With groups there is a row for each prefix: the first group, the first two
  groups and so on, with 0 for the latents of later groups.

  Args:
    model: The return value of `load`.
    images: [num_images, height, width, channels], in [0, 1].
    num_columns: Number of images to draw, from the first on.

  Returns:
    A matplotlib figure.

  Raises:
    ValueError: Images are not those of the model, or too few.
  """
  _check_images(model, images, num_columns)
  shown = np.asarray(images[:num_columns])
  numbers = range(1, len(model.groups) + 1)
  names = ["group 1", *(f"groups 1 to {i}" for i in numbers[1:])]
  names[-1] = "reconstruction"
  rows = [shown, *(model.reconstruct(shown, num_groups=i) for i in numbers)]
  return _figure(list(map(_strip, rows)), ["original", *names])


def draw_traversals(model: model_lib.TrainedModel, images: np.ndarray, *,
                    num_columns: int = 9) -> figure_lib.Figure:
  """Draws one image decoded while one latent moves, a row for each latent.

  A latent goes through the middle 95 % of its values on all `images`. Rows are
  sorted by KL divergence from the prior, which the labels state in nats. Pruned
  latents come last and are grey; three of them are drawn. Classes share a row.

  Args:
    model: The return value of `load`.
    images: [num_images, height, width, channels], in [0, 1]; the first one is
      decoded. A hundred or more give a good range.
    num_columns: Number of values of a latent.

  Returns:
    A matplotlib figure.

  Raises:
    ValueError: Images are not those of the model.
  """
  _check_images(model, images, 1)
  checks.check(checks.is_integer(num_columns, 2), "num_columns",
               "be an integer of 2 or more", num_columns, "Leave it out for 9.")
  mean, logvar = model.posterior(images)
  rows = traversals.rows(mean, logvar, num_classes=model.num_classes,
                         num_columns=num_columns)
  strips, names = [], []
  for place in latents_lib.for_pictures(
      latents_lib.Latent(i, row["kl"], row["pruned"])
      for i, row in enumerate(rows)):
    row = rows[place.index]
    strip = _strip(model.decode(traversals.codes(mean[0], row)))
    strips.append(report_sheets.grey(strip) if row["pruned"] else strip)
    names.append(f"{row['name']}, pruned" if row["pruned"] else
                 f"{row['name']}, {row['kl']:.2f} nats")
  return _figure(strips, names)


def draw_masks(model: model_lib.TrainedModel) -> figure_lib.Figure:
  """Draws the test-time channel masks, one picture for each layer.

  One cell is a connection of an input channel and an output channel, or an
  output channel. Dark is open, white is closed. The title has the share of
  connections that are not exactly 0, and below it stands which channels go down
  and which across.

  Args:
    model: The return value of `load`.

  Returns:
    A matplotlib figure.

  Raises:
    ValueError: The model has no masked layers.
  """
  masks = model.masks
  if not masks:
    raise ValueError(
        f"{model!r} has no masks to draw: train with masked networks, such as "
        "encoder.encoder_fn = @masked_conv_encoder. Compaction removes masks.")
  names = sorted(masks, key=lambda name: not name.startswith("encoder"))
  turned = [report_sheets.lay_out(masks[name]) for name in names]
  pictures = [report_sheets.mask(values) for values, _ in turned]
  heights = [_MASK * max(picture.height / picture.width for picture in
                         pictures[first:first + _MASK_COLUMNS]) + _TITLE
             for first in range(0, len(names), _MASK_COLUMNS)]
  with drawing.style():
    figure = figure_lib.Figure(
        figsize=(_MASK * _MASK_COLUMNS, sum(heights)), layout="constrained")
    places = figure.subplots(
        len(heights), _MASK_COLUMNS, squeeze=False,
        gridspec_kw={"height_ratios": heights}).ravel()
    for axes in places:
      axes.set_axis_off()
      axes.set_anchor("NW")
    for axes, name, picture, (values, size) in zip(
        places, names, pictures, turned, strict=False):
      axes.imshow(picture, cmap="gray", vmin=0, vmax=255)
      share = 100 * np.count_nonzero(values) / values.size
      axes.set_title(f"{name}: {share:.0f} % open", pad=15)
      axes.annotate(size, (0, 1), xycoords="axes fraction", xytext=(0, 4),
                    textcoords="offset points", size=7)
  return figure


def draw_mutual_information(
    codes: np.ndarray, factors: np.ndarray, *,
    names: Sequence[str] | None = None,
    num_bins: int = 20) -> figure_lib.Figure:
  """Draws the mutual information of latents and factors, as a matrix.

    I(d_i, f_j) / H(f_j)

  d_i is latent i in bins of equal width, as upstream's `mig` has it, and f_j
  is factor j. 0 is none, 1 is all of the factor. The best disentanglement has
  one dark cell in each row that has any, and in each column.

  Args:
    codes: [num_points, num_latent], of any model.
    factors: Integers [num_points, num_factors].
    names: Names of the factors; None for numbers.
    num_bins: Number of bins of a latent.

  Returns:
    A matplotlib figure.

  Raises:
    ValueError: The arrays do not belong together.
  """
  codes, factors = np.asarray(codes, np.float64), np.asarray(factors)
  if codes.ndim != 2 or factors.ndim != 2 or len(codes) != len(factors):
    raise ValueError(
        "codes and factors must be matrices with a row for each point, but "
        f"have the shapes {codes.shape} and {factors.shape}.")
  if names is None:
    names = [f"factor {i}" for i in range(factors.shape[1])]
  checks.check(len(names) == factors.shape[1], "names",
               f"have {factors.shape[1]} entries, one for each factor",
               list(names), "Leave it out for numbers.")
  bins = gin.get_configurable("histogram_discretizer")(
      codes.T, num_bins=num_bins)
  entropies = utils.discrete_entropy(factors.T)
  information = utils.discrete_mutual_info(bins, factors.T)
  shares = np.divide(information, entropies, where=entropies > 0,
                     out=np.zeros_like(information))
  with drawing.style():
    return charts.matrix(
        "Mutual information / entropy", np.clip(shares, 0.0, 1.0),
        [f"z{i}" for i in range(codes.shape[1])], names)


def _check_images(model, images, number):
  channels = model.observation_shape[-1]
  checks.check(
      len(model.observation_shape) == 3 and channels in (1, 3),
      "observations", "be images of one or three channels to be drawn",
      model.observation_shape, "Use `encode` and `decode` for other data.")
  checks.check(
      checks.is_integer(number, 1) and number <= len(images), "num_columns",
      f"be an integer from 1 to {len(images)}, the number of images", number,
      "Give more images, or fewer columns.")


def _strip(images):
  return Image.fromarray(sheets.arrange([images]))


def _figure(strips, names):
  """Draws rows of images with their names beside them."""
  height = strips[0].height
  step = height + sheets.GAP
  sheet = report_sheets.stack(
      [_padded(strip.convert("RGBA"), strips) for strip in strips], sheets.GAP)
  scale = _CELL / height
  with drawing.style():
    figure = figure_lib.Figure(
        figsize=(_LABEL + scale * sheet.width, scale * sheet.height),
        layout="constrained")
    axes = figure.subplots()
    axes.imshow(sheet, interpolation="none")
    axes.set_yticks([i * step + height / 2 for i in range(len(names))], names)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
  return figure


def _padded(strip, strips):
  """Widens a row, as stacking asks for rows of one width."""
  wide = Image.new("RGBA", (max(other.width for other in strips), strip.height))
  wide.paste(strip)
  return wide
