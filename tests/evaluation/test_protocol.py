"""Protocols: folders of gin files."""
import pathlib

import gin
import pytest
from disentanglement_lib.config.unsupervised_study_v1 import sweep

from sparse_disent.evaluation import protocol


def test_study_is_upstreams():
  study = protocol.load("unsupervised_study_v1")
  upstream = sweep.UnsupervisedStudyV1()
  assert sorted(study.metrics) == sorted(
      pathlib.Path(path).stem for path in upstream.get_eval_config_files())
  assert sorted(study.representations) == sorted(
      pathlib.Path(path).stem
      for path in upstream.get_postprocess_config_files())


@pytest.mark.parametrize("name", protocol.names())
def test_every_file_parses_alone(name):
  loaded = protocol.load(name)
  for path in [*loaded.representations.values(), *loaded.metrics.values()]:
    gin.clear_config()
    gin.parse_config_file(path)
    gin.finalize()
    assert gin.query_parameter("dataset.name") == "auto"


def test_parsing_makes_imports_and_clears_what_was_bound(
    tmp_path, monkeypatch):
  (tmp_path / "own_parsed.py").write_text(
      "import gin\n\n@gin.configurable\ndef own_parsed(x=1):\n  return x\n")
  monkeypatch.syspath_prepend(tmp_path)
  (tmp_path / "own.gin").write_text("import own_parsed\nown_parsed.x = 2")
  protocol.parse(str(tmp_path / "own.gin"))
  assert gin.get_configurable("own_parsed")() == 1
  (tmp_path / "own.gin").write_text("own_parsed.y = 2")
  with pytest.raises(ValueError, match="doesn't have a parameter named 'y'"):
    protocol.parse(str(tmp_path / "own.gin"))


@pytest.mark.parametrize("name", protocol.names())
def test_every_protocol_has_a_readme(name):
  path = pathlib.Path(next(iter(protocol.load(name).metrics.values())))
  assert (path.parent.parent / "README.md").is_file()


def test_a_folder_is_a_protocol(tmp_path):
  for kind in ("postprocess_configs", "metric_configs"):
    (tmp_path / kind).mkdir()
    (tmp_path / kind / f"{kind[:4]}.gin").write_text("")
  loaded = protocol.load(tmp_path)
  assert loaded.name == tmp_path.name
  assert loaded.metrics == {"metr": f"{tmp_path}/metric_configs/metr.gin"}
  assert list(loaded.representations) == ["post"]


def test_only():
  study = protocol.load("unsupervised_study_v1")
  part = study.only(representations=["mean"], metrics=["mig", "dci"])
  assert list(part.representations) == ["mean"]
  assert list(part.metrics) == ["dci", "mig"]
  with pytest.raises(ValueError, match="protocol 'unsupervised_study_v1' has no"
                     " metric 'migg', only beta_vae_sklearn, dci, "):
    study.only(metrics=["migg"])


def test_unknown(tmp_path):
  with pytest.raises(FileNotFoundError, match="no protocol 'nothing'. Give one "
                     "of .*unsupervised_study_v1.*or a folder with gin files"):
    protocol.load("nothing")
  with pytest.raises(FileNotFoundError, match="There is no protocol"):
    protocol.load(tmp_path)


@pytest.mark.parametrize("metrics", ["mig", [], ()])
def test_a_text_or_nothing_is_no_list_of_names(metrics):
  """Nothing would be all metrics, which take minutes; a text its letters."""
  with pytest.raises(ValueError) as error:
    protocol.load("unsupervised_study_v1").only(metrics=metrics)
  assert str(error.value) == (
      "metrics must be a list with the name of one metric or more, but is "
      f"{metrics!r}. Leave it out for all.")
