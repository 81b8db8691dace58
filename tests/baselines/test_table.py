import csv

import pytest
from support import small_baselines as small
from support import small_comparison

from sparse_disent.baselines import table


def test_text(tmp_path):
  for seed in (0, 1, 2):
    small.own_run(tmp_path / f"a{seed}", seed=seed, mig=(seed + 1) / 10,
                  steps=1000)
  found = small_comparison.compare(
      tmp_path, *({"value": value / 10, "seed": value} for value in range(10)),
      {"value": None, "landmarks": (("q1", .1), ("median", .15), ("q3", .16)),
       "source": "plot", "count": 50, "method": "beta_vae",
       "settings": (("vae.beta", "4"),), "accuracy": 0.01},
      {"value": None, "landmarks": (("min", .1), ("median", .2), ("max", .6)),
       "source": "violin"},
      {"representation": "sampled"}, {"representation": "x", "method": "n"})
  assert table.text(found, metrics=["mig"]).splitlines() == [
      "mine (A) has MIG 0.200 (dsprites_full, mean). Nearest is 0.150 of "
      "beta_vae, beta 4 (plot, median of 50 runs). What differs: no gates on "
      "the latents; 300,000 training steps, not 1,000.",
      "", "A: mine, 3 runs",
      "", "MIG (dsprites_full, mean)",
      "                      n  median             quartiles          A  notes",
      "A  mine               3   0.200  range 0.100 to 0.300",
      "plot: i",
      "1  beta_vae, beta 4  50   0.150        0.100 to 0.160   above q3      1",
      "s: i",
      "2  m                 10   0.450        0.225 to 0.675       25 %      1",
      "violin: i",
      "3  m                  ?   0.200  range 0.100 to 0.600  at median      1",
      "(1) 300,000 training steps, not 1,000",
      "Not comparable: 2 of s, another representation: sampled; x"]


def test_by_default_a_line_for_each_score_and_model(tmp_path):
  small.own_run(tmp_path / "a", mig=0.2, steps=1000)
  small.own_run(tmp_path / "b", mig=None, config={"vae.beta": "2"})
  study = {"method": "beta_vae", "settings": (("vae.beta", "4"),)}
  found = small_comparison.compare(tmp_path, {"value": .2}, *(
      {**study, "value": value, "seed": value} for value in (.1, .15, .6)))
  lines = table.text(found).splitlines()[6:]
  assert [" ".join(line.split()) for line in lines] == [
      "nearest published own published place notes",
      "MIG (dsprites_full, mean) A beta_vae, beta 4 (s, median of 3 runs) "
      "0.200 0.150 above 2 of 3 1, 2",
      "MIG (dsprites_full, mean) B \N{EN DASH} undefined \N{EN DASH} "
      "\N{EN DASH}", "(1) no gates on the latents",
      "(2) 300,000 training steps, not 1,000", "",
      "All baselines of a metric: --metric=NAME with mig, or --all."]


def test_undefined_scores_have_no_place(tmp_path):
  small.own_run(tmp_path, mig=None)
  lines = table.text(small_comparison.compare(tmp_path, {}, {
      "method": "n"}, {"method": "n", "value": None, "undefined": "x"}),
      everything=True)
  own, _, first, second = lines.splitlines()[6:10]
  assert own.split() == ["A", "mine", "0", "undefined"]
  assert first.split()[-1] == table.DASH
  assert "0.100, 1 undefined" in second


