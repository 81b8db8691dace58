"""Docstrings in parts."""
from sparse_disent.reference import docstrings

TEXT = '''Learns masks.

    total = loss + tau

  They start
  at 1.

  Args:
    rate: Learning rate,
      above 0: see `x`.
    *rest: Others.
    kind (str): One of
      two: "a", "b".

  Returns:
    mask: Not a parameter.
'''


def test_parts():
  summary, description, parameters = docstrings.split(TEXT)
  assert summary == "Learns masks."
  assert description == "  total = loss + tau\n\nThey start\nat 1."
  assert parameters == {
      "rate": "Learning rate, above 0: see `x`.", "rest": "Others.",
      "kind": 'One of two: "a", "b".'}


def test_attributes_are_parameters_of_a_dataclass():
  assert docstrings.split("A.\n\nAttributes:\n  size: Of it.\n")[2] == {
      "size": "Of it."}


def test_a_word_with_a_colon_is_no_section():
  assert docstrings.split("A.\n\nNote: this.\n") == ("A.", "Note: this.", {})


def test_none():
  assert docstrings.split(None) == ("", "", {})
