import csv
import subprocess
import sys

import pytest

from sparse_disent.baselines import study


def test_numbers_are_those_of_dlib_reproduce():
  from disentanglement_lib.config import reproduce
  for number in (0, 151, 1799, 8655, 10_799):
    bindings, _ = reproduce.STUDIES[study.NAME].get_model_config(number)
    swept = study.config(number)
    for binding in bindings:
      name, value = binding.split(" = ")
      assert swept[name] == value, number
    assert len(swept) == len(bindings)


def test_published_scores_by_number_are_of_the_models_that_they_name(shared):
  """What others wrote beside a model's number is what the sweep says."""
  with open(shared / "data/erow_mig_by_model_index.csv") as file:
    rows = list(csv.DictReader(file))
  for row in rows:
    swept = study.config(int(row["model_index"]))
    name, value = row["hyperparameter"].split("=")
    assert swept["dataset.name"] == repr(row["dataset"])
    assert swept["model.name"] == repr(row["method"])
    assert swept["model.random_seed"] == row["seed"]
    found, = (text for key, text in swept.items()
              if key.split(".")[-1] == name)
    assert float(found) == float(value)


@pytest.mark.parametrize("number", [-1, 10_800])
def test_numbers_that_were_never_published(number):
  with pytest.raises(ValueError, match=f"There is no model {number} of.*"
                     "from 0 to 10,799"):
    study.config(number)


def test_needs_no_tensorflow():
  code = ("import sys;"
          "from sparse_disent.baselines import study; study.config(5);"
          "print({'tensorflow', 'gin', 'disentanglement_lib'}"
          " & set(sys.modules))")
  result = subprocess.run([sys.executable, "-c", code], text=True,
                          capture_output=True, check=True)
  assert result.stdout == "set()\n"
