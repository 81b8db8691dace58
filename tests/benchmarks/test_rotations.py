import conftest
import numpy as np
import pytest
from support import exported

IMAGES = [(np.random.RandomState(0).uniform(size=[4, 64, 64, 1]) > .7).astype(
    np.float32)]


@pytest.fixture(autouse=True)
def rotations(monkeypatch):
  monkeypatch.syspath_prepend(conftest.ROOT / "benchmarks")
  import rotations
  return rotations


def test_pairs_of_channels_are_rotated(rotations):
  matrix = rotations.rotation(5, np.random.RandomState(0), angle=np.pi / 6)
  np.testing.assert_allclose(matrix @ matrix.T, np.eye(5), atol=1e-12)
  # Two pairs, and a channel that is left over; cos(30 degrees) = .866.
  np.testing.assert_allclose(
      np.sort(np.diag(matrix)), [3 ** .5 / 2] * 4 + [1.])
  assert np.sum(matrix != 0) == 9


def test_each_position_of_a_flattened_axis_is_rotated(rotations):
  quarter = np.array([[0., 1.], [-1., 0.]])  # (a, b) becomes (-b, a).
  np.testing.assert_array_equal(
      rotations.rotated(np.arange(8.).reshape([2, 4]), quarter, -1),
      [[-1, 0, -3, 2], [-5, 4, -7, 6]])
  np.testing.assert_array_equal(
      rotations.rotated(np.arange(4.).reshape([2, 2]), quarter, 0),
      [[-2, -3], [0, 1]])


def _layers(rotations, random_state):
  """Two dense layers with eight channels between them."""
  return [rotations.Layer(random_state.normal(size=shape), np.zeros(shape[1]),
                          -2, -1) for shape in ([5, 8], [8, 3])]


def test_a_rotation_is_undone_by_the_next_layer(rotations):
  random_state = np.random.RandomState(0)
  one, other = _layers(rotations, random_state)
  matrix = rotations.rotation(8, random_state)
  turned = rotations.rotate(one, other, matrix)
  np.testing.assert_allclose(turned[0].kernel @ turned[1].kernel,
                             one.kernel @ other.kernel)
  assert not np.allclose(turned[0].kernel, one.kernel)


def test_closed_connections_of_a_pair_would_have_to_open(rotations):
  one = rotations.Layer(np.array([[1., 0.], [0., 1.]]), np.zeros(2), -2, -1)
  other = rotations.Layer(np.array([[1., 1.], [0., 1.]]), np.zeros(2), -2, -1)
  turned = rotations.rotate(
      one, other, rotations.rotation(2, np.random.RandomState(0)))
  assert [one.connections, other.connections] == [2, 3]
  # (1, 0) rotates to two channels that both read it; [1, 1] less [0, 1] is
  # sqrt(.5) [1, 0], in which one entry of other stays closed, or opens anew.
  assert turned[0].connections == 4
  kept = rotations.kept_open(turned[0], one)
  np.testing.assert_allclose(np.abs(kept.kernel), np.eye(2) * .5 ** .5)


def test_the_price_in_a_masked_model(rotations, tmp_path):
  exported.export(tmp_path, "masked_conv",
                  "channel_mask.gate = @random_gate()",
                  "random_gate.sparsity = 0.5", "random_gate.seed = 0")
  found = rotations.costs(tmp_path, IMAGES)
  latents = found["encoder/means"]
  # Latents have no activation: their rotation is free but for the mask.
  assert latents["free"] == pytest.approx(0, abs=1e-2)
  assert abs(latents["masked"]) > 1
  # Two channels with half of the connections each need three quarters.
  assert found["encoder/e5"]["needed"] == pytest.approx(1.5, abs=.05)


def test_no_mask_costs_nothing_more(rotations, tmp_path):
  exported.export(tmp_path, "conv")
  for layer, cost in rotations.costs(tmp_path, IMAGES).items():
    assert cost["masked"] == cost["free"], layer
    assert cost["needed"] == 1, layer
    assert (abs(cost["free"]) > 1) == (layer != "encoder/means"), layer


def test_medians_over_models(rotations):
  each = [{"d1": {"free": free, "needed": 1.}} for free in (1., 2., 9.)]
  assert rotations.medians(each) == {"d1": {"free": 2., "needed": 1.}}


@pytest.mark.parametrize("networks, bindings", [
    ("conv", ()), ("masked_conv", ("channel_mask.gate = @random_gate()",
                                   "random_gate.sparsity = 0.5",
                                   "random_gate.seed = 0"))])
def test_channels_may_change_places(
    rotations, tmp_path, monkeypatch, networks, bindings):
  """So each axis of each kernel is that of the channels, in every layer."""
  monkeypatch.setattr(rotations, "rotation", lambda channels, random_state:
                      np.eye(channels)[random_state.permutation(channels)])
  exported.export(tmp_path, networks, *bindings)
  found = rotations.costs(tmp_path, IMAGES)
  assert len(found) == 11
  for layer, cost in found.items():
    # The losses themselves are above 10,000 nats, in float32.
    assert cost["free"] == pytest.approx(0, abs=1), layer


def test_masks_of_whole_channels_are_refused(rotations, tmp_path):
  exported.export(tmp_path, "masked_conv", "channel_mask.gate = @random_gate()",
                  "random_gate.sparsity = 0.5", "random_gate.seed = 0",
                  "random_gate.granularity = 'channel'")
  with pytest.raises(ValueError, match="close whole channels.*\"connection\""):
    rotations.costs(tmp_path, IMAGES)


@pytest.mark.parametrize("config, words", [
    (None, "holds no model that dlib_train wrote"),
    ("model.model = @sparse_vae()\nsparse_vae.latent = @l0_pair()",
     "has sparse_vae.latent: gates and"),
    ("model.model = @sparse_vae()\nsparse_vae.categorical = @other()",
     "has sparse_vae.categorical: gates and")])
def test_gates_and_classes_are_refused(
    rotations, tmp_path, monkeypatch, capsys, config, words):
  """With them the rotation of latents is not undone, and so not free."""
  if config:
    (tmp_path / "results/gin").mkdir(parents=True)
    (tmp_path / "results/gin/train.gin").write_text(config)
  monkeypatch.setattr("sys.argv", ["rotations.py", str(tmp_path)])
  with pytest.raises(SystemExit):
    rotations.main()
  assert words in capsys.readouterr().err


def test_dense_networks_are_refused(rotations, tmp_path):
  exported.export(tmp_path, "fc")
  with pytest.raises(ValueError, match="Give a model with conv networks"):
    rotations.costs(tmp_path, [np.zeros([4, 8, 8, 3], np.float32)])


def test_the_name_of_a_model(rotations, tmp_path):
  (tmp_path / "results/gin").mkdir(parents=True)
  (tmp_path / "results/gin/train.gin").write_text(
      "model.model = @sparse_vae()\nmodel.name = 'one'\n"
      "sparse_vae.latent = None")
  assert rotations.name_of(tmp_path) == "one"
