"""The page of the gin reference."""
import re

from sparse_disent.reference import configurables
from sparse_disent.reference import markdown

PAGE = markdown.page()


def test_each_name_has_a_section_and_each_parameter_a_row():
  sections = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S))
  assert set(sections) == set(configurables.find_all())
  for name, found in configurables.find_all().items():
    rows = re.findall(r"^\| `(\w+)` \|", sections[name], re.M)
    assert rows == [each.name for each in found.parameters]


def test_rows_have_three_cells():
  for line in PAGE.splitlines():
    if line.startswith("| `"):
      assert len(re.findall(r"(?<!\\)\|", line)) == 4, line


def test_ours_come_first():
  rooms = re.findall(r"^## (.+)$", PAGE, re.M)
  assert "layers" in rooms and rooms.index("layers") < rooms.index(
      "upstream: methods")
  assert len(rooms) == len(set(rooms))


def test_formulas_are_code_and_prose_is_not():
  text = "It adds a_b.\n\n  loss = a * b_c\n    + d\n\nSee `x_y` and |z|."
  assert markdown.code_blocks(text) == (
      "It adds a\\_b.\n\n```text\nloss = a * b_c\n  + d\n```\n\n"
      "See `x_y` and \\|z\\|.")
