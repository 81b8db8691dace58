import pytest

from sparse_disent.report import blocks


def figure(name):
  return blocks.Figure(name, "caption", "alt", b"png")


def test_pictures_are_found_at_any_depth():
  strips = blocks.Strips("d", "", b"", [])
  table = blocks.Table("", [], [], picture=figure("e"))
  found = blocks.pictures([
      blocks.Text("x"), figure("a"), blocks.Section("s", "S", [
          blocks.Details("more", [blocks.Grid([figure("b"), figure("c")])])]),
      strips, table, blocks.Table("", [], [])])
  assert [picture.name for picture in found] == ["a", "b", "c", "d", "e"]


def test_a_sheet_in_words():
  strip = blocks.Strip("z1", "", None, "", b"", 1, 1)
  other = blocks.Strip("z2", "", None, "", b"", 1, 1)
  assert blocks.Strips("n", "", b"", [strip], [other]).alt == (
      "Rows of images: z1, z2")


def test_names_that_are_there_before_get_numbers():
  assert blocks.told_apart(["a", "b", "a", "a"]) == ["a", "b", "a--2", "a--3"]


@pytest.mark.parametrize("text, name", [
    ("mask-encoder/e2", "mask-encoder-e2"), ("../../etc", "etc"),
    ("a b:c<d>", "a-b-c-d")])
def test_names_of_files_are_plain(text, name):
  assert blocks.slug(text) == name


def test_only_long_tables_are_folded():
  rows = [[str(i), "0"] for i in range(1001)]
  short = blocks.Table("Scores.", ["a", "b"], rows[:60])
  assert blocks.folded(short) is short
  long = blocks.Table("Scores.", ["a", "b"], rows)
  assert blocks.folded(long) == blocks.Details("Scores (1,001 rows)", [long])
