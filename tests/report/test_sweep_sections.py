import pathlib

import pytest

from sparse_disent.report import blocks
from sparse_disent.report import sweep_sections
from sparse_disent.results import models
from sparse_disent.results import runs
from sparse_disent.results import summary


def make(betas=("1.", "4.", "64."), latents=("10", "16"), seeds="01"):
  """Runs whose MIG falls and whose loss rises with beta."""
  found = models.group([
      runs.Run(pathlib.Path(f"{beta}-{count}-{seed}"), config={
          "vae.beta": beta, "encoder.num_latent": count,
          "model.random_seed": seed, "dataset.name": "'dsprites_full'"},
               training={"elbo": float(beta) + .1 * float(seed)},
               evaluations=[runs.Evaluation(
                   "mean", "mig", {"discrete_mig": -float(beta)},
                   {"evaluation.evaluation_fn": "@mig"})])
      for beta in betas for count in latents for seed in seeds])
  return found, summary.scores(found)


def test_a_chart_for_each_score_and_setting():
  section = sweep_sections.over_settings(*make())
  headings = [block.text for block in section.blocks
              if isinstance(block, blocks.Heading)]
  assert headings == ["Over encoder.num_latent", "Over vae.beta"]
  names = [figure.name for figure in blocks.pictures([section])]
  assert len(names) == len(set(names)) == 4
  assert "over-vae-beta-mean-mig-discrete-mig" in names


def test_charts_in_words_have_the_medians_over_seeds():
  section = sweep_sections.over_settings(*make(seeds="012"))
  alts = {figure.name: figure.alt for figure in blocks.pictures([section])}
  assert alts["over-vae-beta-training-elbo"] == (
      "ELBO (nats) over vae.beta: num_latent 10 1.100 at 1, 4.100 at 4, 64.10 "
      "at 64; num_latent 16 1.100 at 1, 4.100 at 4, 64.10 at 64")


def test_each_panel_has_a_picture_of_its_own():
  """The names of files have no signs: -1 and 1 would be one picture."""
  found = models.group([
      runs.Run(pathlib.Path(f"{a}{b}{c}"), training={"elbo": a + b * c},
               config={"x.a": str(a), "x.b": str(b), "x.c": str(c)})
      for a in (1, 2) for b in (1, 2, 3) for c in (-1, 1)])
  section = sweep_sections.over_settings(found, summary.scores(found))
  pictures = {figure.name: figure.caption
              for figure in blocks.pictures([section])}
  assert {name: caption for name, caption in pictures.items()
          if "over-x-a" in name} == {
      "over-x-a-training-elbo-c-1": "training, c -1",
      "over-x-a-training-elbo-c-1--2": "training, c 1"}


def test_texts_name_values_and_what_tells_lines_apart():
  section = sweep_sections.over_settings(*make())
  assert blocks.Text("Values: 1, 4, 64. Lines differ in encoder.num_latent."
                     ) in section.blocks


def test_settings_that_vary_together_say_so():
  found = models.group([
      runs.Run(pathlib.Path(str(i)), training={"elbo": float(i)}, config={
          "vae.beta": f"{beta}", "l0_pair.tau": f"{1 / beta}"})
      for i, beta in enumerate((1., 2., 5., 8., 10.))])
  section = sweep_sections.over_settings(found, summary.scores(found))
  assert blocks.Text("5 values from 1 to 10; other settings differ along with "
                     "them.") in section.blocks
  assert len(list(blocks.pictures([section]))) == 2


def test_without_numbers_that_vary_there_is_no_section():
  assert sweep_sections.over_settings(*make(["1."], ["10"])) is None


def test_rank_correlation_is_a_triangle():
  section = sweep_sections.correlations(*make())
  table, = section.blocks[1:]
  assert table.caption == "Rank correlation over 12 networks on dsprites_full."
  assert [row[0].text for row in table.rows] == ["1 ELBO (nats)", "2 MIG"]
  cell = table.rows[1][1]
  assert cell.text.startswith("\N{MINUS SIGN}0.9")
  assert cell.shade == pytest.approx(.97, abs=.03)
  assert table.rows[0][1] == ""
  assert table.picture.name == "rank-correlation-dsprites-full"


def test_few_networks_have_no_rank_correlation():
  assert sweep_sections.correlations(*make(["1."], ["10", "16"])) is None
