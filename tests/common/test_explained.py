import pytest

from sparse_disent.common import explained


def test_it_is_handled_like_pythons_own():
  with pytest.raises(ImportError, match="no such module") as error:
    raise explained.ExplainedImportError("no such module", name="module")
  assert error.value.name == "module"