def test_every_number_for_programs(tmp_path):
  small.own_run(tmp_path / "a", mig=0.1 + 0.2)
  small.own_run(tmp_path / "b", steps=1000, mig=0.05)
  found = small_comparison.compare(tmp_path, {"accuracy": 0.5, "provenance":
                                             "p", "settings": (("a.b", "1"),)},
                                  {"representation": "sampled"})
  rows = list(csv.DictReader(table.numbers(found).splitlines()))
  assert [row["role"] for row in rows] == [
      "own", "own", "beside", "beside", "not comparable"]
  assert [(row["own_key"], row["own_value"], row["place"], row["remarks"])
          for row in rows[2:4]] == [
      ("A", "0.30000000000000004", "above", ""),
      ("B", "0.05", "below", "300,000 training steps, not 1,000")]
  assert [(row["median"], row["accuracy"], row["provenance"], row["settings"])
          for row in rows[2:4]] == [("0.1", "0.5", "p", "a.b=1")] * 2
  assert rows[4]["remarks"] == "another representation: sampled"
  assert {row["dataset"] for row in rows} == {"dsprites_full"}


def test_details_are_few(tmp_path):
  small.own_run(tmp_path)
  panel, = small_comparison.compare(tmp_path, *(
      {"network": f"width {i}"} for i in range(5))).panels
  assert table.apart(panel) == [
      ("s", 5, "another network: width 0; width 1; width 2; and 2 more")]


def test_every_row_stands_below_its_own_source(tmp_path):
  small.own_run(tmp_path)
  found = small_comparison.compare(tmp_path, {})
  beside, = found.panels[0].beside
  other = small_comparison.compare(
      tmp_path, {"source": "t"}).panels[0].beside
  found.panels[0].beside += [*other, beside]
  lines = table.text(found, everything=True).splitlines()
  assert [line.split()[0] for line in lines[7:]] == [
      "s:", "1", "t:", "1", "s:", "1"]


def test_scores_without_anything_comparable_are_named(tmp_path):
  small.own_run(tmp_path)
  found = small_comparison.compare(tmp_path, {"representation": "sampled"})
  assert table.text(found).splitlines() == [
      "No published number is comparable with mine (A).", "",
      "A: mine, 1 run", "",
      "No baseline is comparable, the page says why: "
      "MIG (dsprites_full, mean)", "",
      "All baselines of a metric: --metric=NAME with mig, or --all."]


def scored(folder):
  """A comparison of three scores, of which each metric has a main one."""
  run = small.own_run(folder)
  small.small_runs.write_metric(
      run, "modularity_explicitness", modularity_score=0.5,
      explicitness_score_test=0.6)
  return small_comparison.compare(folder, {}, *(
      {"metric": "modularity_explicitness", "score": name, "config": None}
      for name in ("modularity_score", "explicitness_score_test")))


def titles(text):
  return [line.partition(" (dsprites_full")[0] for line in text.splitlines()
          if line.endswith(" (dsprites_full, mean)")]


def test_main_scores_unless_others_are_asked_for(tmp_path):
  found = scored(tmp_path)
  text = table.text(found)
  assert [line.partition(" (dsprites_full")[0] for line in text.splitlines()
          if "(dsprites_full, mean)  " in line] == ["MIG", "Modularity"]
  assert table.text(found, metrics=["mig"]).splitlines()[-1] == (
      "2 further scores: --metric=NAME with modularity_explicitness, or --all.")
  assert titles(table.text(found, metrics=["modularity_explicitness"])) == [
      "Modularity", "Explicitness"]
  text = table.text(found, everything=True)
  assert titles(text) == ["MIG", "Modularity", "Explicitness"]
  assert "further" not in text


def test_a_metric_that_is_not_there_is_named(tmp_path):
  with pytest.raises(ValueError, match="--metric must be mig or modularity_exp"
                     "licitness, but is 'migg'. .* Did you mean 'mig'"):
    table.text(scored(tmp_path), metrics=["migg"])


def test_a_metric_is_refused_where_nothing_can_be_compared(tmp_path):
  small.own_run(tmp_path / "a")
  found = small_comparison.compare(tmp_path, {"dataset": "cars3d"})
  assert not found.panels
  with pytest.raises(ValueError, match="--metric is 'mig', but no baseline"):
    table.text(found, metrics=["mig"])
