import pytest

from sparse_disent.compat.training import preflight


def test_checks_run_in_turn_up_to_the_first_that_fails(monkeypatch):
  called = []

  def fail():
    raise ValueError("the first")

  monkeypatch.setattr(preflight, "MODEL_CHECKS", [lambda: called.append(1)])
  monkeypatch.setattr(preflight, "DATA_CHECKS", [
      fail, lambda: called.append(3)])
  with pytest.raises(ValueError, match="the first"):
    preflight.check()
  assert called == [1]
  preflight.check_model()
  assert called == [1, 1]
