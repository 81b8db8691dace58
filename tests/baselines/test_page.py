from support import small_baselines as small
from support import small_comparison

from sparse_disent.baselines import page
from sparse_disent.report import blocks
from sparse_disent.report import html_page
from sparse_disent.report import markdown

STUDY = {"value": None, "landmarks": (("q1", .1), ("median", .2), ("q3", .3)),
         "count": 50, "accuracy": 0.003, "provenance": "read from a box plot",
         "method": "beta_vae", "settings": (("vae.beta", "4"),)}


def texts(content):
  """All that blocks say, at any depth."""
  for block in content:
    if isinstance(block, (blocks.Section, blocks.Details)):
      yield from texts(block.blocks)
    elif isinstance(block, blocks.Table):
      yield block.caption
      yield from block.notes
      for row in [block.columns, *block.rows]:
        for cell in row:
          yield from [cell] if isinstance(cell, str) else [cell.text,
                                                           cell.detail]
    elif isinstance(block, blocks.Text):
      yield block.text


def make(folder, *changes, **options):
  return page.make(small_comparison.compare(folder, *changes, **options))


def test_sections(tmp_path):
  small.own_run(tmp_path / "a")
  small.own_run(tmp_path / "b", representation="sampled", seed=1)
  document = make(tmp_path, STUDY, {"representation": "sampled"})
  assert [(section.name, section.title) for section in document.sections] == [
      ("own", "Own runs"),
      ("at-dsprites-full-mean", "dsprites_full, mean"),
      ("at-dsprites-full-sampled", "dsprites_full, sampled"),
      ("baselines", "Baselines")]
  assert document.kind == "Comparison with baselines"
  assert [name for name, _ in document.facts] == [
      "Data sets", "Own runs", "Baselines"]


def test_a_row_states_accuracy_and_provenance(tmp_path):
  small.own_run(tmp_path, steps=1000)
  found = list(texts(make(tmp_path, STUDY).sections))
  for text in ("0.003", "read from a box plot", "0.100 to 0.300", "50",
               "beta_vae, beta 4", "s: i", "300,000",
               "300,000 training steps, not 1,000"):
    assert text in found


def test_reasons_of_what_is_not_comparable_are_told(tmp_path):
  small.own_run(tmp_path)
  found = list(texts(make(tmp_path, {"variant": "importances"},
                          {"dataset": "cars3d"}).sections))
  assert "No baseline is comparable." in found
  assert "another variant of the metric: importances" in found
  assert ("Not comparable, because own runs are on other data sets: 1 on "
          "cars3d.") in found


def test_our_extra_columns_stand_beside(tmp_path):
  run = small.own_run(tmp_path)
  small.small_runs.write_metric(run, "connectivity", density=0.25)
  small.small_runs.write_metric(
      run, "active_latents", num_active_latents=6)
  section = make(tmp_path, {}).sections[0]
  found = list(texts([section]))
  for text in ("Reconstruction loss (nats)", "Density of masks", "0.250",
               "Active latents, by variance"):
    assert text in found
  assert any(text.startswith("No baseline has: ") and "Density of masks" in text
             for text in found)


def test_what_is_known_of_the_data_is_said(tmp_path):
  small.own_run(tmp_path)
  for data, words in (("unknown", "do not say whether dsprites_full was the"),
                      ("re-rendered", "is taken to be re-rendered")):
    assert any(words in text for text in texts(
        make(tmp_path, {}, data=data).sections))


def test_a_picture_of_each_score_that_has_baselines(tmp_path):
  small.own_run(tmp_path / "a")
  small.own_run(tmp_path / "b", sizes=60)
  document = make(tmp_path, STUDY)
  pictures = list(blocks.pictures(document.sections))
  # Two panels of one score: what was measured otherwise is not mixed.
  assert [picture.name for picture in pictures] == [
      "dsprites-full-mean-mig-discrete-mig",
      "dsprites-full-mean-mig-discrete-mig--2"]
  assert pictures[0].alt == (
      "MIG, mig.num_train 10,000, dsprites_full, mean: median of own runs A: "
      "mine, 0.250; of baselines 1: beta_vae, beta 4, 0.200")


def test_undefined_own_scores_are_not_drawn(tmp_path):
  small.own_run(tmp_path, mig=None)
  assert not list(blocks.pictures(make(tmp_path, STUDY).sections))


def test_undefined_baselines_are_told_but_not_drawn(tmp_path):
  small.own_run(tmp_path)
  undefined = {"value": None, "undefined": "one latent", "method": "n"}
  assert not list(blocks.pictures(make(tmp_path, undefined).sections))
  document = make(tmp_path, undefined, STUDY)
  picture, = blocks.pictures(document.sections)
  assert picture.alt.endswith("of baselines 2: beta_vae, beta 4, 0.200")
  assert "undefined" in list(texts(document.sections))


def test_both_kinds_of_page_take_it(tmp_path):
  small.own_run(tmp_path)
  document = make(tmp_path, {**STUDY, "method": "<b>"})
  html = html_page.render(document)
  assert "&lt;b&gt;, beta 4" in html and "<b>, beta 4" not in html
  assert 'href="#own">Skip to: Own runs' in html
  assert "&lt;b>, beta 4" in markdown.render(document, "files")


def test_keys_come_before_the_names_of_models(tmp_path, monkeypatch):
  drawn = []
  draw = page.boxes.draw
  monkeypatch.setattr(page.boxes, "draw", lambda *arguments: drawn.append(
      arguments) or draw(*arguments))
  small.own_run(tmp_path, steps=1000)
  document = make(tmp_path, STUDY)
  (_, own, groups), = drawn
  assert [label for label, _ in own] == ["A: mine"]
  assert [label for _, rows in groups for label, *_ in rows] == [
      "1: beta_vae, beta 4 *"]
  text = markdown.render(document, "files")
  assert "\n| Key | Model | Median | A (falls at) | n |" in text
  assert "\n| A | mine | 0.250 |" in text
  assert "\n| 1 | beta\\_vae, beta 4 (s: i) | 0.200 (" in text


def test_letters_numbers_stars_and_whiskers_are_told_under_the_pictures(
    tmp_path):
  small.own_run(tmp_path)
  section = make(tmp_path, STUDY).sections[1]
  place, = (i for i, block in enumerate(section.blocks)
            if isinstance(block, blocks.Grid))
  legend = section.blocks[place + 1].text
  for word in ("letter", "number", "star", "Whiskers", "fewer than 5 runs"):
    assert word in legend
