import json

import numpy as np
import pytest
from PIL import Image
from support import small_runs

from sparse_disent.report import sheets
from sparse_disent.results import runs


def pixels(image):
  return np.asarray(image)


@pytest.mark.parametrize("channels", [1, 3])
def test_rows_are_cut_where_the_description_says(tmp_path, channels):
  small_runs.write_pictures(tmp_path, channels=channels)
  opened = sheets.of_run(runs.Run(tmp_path))
  rows = opened.cut("traversals")
  assert len(rows) == 4
  for i, row in enumerate(rows):
    assert row.size == (14, 4)
    assert (pixels(row)[:, :4, :-1] == 20 * i).all()
    assert (pixels(row)[:, 4, -1] == 0).all()


def test_stacking_gives_the_sheet_back(tmp_path):
  small_runs.write_pictures(tmp_path)
  rows = sheets.of_run(runs.Run(tmp_path)).cut("traversals")
  with Image.open(tmp_path / "pictures/traversals.png") as sheet:
    np.testing.assert_array_equal(pixels(sheets.stack(rows, 1)), pixels(sheet))


def test_no_pictures(tmp_path):
  assert sheets.of_run(runs.Run(tmp_path)) is None


def test_pictures_of_an_earlier_training_are_left_out(tmp_path):
  small_runs.write_pictures(tmp_path)
  path = tmp_path / "pictures/pictures.json"
  path.write_text(json.dumps(
      {**json.loads(path.read_text()), "training": "of before"}))
  left_out = []
  run = runs.Run(tmp_path, training={"uuid": "of now"}, left_out=left_out)
  assert sheets.of_run(run) is None
  message, = left_out
  assert "pictures' shows another training" in message
  run.training = {"uuid": "of before"}
  assert sheets.of_run(run) is not None


def test_a_missing_sheet_is_named(tmp_path):
  small_runs.write_pictures(tmp_path)
  (tmp_path / "pictures/traversals.png").unlink()
  with pytest.raises(ValueError, match=r"traversals\.png' cannot be read"):
    sheets.of_run(runs.Run(tmp_path)).cut("traversals")


def test_a_broken_description_is_named(tmp_path):
  small_runs.write_pictures(tmp_path)
  path = tmp_path / "pictures/pictures.json"
  description = json.loads(path.read_text())
  del description["cell"]
  path.write_text(json.dumps(description))
  with pytest.raises(ValueError, match=r"pictures\.json' lacks 'cell'"):
    sheets.of_run(runs.Run(tmp_path))


def test_grey_has_no_colour_and_little_contrast():
  image = Image.fromarray(np.array(
      [[[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 0, 0]]], np.uint8))
  grey = pixels(sheets.grey(image))
  assert grey.shape == (1, 3, 2)
  np.testing.assert_array_equal(grey[..., 1], [[255, 255, 0]])
  black_and_white = Image.fromarray(np.array(
      [[[0, 255], [255, 255]]], np.uint8))
  low, high = pixels(sheets.grey(black_and_white))[0, :, 0].astype(int)
  assert 100 < low < high < 200 and high - low < 80


def test_a_mask_is_dark_where_it_is_open():
  image = pixels(sheets.mask(np.array([[1.0, 0.0], [0.0, 0.5]])))
  assert image.shape == (256, 256)
  assert image[0, 0] in (25, 26) and image[0, 255] == 255
  assert image[255, 0] == 255 and image[200, 200] == 140


def test_a_thin_mask_can_be_seen():
  assert pixels(sheets.mask(np.ones([1, 64]))).shape == (24, 256)


def test_a_large_mask_shows_means():
  values = np.zeros([256, 1024])
  values[:, ::4] = 1
  image = pixels(sheets.mask(values))
  assert image.shape == (64, 256)
  assert (abs(image - (255 - 0.25 * 229.5)) <= 1).all()


@pytest.mark.parametrize("change", [
    {"cell": [4]}, {"cell": [0, 4]}, {"cell": "4"}, {"cell": [4, 1e9]},
    {"gap": -1}, {"gap": None}, {"groups": [[]]}, {"data": {}},
    {"reconstructions": {"rows": []}}, {"reconstructions": {"rows": [1]}},
    {"traversals": {"quantiles": [0], "rows": small_runs.ROWS}},
    {"traversals": {"quantiles": [0, 1], "rows": ["z0"]}},
    {"traversals": {"quantiles": [0, 1], "rows": [
        {**small_runs.ROWS[0], "kl": "high"}]}}])
def test_descriptions_of_another_form_are_left_out(tmp_path, change):
  small_runs.write_pictures(tmp_path)
  path = tmp_path / "pictures/pictures.json"
  path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
  left_out = []
  assert sheets.of_run(runs.Run(tmp_path, left_out=left_out)) is None
  message, = left_out
  assert str(path) in message and "draw the pictures again" in message


def test_a_sheet_of_another_size_is_not_decoded(tmp_path):
  """A picture can be a bomb: few bytes, and many pixels."""
  small_runs.write_pictures(tmp_path)
  Image.new("1", (10, 30_000)).save(tmp_path / "pictures/traversals.png")
  with pytest.raises(ValueError, match="has 10 x 30000 pixels, but should be "
                                       "19 high"):
    sheets.of_run(runs.Run(tmp_path)).cut("traversals")
  Image.new("1", (2**22, 19)).save(tmp_path / "pictures/traversals.png")
  with pytest.raises(ValueError, match="no more than 67,108,864"):
    sheets.of_run(runs.Run(tmp_path)).cut("traversals")


@pytest.mark.parametrize("shape, turned, words", [
    ((2, 3), (2, 3), "2 inputs down, 3 outputs across"),
    ((3, 2), (2, 3), "2 outputs down, 3 inputs across"),
    ((4,), (1, 4), "4 outputs"), ((1,), (1, 1), "1 output"),
    ((1, 3), (1, 3), "1 input down, 3 outputs across"),
    ((3, 1), (1, 3), "1 output down, 3 inputs across")])
def test_masks_are_turned_and_say_so(shape, turned, words):
  values = np.arange(np.prod(shape)).reshape(shape)
  found, axes = sheets.lay_out(values)
  assert found.shape == turned and axes == words
  assert (found == (values.T if words.endswith("inputs across") else values)
          ).all()
