"""Figures of loaded models: pixels, labels and refusals."""
import io

import numpy as np
import pytest
from PIL import Image
from sklearn import metrics
from support import exported_runs

import sparse_disent
from sparse_disent.trained import figures

IMAGES = np.random.RandomState(0).uniform(size=[30, 64, 64, 1])
BINDINGS = """
  sparse_vae.groups = [2, 3]
  sparse_vae.latent = @l0_pair()
  l0_pair.test_gate = "median"
  encoder.encoder_fn = @masked_fc_encoder
  channel_mask.gate = @random_gate()
  random_gate.sparsity = 0.75
  random_gate.seed = 3
"""


@pytest.fixture(scope="module", name="model")
def loaded_model(tmp_path_factory):
  model_dir = tmp_path_factory.mktemp("figures") / "model"
  exported_runs.export(model_dir, BINDINGS, {
      "encoder/l0_pair/scaled_log_alpha": np.array([1.0, -2, 1, 1, 1])})
  with sparse_disent.load(model_dir) as model:
    yield model


def sheet(figure):
  """Pixels of the picture in a figure, without opacity."""
  axes, = figure.axes
  shown, = axes.get_images()
  return np.asarray(shown.get_array())[..., 0]


def labels(figure):
  axes, = figure.axes
  return [label.get_text() for label in axes.get_yticklabels()]


def cell(pixels, row, column):
  return pixels[66 * row:66 * row + 64, 66 * column:66 * column + 64]


def byte(images):
  return np.rint(255 * images[..., 0])


def test_reconstructions_stand_below_their_originals(model):
  figure = figures.draw_reconstructions(model, IMAGES, num_columns=3)
  assert labels(figure) == ["original", "group 1", "reconstruction"]
  pixels = sheet(figure)
  assert pixels.shape == (3 * 66 - 2, 3 * 66 - 2)
  for column in range(3):
    image = IMAGES[column:column + 1]
    for row, expected in enumerate([
        image, model.reconstruct(image, num_groups=1),
        model.reconstruct(image)]):
      np.testing.assert_allclose(
          cell(pixels, row, column), byte(expected[0]), atol=1)


def test_pruned_latents_are_grey_and_last(model):
  figure = figures.draw_traversals(model, IMAGES, num_columns=4)
  *names, last = labels(figure)
  assert last == "z1, pruned"
  assert sorted(name.split(",")[0] for name in names) == [
      "z0", "z2", "z3", "z4"]
  sizes = [float(name.split()[1]) for name in names]
  assert sizes == sorted(sizes, reverse=True)
  pixels = sheet(figure)
  mean, logvar = model.posterior(IMAGES)
  first = int(names[0][1])
  kl = (mean**2 + np.exp(logvar) - logvar - 1)[:, first].mean() / 2
  assert sizes[0] == pytest.approx(kl, abs=0.01)
  low, high = np.quantile(mean[:, first], [0.025, 0.975])
  ends = model.traverse(IMAGES[0], first, values=[low, high])
  for column, expected in ((0, ends[0]), (3, ends[1])):
    np.testing.assert_allclose(
        cell(pixels, 0, column), byte(expected), atol=1)
  np.testing.assert_allclose(
      cell(pixels, 4, 0),
      150 + 0.3 * (byte(model.reconstruct(IMAGES[:1])[0]) - 127.5), atol=1)


def test_masks_have_a_picture_each(model):
  figure = figures.draw_masks(model)
  titles = [axes.get_title(loc="left") for axes in figure.axes
            if axes.get_images()]
  assert [title.split(":")[0] for title in titles] == list(model.masks)
  assert titles[0] == "encoder/e2: 25 % open"


def test_axes_of_masks_are_told(model):
  """The first layer reads the pixels of an image and has 1,200 units."""
  figure = figures.draw_masks(model)
  for axes, mask in zip(figure.axes, model.masks.values(), strict=False):
    text, = axes.texts
    num_inputs, num_outputs = mask.shape
    picture, = axes.get_images()
    height, width = picture.get_array().shape
    if num_inputs > num_outputs:
      assert text.get_text() == (
          f"{num_outputs:,} outputs down, {num_inputs:,} inputs across")
      assert height < width
    else:
      assert text.get_text() == (
          f"{num_inputs:,} inputs down, {num_outputs:,} outputs across")
  figure.draw_without_rendering()


def test_a_model_without_masks(tmp_path):
  exported_runs.export(tmp_path / "model")
  with sparse_disent.load(tmp_path / "model") as model, pytest.raises(
      ValueError, match="no masks to draw: train with masked networks"):
    figures.draw_masks(model)


def test_mutual_information_is_that_of_binned_codes():
  random_state = np.random.RandomState(0)
  factors = random_state.randint([2, 3, 1], size=[400, 3])
  codes = factors[:, :2] + random_state.normal(scale=0.4, size=[400, 2])
  figure = figures.draw_mutual_information(
      codes, factors, names=["a", "b", "one"], num_bins=10)
  axes, = figure.axes
  shown = np.asarray(axes.get_images()[0].get_array())
  assert shown.shape == (2, 3) and (shown[:, 2] == 0).all()
  for i in range(2):
    edges = np.histogram_bin_edges(codes[:, i], 10)
    bins = np.digitize(codes[:, i], edges[:-1])
    for j in range(2):
      expected = metrics.mutual_info_score(bins, factors[:, j])
      share = expected / metrics.mutual_info_score(factors[:, j], factors[:, j])
      assert shown[i, j] == pytest.approx(share, abs=1e-9)
  assert [text.get_text() for text in axes.get_xticklabels()] == [
      "a", "b", "one"]


def test_arrays_that_do_not_belong_together():
  with pytest.raises(ValueError, match=r"row for each point, but have .*\(3,"):
    figures.draw_mutual_information(np.ones([3, 2]), np.ones([4, 2]))
  with pytest.raises(ValueError, match=r"names must have 2 entries.*\['a'\]"):
    figures.draw_mutual_information(
        np.ones([3, 2]), np.ones([3, 2], int), names=["a"])


def test_numbers_of_columns(model):
  for wrong in (0, 31, 2.5, True):
    with pytest.raises(ValueError, match="from 1 to 30, the number of images"):
      figures.draw_reconstructions(model, IMAGES, num_columns=wrong)
  with pytest.raises(ValueError, match="num_columns must be an integer of 2"):
    figures.draw_traversals(model, IMAGES, num_columns=1)


def test_figures_are_written_without_a_display(model):
  stream = io.BytesIO()
  figures.draw_traversals(model, IMAGES).savefig(stream, format="png")
  with Image.open(stream) as picture:
    assert picture.width > 400
