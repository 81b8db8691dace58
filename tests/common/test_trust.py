import pytest

from sparse_disent import cli
from sparse_disent.common import trust


@pytest.mark.parametrize("value, given", [
    (None, False), ("", False), ("0", False), ("yes", False), ("1", True)])
def test_the_variable_must_be_1(monkeypatch, value, given):
  monkeypatch.delenv(trust.VARIABLE, raising=False)
  if value is not None:
    monkeypatch.setenv(trust.VARIABLE, value)
  assert trust.is_given() == given


@pytest.mark.parametrize("command", [
    ["compact", "none", "out"], ["compare", "none"]])
def test_the_option_sets_it_for_child_processes(
    monkeypatch, capsys, tmp_path, command):
  monkeypatch.chdir(tmp_path)
  monkeypatch.setenv(trust.VARIABLE, "0")
  assert cli.main(command) == 1
  assert not trust.is_given()
  assert cli.main([*command, "--trust"]) == 1
  assert trust.is_given()
