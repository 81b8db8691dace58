"""Rows of images in one picture."""
import numpy as np

from sparse_disent.trained import sheets


def test_images_stand_in_rows_with_nothing_between_them():
  greys = np.array([0.0, 0.5, 1.5]).reshape([3, 1, 1, 1])
  first = greys * np.ones([3, 2, 3, 1])
  second = np.full([1, 2, 3, 1], 0.2)
  sheet = sheets.arrange([first, second])
  assert sheet.shape == (2 + 2 + 2, 3 + 2 + 3 + 2 + 3, 2)
  assert (sheet[:2, :3] == [0, 255]).all()
  assert (sheet[:2, 5:8] == [128, 255]).all()
  assert (sheet[:2, 10:] == [255, 255]).all()
  assert (sheet[4:, :3] == [51, 255]).all()
  assert sheet[..., 1].sum() == 255 * 4 * 6
