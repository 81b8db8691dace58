import pytest

from sparse_disent.common import choices


@pytest.mark.parametrize("name, hint", [
    ("migg", " Did you mean 'mig'?"), ("MIG", " Did you mean 'mig'?"),
    ("sap", " Did you mean 'SAP'?"), ("nothing", ""), ("", ""), (None, "")])
def test_the_nearest_name(name, hint):
  assert choices.nearest(name, ["dci", "mig", "SAP"]) == hint


@pytest.mark.parametrize("name, expected", [
    ("modl", " Did you mean 'model'?"), ("mode", " Did you mean 'model'?"),
    ("mo", " Did you mean 'model'?"), ("zebra", ""), ("", "")])
def test_a_beginning_is_near_enough(name, expected):
  assert choices.nearest(name, ["model", "vae", "model"]) == expected


def test_names_and_the_question_with_them():
  assert choices.near("modl", ["vae", "Model", "mode"]) == ["Model", "mode"]
  assert choices.question(["a", "b"]) == " Did you mean 'a' or 'b'?"
  assert choices.question([]) == ""
