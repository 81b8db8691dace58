"""The page: well-formed, self-contained, accessible, and safe."""
import html.parser
import re

import pytest
from support import small_runs

from sparse_disent.report import document
from sparse_disent.report import html_page
from sparse_disent.results import runs

VOID = {"meta", "img", "br", "hr", "link", "input"}
HOSTILE = "<script>alert('x')</script>\"&amp;"


class Page(html.parser.HTMLParser):
  """Reads a page and checks that tags match."""

  def __init__(self, text):
    super().__init__()
    self.elements, self.open, self.texts = [], [], []
    self.feed(text)
    self.close()
    assert self.open == []

  def handle_starttag(self, tag, attrs):
    names = [name for name, _ in attrs]
    assert len(names) == len(set(names)), (tag, names)
    self.elements.append((tag, dict(attrs), tuple(self.open)))
    if tag not in VOID:
      self.open.append(tag)

  def handle_endtag(self, tag):
    assert self.open.pop() == tag

  def handle_data(self, data):
    self.texts.append((self.open[-1] if self.open else "", data))

  def all(self, *tags):
    return [attributes for tag, attributes, _ in self.elements if tag in tags]

  @property
  def text(self):
    return " ".join(data for tag, data in self.texts if tag != "style")


def render(*folders):
  return html_page.render(document.make(runs.find(folders)))


@pytest.fixture(scope="module", name="folder")
def a_folder(tmp_path_factory):
  """Two models, of three seeds and of one, with all that can be shown."""
  folder = tmp_path_factory.mktemp("runs")
  small_runs.write_all(folder / "a0", mig=0.31)
  for seed, mig in ((1, 0.12), (2, 0.25)):
    small_runs.write_model(folder / f"a{seed}",
                           config={"model.random_seed": str(seed)})
    small_runs.write_metric(folder / f"a{seed}", "mig", discrete_mig=mig)
  small_runs.write_all(folder / "b", config={"l0_pair.tau": "1.0"}, mig=0.5)
  small_runs.write_metric(folder / "b", "sap_score", SAP_score=None,
                          SAP_score_undefined="no latent is active")
  return folder


@pytest.fixture(scope="module", name="text")
def a_text(folder):
  return render(folder)


@pytest.fixture(scope="module", name="page")
def a_page(text):
  return Page(text)


def test_identifiers_are_unique_and_links_lead_somewhere(page):
  identifiers = [attributes["id"] for _, attributes, _ in page.elements
                 if "id" in attributes]
  assert len(identifiers) == len(set(identifiers))
  links = [attributes["href"] for attributes in page.all("a", "use")]
  assert links and {link[1:] for link in links} <= set(identifiers)


def test_nothing_comes_from_elsewhere_and_nothing_runs(page, text):
  assert not page.all("script", "iframe", "object", "embed", "link")
  assert not re.search(r"(?:src|href|srcset|action)=\"(?!data:|#)", text)
  assert not re.search(r"url\((?!#)|@import|https?://", text)
  assert not re.search(r"\son\w+=", text)
  assert {attributes.get("http-equiv") for attributes in page.all("meta")} >= {
      "Content-Security-Policy"}


def test_all_pictures_are_inlined_and_said_in_words(page):
  images, charts = page.all("img"), page.all("svg")
  assert len(images) > 10 and len(charts) > 5
  for image in images:
    assert image["src"].startswith("data:image/png;base64,iVBORw0KGgo")
    assert image["alt"].strip()
  for chart in charts:
    assert chart["role"] == "img" and chart["aria-label"].strip()


def test_structure_is_semantic(page):
  for tag in ("header", "nav", "main", "footer", "h1"):
    assert len(page.all(tag)) == 1, tag
  (attributes,) = page.all("html")
  assert attributes["lang"] == "en"
  assert {"name": "viewport", "content":
          "width=device-width, initial-scale=1"} in page.all("meta")
  levels = [int(tag[1]) for tag, _, _ in page.elements
            if re.fullmatch("h[1-6]", tag)]
  assert levels[0] == 1
  assert all(b <= a + 1 for a, b in zip(levels, levels[1:], strict=False))


def test_tables_have_captions_and_headers_and_scroll(page):
  tables = [(parents, attributes) for tag, attributes, parents in page.elements
            if tag == "table"]
  assert len(tables) == len(page.all("caption")) > 3
  groups = [attributes for attributes in page.all("div")
             if attributes.get("class") == "scroll"]
  assert len(groups) == len(tables)
  for group in groups:
    assert group["tabindex"] == "0" and group["role"] == "group"
    assert group["aria-label"]
  assert {attributes["scope"] for attributes in page.all("th")} == {
      "col", "row"}


def test_the_numbers_are_there(page):
  # Median and quartiles of .31, .12 and .25.
  assert "0.250" in page.text and "0.185 to 0.280" in page.text
  assert "0.500" in page.text
  assert "undefined (1)" in page.text
  assert "(1) no latent is active" in page.text
  assert "nan" not in page.text.lower().split()


def test_shaded_cells_carry_their_shade(page):
  # I / H of latent z2 and the factor scale is .75 / 1.
  assert {"class": "shade dark", "style": "--shade: 75%"} in page.all("td")
  assert {"class": "shade", "style": "--shade: 50%"} in page.all("td")


def test_pruned_latents_are_apart(page):
  strips = [attributes["alt"] for attributes in page.all("img")
            if attributes["alt"].startswith("Latent z")]
  assert [alt.split(",")[0] for alt in strips[:4]] == [
      "Latent z2 of group 2", "Latent z0 of group 1", "Latent z3 of group 2",
      "Latent z1 is pruned: all images are the same"]


def test_missing_sections_name_their_commands(tmp_path):
  small_runs.write_model(tmp_path, loss=1.0)
  page = Page(render(tmp_path))
  assert "Not in these results" in page.text
  assert len(page.all("code")) == 6
  assert not page.all("img", "svg")


def test_hostile_names_stay_text(tmp_path):
  folder = tmp_path / "run<img src=x onerror=alert(1)>"
  small_runs.write_all(folder, config={
      "model.name": repr(HOSTILE), "x.y": "'</style><script>'"})
  small_runs.write_model(tmp_path / "other")
  small_runs.write_metric(
      folder, "<i>", representation='"><script>', **{"<b>score": 0.5})
  small_runs.write_metric(
      folder, "mig2", function="mig", discrete_mig=None,
      discrete_mig_undefined="<script>alert(2)</script>")
  page = Page(render(tmp_path))
  assert not page.all("script")
  assert len(page.all("style")) == 1
  assert all("onerror" not in attributes for attributes in page.all("img"))
  assert HOSTILE in page.text
  assert "<b>score" in page.text
  assert "<script>alert(2)</script>" in page.text
