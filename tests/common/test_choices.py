import pytest

from sparse_disent.common import choices


@pytest.mark.parametrize("name, hint", [
    ("migg", " Did you mean 'mig'?"), ("MIG", " Did you mean 'mig'?"),
    ("sap", " Did you mean 'SAP'?"), ("nothing", ""), ("", ""), (None, "")])
def test_the_nearest_name(name, hint):
  assert choices.hint(name, ["dci", "mig", "SAP"]) == hint
