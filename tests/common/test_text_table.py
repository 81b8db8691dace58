import csv

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


def test_numbers_for_programs_are_whole_and_text_is_quoted():
  text = text_table.csv_text(["a", "b", "c"], [
      {"a": 0.1 + 0.2, "b": None, "c": 'x, "y"\nz'}, {"b": 3}])
  assert text.startswith("a,b,c\n0.30000000000000004,,")
  assert list(csv.DictReader(text.splitlines(keepends=True))) == [
      {"a": "0.30000000000000004", "b": "", "c": 'x, "y"\nz'},
      {"a": "", "b": "3", "c": ""}]


def test_a_column_without_a_header_is_an_error():
  with pytest.raises(ValueError, match="'d'"):
    text_table.csv_text(["a"], [{"d": 1}])
