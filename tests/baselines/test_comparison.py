from support import small_baselines as small
from support.small_comparison import compare


def test_own_models_beside_baselines(tmp_path):
  for seed in (0, 1):
    small.own_run(tmp_path / f"a{seed}", seed=seed, mig=0.1 + seed / 10)
  found = compare(tmp_path, {"seed": 0}, {"seed": 1, "value": 0.3})
  panel, = found.panels
  assert (panel.label, panel.place) == ("MIG", "dsprites_full, mean")
  (key, mine), = panel.own
  assert (key, mine.values) == ("A", [0.1, 0.2])
  entry, = panel.beside
  assert (entry.key, entry.distribution.values, entry.remarks) == (
      "1", [0.1, 0.3], {})
  assert not panel.apart
  assert [p.score for p in found.alone] == ["reconstruction_loss"]
  assert found.origins == {"dsprites_full": "original"}


def test_what_is_no_score_of_the_same_thing_is_apart(tmp_path):
  small.own_run(tmp_path)
  found = compare(tmp_path, {}, {"representation": "sampled"},
                  {"variant": "importances", "network": "half"})
  panel, = found.panels
  assert len(panel.beside) == 1
  assert [reasons for _, reasons in panel.apart] == [
      ("another representation: sampled",),
      ("another variant of the metric: importances",
       "another network: half")]


def test_remarks_name_the_own_models_that_they_concern(tmp_path):
  small.own_run(tmp_path / "a")
  small.own_run(tmp_path / "b", steps=1000)
  panel, = compare(tmp_path, {}, {"steps": None}).panels
  assert [entry.remarks for entry in panel.beside] == [
      {"300,000 training steps, not 1,000": ["B"]},
      {"training steps not stated": ["A", "B"]}]


def test_own_runs_that_were_measured_otherwise_have_a_panel_of_their_own(
    tmp_path):
  small.own_run(tmp_path / "a")
  small.own_run(tmp_path / "b", sizes=60)
  panels = compare(tmp_path, {}).panels
  assert [panel.label for panel in panels] == [
      "MIG, mig.num_train 10,000", "MIG, mig.num_train 60"]
  assert [list(panel.beside[0].remarks) for panel in panels] == [
      [], ["another sample size: mig.num_train 10,000, not 60"]]


def test_re_rendered_data_are_marked_not_hidden(tmp_path):
  small.own_run(tmp_path)
  panel, = compare(tmp_path, {}, data="re-rendered").panels
  assert list(panel.beside[0].remarks) == [
      "original dSprites, not re-rendered: the number of pixels that are on "
      "differs by 2, of 128 million"]


def test_other_data_sets_are_counted(tmp_path):
  small.own_run(tmp_path)
  found = compare(tmp_path, {"dataset": "cars3d"}, {"dataset": "cars3d",
                                                    "method": "n"})
  assert found.elsewhere == {"cars3d": 2}
  assert not found.panels
  assert len(found.alone) == 2


def test_representations_have_panels_of_their_own(tmp_path):
  small.own_run(tmp_path)
  small.own_run(tmp_path, representation="sampled")
  panels = compare(tmp_path, {}, {"representation": "sampled", "value": 0.7},
                   {"representation": "mean and sampled", "value": 0.5}).panels
  assert [(panel.representation, [entry.distribution.values[0]
                                  for entry in panel.beside])
          for panel in panels] == [("mean", [0.1, 0.5]),
                                   ("sampled", [0.7, 0.5])]


def test_main_scores_come_first(tmp_path):
  run = small.own_run(tmp_path)
  small.small_runs.write_metric(run, "a", function="a", x=1.0)
  changes = [{"metric": "a", "score": "x", "config": ()}, {}]
  assert [panel.metric for panel in compare(tmp_path, *changes).panels] == [
      "mig", "a"]
