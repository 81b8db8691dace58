"""How undefined scores look."""
from sparse_disent.metrics import undefined


def test_report():
  assert undefined.report("tc", "infinite") == {
      "tc": None, "tc_undefined": "infinite"}
  assert undefined.report("mic", "no entropy", [[1.0], [None]]) == {
      "mic": [[1.0], [None]], "mic_undefined": "no entropy"}


def test_unless():
  assert undefined.unless(None, "tc", lambda: 1) == {"tc": 1.0}

  def fails():
    raise AssertionError("nothing is computed if there is a reason not to")

  assert undefined.unless("infinite", "tc", fails) == {
      "tc": None, "tc_undefined": "infinite"}
