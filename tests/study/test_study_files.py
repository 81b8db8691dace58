import pytest

from sparse_disent.study import definition
from sparse_disent.study import study_files

PYTHON = """
from sparse_disent.study import definition

def study():
  return definition.Study("mine", "a.gin", [{"vae.beta": 2.}], protocol="pvae")
"""
GIN = """
study.gin_config = "%s"
study.vary = {"vae.beta": [1., 4.], "dip_vae.dip_type": ["i"]}
study.seeds = 2
study.protocol = "pvae"
study.bindings = ["model.eval_steps = 3"]
study.hours = 2
"""


def test_a_python_file_is_run(tmp_path):
  path = tmp_path / "mine.py"
  path.write_text(PYTHON)
  study = study_files.load(str(path))
  assert (study.name, study.models) == ("mine", [{"vae.beta": 2.}])


@pytest.mark.parametrize("text", ["", "study = 3", "def study(): return None"])
def test_a_python_file_without_a_study_is_named(tmp_path, text):
  path = tmp_path / "mine.py"
  path.write_text(text)
  with pytest.raises(ValueError, match="must define a function study"):
    study_files.load(str(path))


@pytest.mark.parametrize(("text", "line"), [
    ("\n1 / 0", 2), ("def study():\n  return {}['a']", 2)])
def test_an_error_in_a_python_file_names_its_line(tmp_path, text, line):
  path = tmp_path / "mine.py"
  path.write_text(text)
  with pytest.raises(ValueError, match=f"mine.py', line {line}: .*Error: "):
    study_files.load(str(path))


def test_a_gin_file_is_read(tmp_path):
  (tmp_path / "model.gin").write_text("model.random_seed = 0")
  path = tmp_path / "mine.gin"
  path.write_text(GIN % (tmp_path / "model.gin"))
  study = study_files.load(str(path))
  assert study.name == "mine"
  assert study.models == [
      {"vae.beta": beta, "dip_vae.dip_type": "i", "model.random_seed": seed}
      for beta in (1., 4.) for seed in (0, 1)]
  assert study.bindings == ("model.eval_steps = 3",)
  assert study.resources == definition.Resources(hours=2)


@pytest.mark.parametrize(("text", "match"), [
    ("study.vary = {}", " lacks study.gin_config"),
    ("vae.beta = 4", " binds vae.beta, but the file of a study binds only"),
    ("study.seed = 4", " binds study.seed"),
    ("study.vary = {'vae.beta': 4}",
     ": study.vary must be a dictionary such as"),
    ("study.vary = {'model.name': 'dense'}", ": study.vary must be"),
    ("study.vary = ['vae.beta']", ": study.vary must be"),
    ("study.seeds = '5'",
     ": study.seeds must be a number such as 5, but is '5'"),
    ("study.seeds = True", ": study.seeds must be"),
    ("study.gin_config = 3", ": study.gin_config must be the path"),
    ("study.protocol = 3", ": study.protocol must be the name"),
    ("study.bindings = 'a.b = 3'", ": study.bindings must be a list"),
    ("study.search = ['vae.beta']", ": study.search must be a dictionary"),
    ("study.smallest = 'False'", ": study.smallest must be True or False"),
    ("study.score = 3", ": study.score must be a score such as")])
def test_a_gin_file_that_is_no_study_is_named(tmp_path, text, match):
  path = tmp_path / "mine.gin"
  path.write_text(text)
  with pytest.raises(ValueError, match=f"mine.gin'{match}"):
    study_files.load(str(path))


def test_a_parameter_is_searched_or_varied(tmp_path):
  path = tmp_path / "mine.gin"
  path.write_text((SEARCH % "model.gin").replace(
      "encoder.num_latent", "vae.beta"))
  with pytest.raises(ValueError, match="vae.beta in study.search and in"):
    study_files.load(str(path))


@pytest.mark.parametrize("name", ["missing.py", "missing.gin"])
def test_a_missing_file(name):
  with pytest.raises(FileNotFoundError, match="missing"):
    study_files.load(name)


SEARCH = """
study.gin_config = "%s"
study.search = {"vae.beta": ("log", 1., 16.)}
study.vary = {"encoder.num_latent": [6, 10]}
study.trials = 3
study.seeds = 2
study.score = "mean/mig/discrete_mig"
study.protocol = "modern"
"""


def test_a_gin_file_can_be_a_search(tmp_path):
  (tmp_path / "model.gin").write_text("model.random_seed = 0")
  path = tmp_path / "mine.gin"
  path.write_text(SEARCH % (tmp_path / "model.gin"))
  study = study_files.load(str(path))
  assert len(study.models) == 2 * 3 * 2
  assert study.search == definition.Search(
      "mean/mig/discrete_mig", by=("encoder.num_latent",))
  varied = study.varied()
  assert varied["model.random_seed"] == [100, 101]
  assert len(varied["vae.beta"]) == 3
  assert all(1 <= beta <= 16 for beta in varied["vae.beta"])
  path.write_text(path.read_text() + "study.smallest = True\n")
  assert not study_files.load(str(path)).search.largest


@pytest.mark.parametrize(("line", "message"), [
    ("trials", "lacks study.trials"), ("score", "lacks study.score"),
    ("search", "has study.trials, but no study.search")])
def test_what_a_search_lacks_is_named(tmp_path, line, message):
  path = tmp_path / "mine.gin"
  path.write_text("\n".join(text for text in SEARCH.splitlines()
                            if not text.startswith(f"study.{line}")))
  with pytest.raises(ValueError, match=message):
    study_files.load(str(path))
