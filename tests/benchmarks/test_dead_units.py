"""Dead units of an exported encoder, some of which were killed by hand."""
import conftest
import numpy as np
import pytest
from support import exported_runs

CONV = """
  encoder.encoder_fn = @conv_encoder
  decoder.decoder_fn = @deconv_decoder
"""


@pytest.fixture(autouse=True)
def dead_units(monkeypatch):
  monkeypatch.syspath_prepend(conftest.ROOT / "benchmarks")
  import dead_units
  return dead_units


def test_units_that_no_image_makes_active_are_counted(dead_units, tmp_path):
  model_dir = tmp_path / "model"
  bias = np.zeros(32)
  bias[:8] = -1e6  # A quarter of the channels, at every position.
  exported_runs.export(model_dir, CONV, values={"encoder/e2/bias": bias})
  images = exported_runs.IMAGES.astype(np.float32)
  largest = dead_units.largest_activations(str(model_dir), images)
  assert [len(layer) for layer in largest] == [32, 32, 64, 64, 256]
  assert (largest[1][:8] == 0).all()
  alive = np.mean(largest[1][8:] > 0)
  assert alive > .9
  assert dead_units.dead(largest)[1] == pytest.approx(1 - .75 * alive)


def test_one_active_image_is_enough(dead_units, monkeypatch, tmp_path):
  exported_runs.export(tmp_path / "model", CONV)
  images = exported_runs.IMAGES.astype(np.float32)
  whole = dead_units.largest_activations(str(tmp_path / "model"), images)
  monkeypatch.setattr(dead_units, "BATCH", 3)  # And a batch of one.
  parts = dead_units.largest_activations(str(tmp_path / "model"), images)
  for one, other in zip(whole, parts, strict=True):
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
  assert dead_units.dead([np.array([0., 2., 0., 1.]), np.ones(3)]) == [.5, 0.]
