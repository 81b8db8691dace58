"""Errors of gin: the place, the cause and the nearest name."""
import gin
import pytest

from sparse_disent.common import one_line
from sparse_disent.compat.startup import gin_errors


@gin.configurable(module="test_gin_errors", denylist=["hidden"])
def cooked(tender=1, salted=gin.REQUIRED, hidden=None):
  return tender, salted, hidden


def explained(function, *arguments):
  with pytest.raises(Exception) as found:  # noqa: PT011 gin raises many kinds.
    function(*arguments)
  assert one_line.is_curable(found.value)
  return gin_errors.explain(found.value)


@pytest.mark.parametrize("binding, expected", [
    ("cookd.tender = 2", "gin binding 1, `cookd.tender = 2`: there is no "
     "function or class 'cookd'. Did you mean 'cooked'"),
    ("cooked.tendr = 2", "gin binding 1, `cooked.tendr = 2`: 'cooked' has no "
     "parameter 'tendr' to set. Did you mean 'tender'? It has tender, salted."),
    ("cooked.hidden = 2", "'cooked' has no parameter 'hidden' to set. It has "
     "tender, salted."),
    ("cooked.tender = @cookd()", "there is no function or class 'cookd'. Did "
     "you mean 'cooked'"),
    ("\ncooked.tender 2",
     "gin binding 2, `cooked.tender 2`: this is not gin: "),
    ("cooked.tender = [1", "this is not gin: "),
    ("include 'none.gin'", "There is no gin file 'none.gin'."),
])
def test_bindings(binding, expected):
  message = explained(gin.parse_config, binding)
  assert expected in message
  assert "\n" not in message


def test_the_place_in_a_file(tmp_path):
  path, outer = tmp_path / "inner.gin", tmp_path / "outer.gin"
  path.write_text("# Two lines.\ncooked.tendr = 2\n")
  outer.write_text(f"include '{path}'\n")
  assert explained(gin.parse_config_file, str(outer)).startswith(
      f"'{path}', line 2, `cooked.tendr = 2`: 'cooked' has no parameter")


def test_a_required_parameter():
  assert explained(cooked) == (
      "cooked.salted must be set. Bind it in a gin file, or give "
      "--gin_bindings='cooked.salted = ...'.")


def test_a_data_set_that_is_not_bound():
  message = explained(gin.query_parameter, "dataset.name")
  assert message.startswith("dataset.name must be set.")
  assert 'dataset.name = "auto" is the data set of the step before' in message


def test_a_file_that_is_not_there_gets_the_nearest(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  (tmp_path / "my_model.gin").touch()
  assert "Did you mean 'my_model.gin'" in explained(
      gin.parse_config_file, "my_modle.gin")
  assert "Did you mean 'gin_configs/masked_dipvae.gin'" in explained(
      gin.parse_config_file, "gin_configs/masked_dipva.gin")


def test_other_errors_are_one_line_as_well():
  assert gin_errors.explain(ValueError("one\n two")) == "one two"
