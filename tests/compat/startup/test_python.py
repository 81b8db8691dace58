import pathlib
import subprocess
import sys

import gin
import numpy as np
import pytest
import simplejson as json
from disentanglement_lib.evaluation import evaluate  # noqa: F401
from disentanglement_lib.evaluation.metrics import mig  # noqa: F401
from disentanglement_lib.methods.unsupervised import train  # noqa: F401

from sparse_disent.compat.startup import python


def test_gin_takes_upstreams_old_keywords():

  @gin.configurable("old_names_allow", whitelist=["a"])
  def allowed(a=1, b=2):
    return a, b

  @gin.configurable("old_names_deny", blacklist=["b"])
  def denied(a=1, b=2):
    return a, b

  gin.parse_config("old_names_allow.a = 5\nold_names_deny.a = 6")
  assert allowed() == (5, 2)
  assert denied() == (6, 2)
  for name in ("old_names_allow", "old_names_deny"):
    with pytest.raises(ValueError, match="'b'"):
      gin.parse_config(f"{name}.b = 1")


def test_gin_used_as_plain_decorator_still_works():

  @gin.configurable
  def old_names_plain(a=1):
    return a

  gin.parse_config("old_names_plain.a = 7")
  assert old_names_plain() == 7


def test_upstreams_encoder_writes_numpy_2_floats():
  from disentanglement_lib.utils import results
  text = json.dumps({"a": np.float64(.5), "b": np.int64(2)},
                    cls=results.Encoder)
  assert json.loads(text) == {"a": .5, "b": 2}


def test_gin_files_are_found_from_everywhere(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  gin.parse_config_file("gin_configs/masked_dipvae.gin")
  assert gin.query_parameter("l0_pair.tau") == .1
  gin.clear_config()
  gin.parse_config_file(
      "disentanglement_lib/config/unsupervised_study_v1/metric_configs/mig.gin")
  assert gin.query_parameter("mig.num_train") == 10000


def test_a_file_in_the_working_directory_comes_first(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  (tmp_path / "gin_configs").mkdir()
  pathlib.Path("gin_configs/masked_dipvae.gin").write_text("model.name = 'x'")
  gin.parse_config_file("gin_configs/masked_dipvae.gin", skip_unknown=True)
  assert gin.query_parameter("model.name") == "x"


@pytest.mark.parametrize("path", [
    "nowhere/missing.gin", "disentanglement_lib/missing.gin", "missing.gin"])
def test_a_missing_gin_file_is_one_clear_error(path, caplog):
  with pytest.raises(IOError, match="Unable to open file"):
    gin.parse_config_file(path)
  assert not caplog.records


def test_distutils_is_there_where_python_has_none(tmp_path):
  """Runs with Python's and setuptools' own distutils hidden."""
  (tmp_path / "folder").mkdir()
  (tmp_path / "folder" / "file").write_text("content")
  (tmp_path / "copy").mkdir()
  code = """
import importlib.util, sys
for name in [n for n in sys.modules if n.split('.')[0] == 'distutils']:
  del sys.modules[name]
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: (
    None if name == 'distutils' else find(name, *a))
import sparse_disent, gin
from distutils import dir_util
import distutils.version
dir_util.copy_tree('folder', 'copy')
print(distutils.version.LooseVersion('2.9') < distutils.version.LooseVersion(
    '2.21'), open('copy/file').read())
"""
  result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, text=True,
                          capture_output=True, check=False)
  assert result.stdout == "True content\n", result.stderr


def output(code):
  result = subprocess.run([sys.executable, "-c", code], text=True,
                          capture_output=True, check=False)
  assert result.returncode == 0, result.stderr
  return result.stdout.splitlines()


def test_upstreams_scripts_do_not_look_for_distutils():
  """Where Python has one, setuptools puts its own in its place, all of it."""
  # TensorFlow 2.16 itself looks for it.
  expected = output(
      "import sys, tensorflow; print('setuptools' in sys.modules)")[-1]
  assert output("""
import sys
__file__ = f'{sys.prefix}/bin/dlib_train'
from disentanglement_lib.methods.unsupervised import train
from distutils import dir_util
print('setuptools' in sys.modules, 'pandas' in sys.modules,
      callable(dir_util.copy_tree))
import pandas
print(pandas.DataFrame({'a': [1]}).a.sum())
""")[-2:] == [f"{expected} False True", "1"]


def test_existing_distutils_is_left_alone():
  before = sys.modules.get("distutils")
  python._add_distutils()
  assert sys.modules.get("distutils") is before
