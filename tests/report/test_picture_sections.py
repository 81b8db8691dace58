import io

import numpy as np
import pytest
from PIL import Image
from support import small_runs

from sparse_disent.report import blocks
from sparse_disent.report import picture_sections
from sparse_disent.results import models
from sparse_disent.results import runs


def group(folder):
  return models.group(runs.find([folder]))


def only(section, kind):
  return [block for block in section.blocks if isinstance(block, kind)]


def brightness(strip):
  """The first pixel of a strip."""
  with Image.open(io.BytesIO(strip.png)) as image:
    assert image.size == (strip.width, strip.height)
    return np.asarray(image)[0, 0, 0]


def test_nothing_to_show(tmp_path):
  small_runs.write_model(tmp_path)
  for section in (picture_sections.reconstructions, picture_sections.traversals,
                  picture_sections.masks):
    assert not section(group(tmp_path))


def test_reconstructions_stand_below_originals(tmp_path):
  small_runs.write_model(tmp_path)
  small_runs.write_pictures(tmp_path, groups=[2, 2])
  strips, = only(picture_sections.reconstructions(group(tmp_path)),
                 blocks.Strips)
  assert [strip.label for strip in strips.strips] == [
      "original", "group 1", "reconstruction"]
  assert [brightness(strip) for strip in strips.strips] == [0, 20, 40]
  assert strips.aligned
  assert strips.strips[0].alt == "3 images of the data set"


def test_traversals_are_sorted_by_kl_and_the_pruned_greyed(tmp_path):
  small_runs.write_model(tmp_path)
  small_runs.write_pictures(tmp_path)
  strips, = only(picture_sections.traversals(group(tmp_path)), blocks.Strips)
  assert [strip.label for strip in strips.strips] == ["z2", "z0", "z3"]
  assert [strip.detail for strip in strips.strips] == [
      "2.25 nats", "0.50 nats", "0.12 nats"]
  assert [strip.share for strip in strips.strips] == pytest.approx(
      [1, 0.5 / 2.25, 0.125 / 2.25])
  # Row i of the sheet has brightness 20 i.
  assert [brightness(strip) for strip in strips.strips] == [40, 0, 60]
  pruned, = strips.small
  assert (pruned.label, pruned.detail) == ("z1", "pruned")
  assert brightness(pruned) == round(150 + 0.3 * (20 - 127.5))
  assert strips.strips[0].alt == (
      "Latent z2, KL 2.25 nats, from \u22121.500 to 1.500")
  with Image.open(io.BytesIO(strips.png)) as sheet:
    assert list(np.asarray(sheet)[::5, 0, 0]) == [40, 0, 60, 118]


def test_of_many_pruned_latents_three_are_drawn(tmp_path):
  small_runs.write_model(tmp_path)
  small_runs.write_pictures(tmp_path, rows=[
      small_runs.row("z0", [0], 1.), *(
          small_runs.row(f"z{i}", [i], 0., pruned=True) for i in range(1, 9))])
  strips, = only(picture_sections.traversals(group(tmp_path)), blocks.Strips)
  assert [strip.label for strip in strips.small] == ["z1", "z2", "z3"]
  assert strips.caption == (
      "1 latent from the 2.5 % to the 97.5 % quantile of their values; 8 "
      "pruned, 3 of them drawn.")
  with Image.open(io.BytesIO(strips.png)) as sheet:
    assert sheet.height == 4 * 5 - 1


def test_groups_and_classes_are_named(tmp_path):
  small_runs.write_model(tmp_path)
  small_runs.write_pictures(tmp_path, groups=[1, 1, 2], rows=[
      small_runs.row("z0", [0], 2.0), small_runs.row("z1", [1], 1.0),
      small_runs.row("class", [2, 3], 3.0, values=[0, 1])])
  strips, = only(picture_sections.traversals(group(tmp_path)), blocks.Strips)
  assert [(strip.label, strip.detail) for strip in strips.strips] == [
      ("class", "3.00 nats, group 3"), ("z0", "2.00 nats, group 1"),
      ("z1", "1.00 nats, group 2")]
  assert strips.strips[0].alt == "The 2 classes, one after the other"
  assert strips.small == []
  assert strips.caption == (
      "2 latents from the 2.5 % to the 97.5 % quantile of their values, and "
      "the classes; 0 pruned.")


def test_the_first_seed_with_pictures_is_shown(tmp_path):
  for seed in (0, 1):
    small_runs.write_model(tmp_path / str(seed),
                           config={"model.random_seed": str(seed)})
  small_runs.write_pictures(tmp_path / "1")
  strips, = only(picture_sections.traversals(group(tmp_path)), blocks.Strips)
  assert strips.caption.endswith("1, seed 1.")


def test_several_models_have_headings_and_names_of_their_own(tmp_path):
  for tau in "12":
    small_runs.write_model(tmp_path / tau, config={"l0_pair.tau": tau})
    small_runs.write_pictures(tmp_path / tau)
  section = picture_sections.traversals(group(tmp_path))
  assert [block.text for block in only(section, blocks.Heading)] == [
      "A masked_dipvae", "B masked_dipvae"]
  assert [block.name for block in only(section, blocks.Strips)] == [
      "traversals-A", "traversals-B"]


def test_masks_layer_by_layer(tmp_path):
  small_runs.write_model(tmp_path)
  small_runs.write_masks(
      tmp_path, decoder__d1=np.array([1.0, 0.0, 0.5]), encoder__e2=np.eye(4),
      encoder__means=np.ones([6, 2]))
  grid, = only(picture_sections.masks(group(tmp_path)), blocks.Grid)
  assert [figure.caption for figure in grid.figures] == [
      "encoder/e2: 4 inputs down, 4 outputs across, 25.0 % open",
      "encoder/means: 2 outputs down, 6 inputs across, 100.0 % open",
      "decoder/d1: 3 outputs, 66.7 % open, at 0.75 on average"]
  assert [figure.name for figure in grid.figures] == [
      "mask-encoder-e2", "mask-encoder-means", "mask-decoder-d1"]
  with Image.open(io.BytesIO(grid.figures[0].png)) as image:
    pixels = np.asarray(image)[32::64, 32::64]
  np.testing.assert_array_equal(pixels < 128, np.eye(4, dtype=bool))


def test_masked_layers_in_numbers(tmp_path):
  small_runs.write_model(tmp_path)
  small_runs.write_masks(tmp_path, encoder__e2=np.eye(4))
  small_runs.write_metric(
      tmp_path, "connectivity", num_masked_layers=1, layers={"encoder/e2": {
          "density": 0.25, "num_inputs": 4, "num_outputs": 4,
          "num_dead_inputs": 0, "num_dead_outputs": 1}})
  table, = only(picture_sections.masks(group(tmp_path)), blocks.Table)
  assert table.rows == [["encoder/e2", "0.250", "4", "0", "4", "1"]]


def test_damaged_masks_are_named(tmp_path):
  small_runs.write_model(tmp_path)
  small_runs.write_masks(tmp_path, encoder__e2=np.eye(4))
  path, = tmp_path.rglob("masks.npz")
  path.write_bytes(b"PK nonsense")
  with pytest.raises(ValueError, match=r"masks\.npz' cannot be read"):
    picture_sections.masks(group(tmp_path))
