from support import small_runs

from sparse_disent.report import blocks
from sparse_disent.report import matrix_section
from sparse_disent.results import models
from sparse_disent.results import runs

INFORMATION = [[0.5, 0, 0, 0, 0], [0] * 5, [0, 0.75, 0, 0, 0], [0] * 5]
ENTROPIES = [1.0, 1.5, 2.0, 1.0, 0.0]


def write(folder, representation="mean"):
  small_runs.write_model(folder)
  small_runs.write_metric(
      folder, "mic", representation=representation,
      mutual_information=INFORMATION, factor_entropies=ENTROPIES)


def table(folder):
  section = matrix_section.section(models.group(runs.find([folder])))
  found, = (block for block in section.blocks
            if isinstance(block, blocks.Table))
  return found


def texts(found):
  return [[cell if isinstance(cell, str) else cell.text for cell in row]
          for row in found.rows]


def test_nothing_to_show(tmp_path):
  small_runs.write_model(tmp_path)
  assert not matrix_section.section(models.group(runs.find([tmp_path])))


def test_mutual_information_without_entropies_is_not_shown(tmp_path):
  """That of InfoMEC."""
  small_runs.write_model(tmp_path)
  small_runs.write_metric(
      tmp_path, "infomec", mutual_information=INFORMATION)
  assert not matrix_section.section(models.group(runs.find([tmp_path])))
  write(tmp_path)
  assert texts(table(tmp_path))[0][1] == "0.50"


def test_shares_of_entropies(tmp_path):
  write(tmp_path)
  found = table(tmp_path)
  assert found.columns == ["Latent", "shape", "scale", "orientation", "x", "y"]
  assert texts(found) == [
      ["z0", "0.50", "0.00", "0.00", "0.00", "0.00"],
      ["z1", "0.00", "0.00", "0.00", "0.00", "0.00"],
      ["z2", "0.00", "0.50", "0.00", "0.00", "0.00"],
      ["z3", "0.00", "0.00", "0.00", "0.00", "0.00"],
      ["Entropy (nats)", "1.000", "1.500", "2.000", "1.000", "0.000"]]
  assert found.rows[0][1].shade == 0.5 and found.rows[0][2].shade is None
  assert found.picture.name == "mutual-information"


def test_latents_in_the_order_of_the_traversals(tmp_path):
  write(tmp_path)
  small_runs.write_pictures(tmp_path)
  found = table(tmp_path)
  assert found.columns[1] == "KL (nats)"
  assert [row[:2] for row in texts(found)] == [
      ["z2", "2.25"], ["z0", "0.50"], ["z3", "0.12"], ["z1", "pruned"],
      ["Entropy (nats)", "\u2013"]]
  assert found.muted == {3}


def test_variances_where_they_are_known(tmp_path):
  write(tmp_path)
  small_runs.write_metric(
      tmp_path, "active_latents", kl=[1.0, 2.0, 0.5],
      variance_of_mean=[0.25, 0.75, 0.0], pruned_latents=[])
  found = table(tmp_path)
  # The last entry of the code is no latent of its own, but a class.
  assert [row[:3] for row in texts(found)][:4] == [
      ["z1", "2.00", "0.750"], ["z0", "1.00", "0.250"], ["z2", "0.50", "0.000"],
      ["z3", "\u2013", "\u2013"]]


def test_entries_of_other_representations_are_not_the_latents(tmp_path):
  write(tmp_path, "active_mean")
  small_runs.write_pictures(tmp_path)
  assert [row[0] for row in texts(table(tmp_path))][:4] == [
      "z0", "z1", "z2", "z3"]


def test_the_mean_representation_comes_first(tmp_path):
  write(tmp_path, "active_mean")
  write(tmp_path, "mean")
  assert table(tmp_path).caption.startswith("Representation mean.")


def test_the_picture_says_what_the_table_says(tmp_path, monkeypatch):
  write(tmp_path)
  small_runs.write_pictures(tmp_path)
  drawn = []
  matrix = matrix_section.charts.matrix
  monkeypatch.setattr(matrix_section.charts, "matrix", lambda *arguments: (
      drawn.append(arguments[1:]) or matrix(*arguments)))
  found = table(tmp_path)
  (shares, rows, columns), = drawn
  assert [[row, *(f"{share:.2f}" for share in values)]
          for row, values in zip(rows, shares, strict=True)] == [
      [row[0], *row[2:]] for row in texts(found)[:-1]]
  assert list(columns) == found.columns[2:]
