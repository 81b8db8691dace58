import pytest

from sparse_disent.common import text_table


def test_words_are_left_and_numbers_right():
  rows = [["", "mean", "sampled"], ["MIG", "0.125", ""], ["Active", "7", "10"]]
  assert text_table.lines(rows) == [
      "         mean  sampled",
      "MIG     0.125",
      "Active      7       10"]


@pytest.mark.parametrize("num_left, expected", [
    (0, [" a   b", "cc  dd"]), (1, ["a    b", "cc  dd"]),
    (2, ["a   b", "cc  dd"])])
def test_as_many_columns_are_left_as_asked_for(num_left, expected):
  assert text_table.lines(
      [["a", "b"], ["cc", "dd"]], num_left=num_left) == expected


def test_no_rows():
  assert text_table.lines([]) == []


def test_rows_are_of_one_length():
  with pytest.raises(ValueError, match="zip"):
    text_table.lines([["a", "b"], ["c"]])
