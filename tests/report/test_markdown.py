import re

from support import small_runs

from sparse_disent.report import blocks
from sparse_disent.report import document
from sparse_disent.report import markdown
from sparse_disent.results import runs


def render(*sections, missing=(), title="title"):
  return markdown.render(document.Document(
      title, [("Runs", "2")], list(sections), list(missing), [], []), "files")


def section(*content):
  return blocks.Section("name", "Section", list(content))


def test_everything_has_a_form():
  figure = blocks.Figure("chart", "Caption.", "Words", b"")
  text = render(section(
      blocks.Text("Some text."), blocks.Heading("A heading"),
      blocks.Grid([figure]),
      blocks.Details("More", [blocks.Text("Inside.")])),
                missing=[("Masks", "x")])
  assert text == """\
# title

* Runs: 2

## Section

Some text.

### A heading

![Words](files/chart.png)

Caption.

### More

Inside.

## Not in these results

* Masks: `x`
"""


def test_tables():
  text = render(section(blocks.Table(
      "Scores", ["Score", blocks.Cell("A", "3 runs")],
      [[blocks.Cell("MIG", "mean/mig"), blocks.Cell("0.1 (1)", "0 to 1")]],
      ("a note",))))
  assert """\
Scores

| Score | A (3 runs) |
| :--- | ---: |
| MIG (mean/mig) | 0.1 (1) (0 to 1) |

(1) a note
""" in text


def test_words_are_left_and_numbers_right():
  text = render(section(blocks.Table(
      "c", ["Key", "Model", "Runs", "Notes"], [["A", "vae", "3", "none"]],
      words=frozenset({1, 3}))))
  assert """\
| Key | Model | Runs | Notes |
| :--- | :--- | ---: | :--- |
""" in text


def test_names_are_text():
  text = render(section(blocks.Table(
      "c", ["a|b", "<script>"], [["x*y", "[l](u)"]])), title="my_model <b>")
  assert "# my\\_model &lt;b>" in text
  assert "| a\\|b | &lt;script> |" in text
  assert "| x\\*y | \\[l\\](u) |" in text


def test_titles_of_sections_are_text():
  text = render(blocks.Section("name", "a_set <b>", []))
  assert "\n## a\\_set &lt;b>\n" in text


def test_pictures_of_a_whole_report(tmp_path):
  small_runs.write_all(tmp_path)
  made = document.make(runs.find([tmp_path]))
  text = markdown.render(made, "report_files")
  linked = re.findall(r"!\[[^\n]+\]\(report_files/(.+)\.png\)", text)
  assert set(linked) | {"mutual-information"} == {
      picture.name for picture in blocks.pictures(made.sections)}
