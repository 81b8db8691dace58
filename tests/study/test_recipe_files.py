import pathlib

import gin
import pandas as pd
import pytest
from support import study_work

from sparse_disent.study import definition
from sparse_disent.study import recipe_files
from sparse_disent.study import searching


@pytest.fixture
def study():
  return study_work.study(
      definition.with_seeds([{"model.name": "a", "vae.beta": beta}
                             for beta in (1., 4., 8.)], (100, 101, 102)),
      search=definition.Search("mean/mig/x", by=("model.name",)),
      bindings=("encoder.num_latent = 6",))


@pytest.fixture
def found(study):
  rows = [{"model": number, "state": "done", "mean/mig/x": score}
          for number, score in enumerate(
              [.1, .1, .1, .30004, .2, .4, .5, None, .5])]
  confirmed = searching.confirmation(study, rows)
  again = [{"model": seed, "state": "done", "mean/mig/x": seed / 10}
           for seed in range(10)]
  return recipe_files.table(study, rows, confirmed, again)


def test_both_medians_are_in_the_table(found):
  assert [(row["vae.beta"], row["median"], row["confirmed_median"])
          for row in found] == [
              (4., .30004, .45), (1., .1, None), (8., None, None)]
  # NumPy's percentiles of 0, .1, ..., .9.
  assert found[0]["confirmed_lower"] == pytest.approx(.225)
  assert found[0]["confirmed_upper"] == pytest.approx(.675)


def test_a_recipe_is_a_gin_file_that_says_what_was_measured(
    study, found, tmp_path):
  recipe, table = recipe_files.write(study, found, 30000, str(tmp_path))
  assert pd.read_csv(table)["confirmed_median"].notna().sum() == 1
  assert recipe == str(tmp_path / "recipe_model.name=a.gin")
  text = pathlib.Path(recipe).read_text()
  assert "3 seeds of the search (100 to 102)\n#   median 0.3;" in text
  assert "never saw (0 to 9)\n#   median 0.45, quartiles 0.225 and" in text
  assert 'include "numbers.gin"' in text
  bindings = text.replace('include "numbers.gin"', "")
  gin.parse_config(bindings, skip_unknown=True)
  for line in ("encoder.num_latent = 6", "vae.beta = 4.0", "model.name = 'a'",
               "model.training_steps = 30000"):
    assert f"\n{line}\n" in text
  assert "random_seed" not in text


def test_a_recipe_has_the_bindings_of_its_sweep(study, found, tmp_path):
  recipe, _ = recipe_files.write(study, found, 300, str(tmp_path), [
      "AdamOptimizer.learning_rate = 0.001", "model.training_steps = 300"])
  lines = pathlib.Path(recipe).read_text().splitlines()
  assert "AdamOptimizer.learning_rate = 0.001" in lines
  assert lines.count("model.training_steps = 300") == 1


def test_the_best_are_shown(study, found):
  _, titles, line = recipe_files.text(study, found).splitlines()
  assert titles.split() == ["settings", "searched", "confirmed", "quartiles"]
  assert line.split() == [
      "recipe_model.name=a.gin", "0.3", "0.45", "0.225-0.675"]
  assert "No settings are confirmed yet" in recipe_files.text(study, found[1:])
