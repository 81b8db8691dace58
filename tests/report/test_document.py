from support import small_runs

from sparse_disent.report import document
from sparse_disent.results import runs


def make(*folders):
  return document.make(runs.find(folders))


def names(made):
  return [section.name for section in made.sections]


def test_a_run_with_everything(tmp_path, capsys):
  small_runs.write_all(tmp_path)
  made = make(tmp_path)
  assert names(made) == [
      "scores", "reconstructions", "traversals", "information", "prefixes",
      "masks", "training", "settings"]
  assert made.missing == []
  assert made.title == "masked_dipvae"
  assert made.facts == [
      ("Data set", "dsprites_full"), ("Models", "1"), ("Runs", "1"),
      ("Training steps", "5,000"), ("Latents", "4")]
  assert "drawing: 7/7 sections" in capsys.readouterr().err


def test_re_rendered_data_are_called_that(tmp_path):
  for name, data in (("a", "original"), ("b", "re-rendered")):
    small_runs.write_model(tmp_path / name, config={"vae.beta": name})
    small_runs.write_pictures(tmp_path / name, data=data)
  assert dict(make(tmp_path / "a").facts)["Data set"] == "dsprites_full"
  assert dict(make(tmp_path).facts)["Data set"] == (
      "dsprites_full (re-rendered dSprites)")


def test_what_is_missing_is_named_with_its_command(tmp_path):
  small_runs.write_model(tmp_path, loss=1.0)
  made = make(tmp_path)
  assert names(made) == ["scores", "settings"]
  missing = dict(made.missing)
  assert len(missing) == 6
  assert missing["Channel masks, of masked models"] == (
      "sparse-disent evaluate --protocol=channel_masks --model_dir=RUN/model")
  assert missing["Curves over training"].startswith("dlib_train ")


def test_settings_and_folders_are_listed(tmp_path, monkeypatch):
  for seed in (0, 1):
    small_runs.write_model(tmp_path / f"run{seed}", loss=1.0,
                           config={"model.random_seed": str(seed)})
  monkeypatch.chdir(tmp_path)
  settings = make(".").sections[-1]
  (table,), (listed,) = (details.blocks for details in settings.blocks)
  assert ["l0_pair.tau", "0.1"] in table.rows
  assert listed.rows == [["masked_dipvae", "run0", "0"],
                         ["masked_dipvae", "run1", "1"]]


def test_several_models_are_listed_first(tmp_path):
  small_runs.write_model(tmp_path / "a", loss=1.0)
  small_runs.write_model(tmp_path / "b", loss=1.0,
                         config={"encoder.num_latent": "10"})
  made = make(tmp_path)
  assert made.sections[0].blocks[0].caption.startswith("Models.")
  assert dict(made.facts)["Latents"] == "4, 10"


def test_the_one_model_too_many_is_singular(tmp_path):
  for i in range(25):
    small_runs.write_model(tmp_path / f"{i}", config={"vae.beta": str(i)})
  what, _ = make(tmp_path).missing[0]
  assert what == ("Pictures, curves and settings of 1 further model: only "
                  "those of the first 24 are here")


def test_titles_of_many_models_are_short(tmp_path):
  for name in "abcd":
    small_runs.write_model(tmp_path / name, loss=1.0,
                           config={"model.name": repr(name), "vae.beta": name})
  assert make(tmp_path).title == "4 models"
  assert make(tmp_path / "a", tmp_path / "b").title == "a, b"
