"""Modules that a fresh process has loaded, and names that gin knows in it."""
import json
import subprocess
import sys

import conftest
import pytest

from sparse_disent.compat.startup import registration

HEAVY = ("tensorflow", "tf_keras", "disentanglement_lib", "gin")
# Named otherwise than the command: nothing depends on the name of the program.
START = "import sys, json; sys.argv = ['my_program.py', '--help']\n"
LOADED = f"\nprint(json.dumps([n for n in {HEAVY} if n in sys.modules]))"


def run(code, cwd):
  """Runs code in a fresh Python and returns the last line that it prints."""
  result = subprocess.run(
      [sys.executable, "-c", START + code], cwd=cwd, text=True,
      capture_output=True, check=False)
  assert result.returncode == 0, result.stderr
  return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("code", [
    "import sparse_disent",
    "import sparse_disent.report.writer, sparse_disent.report.score_table",
    "import sparse_disent.baselines.compare",
    "from sparse_disent import data, doctor; data.found()",
    "from sparse_disent.challenge import commands, ranking, submission",
    "from sparse_disent import cli\n"
    "try:\n  cli.main()\nexcept SystemExit:\n  pass"],
    ids=["sparse_disent", "report", "baselines", "data", "challenge", "help"])
def test_what_needs_no_tensorflow_loads_none(tmp_path, code):
  assert run(code + LOADED, tmp_path) == []


def test_reading_results_loads_gin_at_most(tmp_path):
  """Its parser reads gin files, and registers nothing."""
  modules = [f"sparse_disent.results.{path.stem}" for path in sorted(
      (conftest.ROOT / "sparse_disent/results").glob("*.py"))
             if path.stem != "__init__"]
  (tmp_path / "my.gin").write_text("import no_such\nmic.groups = [[0], [1]]")
  code = (f"import {', '.join(modules)}\n"
          "from sparse_disent.results import gin_files, models, runs, steps\n"
          "assert gin_files.bindings('my.gin') == {'mic.groups': [[0], [1]]}\n"
          "assert not steps.is_done('none', 'train', '', '', 'my.gin')\n"
          "assert runs.read_config('none', 'train') == {}")
  assert run(code + LOADED, tmp_path) == ["gin"]


def test_gin_alone_brings_nothing_in(tmp_path):
  code = ("import sparse_disent, gin\n"
          "@gin.configurable\ndef f(x): pass\n"
          "gin.parse_config('f.x = 1')\nassert gin.query_parameter('f.x') == 1")
  assert run(code + LOADED, tmp_path) == ["gin"]


def test_a_gin_file_is_enough(tmp_path):
  """Its import comes after gin's, and its names are ours and upstream's."""
  (tmp_path / "my.gin").write_text(
      "import sparse_disent\nsparse_vae.objective = @dip_vae()\n"
      "dip_vae.lambda_od = 2.0\n")
  code = ("import gin; gin.parse_config_file('my.gin'); gin.finalize()\n"
          "print(json.dumps([gin.query_parameter('dip_vae.lambda_od'),"
          "gin.get_configurable('l0_pair').__name__]))")
  assert run(code, tmp_path) == [2.0, "L0Pair"]


def test_gin_after_us_finds_our_files_and_names(tmp_path):
  (tmp_path / "my.gin").write_text("mic.num_train = 7\n")
  code = ("import sparse_disent, gin; gin.finalize()\n"
          "with gin.unlock_config(): gin.parse_config_file('my.gin')\n"
          "print(json.dumps([gin.query_parameter('mic.num_train'),"
          f"{str(conftest.ROOT)!r} in gin.config._LOCATION_PREFIXES]))")
  assert run(code, tmp_path) == [7, True]


def test_names_that_nobody_knows_are_gins_own_error(tmp_path):
  code = ("import sparse_disent, gin\n"
          "try:\n  gin.parse_config('nonsense.x = 1')\n"
          "except ValueError as error:\n"
          "  print(json.dumps(str(error).splitlines()[0]))")
  assert run(code, tmp_path) == "No configurable matching 'nonsense'."


def test_tensorflow_after_us_has_what_compat_adds(tmp_path):
  code = ("import sparse_disent, tensorflow as tf, tensorflow_hub as hub\n"
          "print(json.dumps([tf.estimator.ModeKeys.TRAIN,"
          "hub.Module.__module__, sparse_disent.layers.L0Pair.__name__]))")
  assert run(code, tmp_path) == [
      "train", "sparse_disent.compat.hub.modules", "L0Pair"]


def test_what_is_called_light_loads_no_tensorflow(tmp_path):
  """Each module with all that it imports, as in a worker process."""
  modules = [f"sparse_disent.{name}" for name in registration._LIGHT]
  code = f"import gin\nimport {', '.join(modules)}"
  assert run(code + LOADED, tmp_path) == ["gin"]


@pytest.mark.parametrize("name", [
    "data.registry", "evaluation.runner"])
def test_a_module_of_ours_can_be_the_first(tmp_path, name):
  """It is loaded once, also where registering has loaded it already."""
  code = (f"import sparse_disent.{name} as module, importlib, gin\n"
          "print(json.dumps([sys.modules[module.__name__] is module,"
          "type(module.__spec__.loader).__name__,"
          "gin.get_configurable('sparse_vae').__name__]))")
  assert run(code, tmp_path) == [True, "SourceFileLoader", "SparseVAE"]


@pytest.mark.parametrize("name, expected", [
    ("sparse_disent", False), ("sparse_disent.layers", True),
    ("sparse_disent.layers.gate", True), ("sparse_disent.layers_of", False),
    ("sparse_disent.compat", False), ("sparse_disent.compat.hub.modules", True),
    ("sparse_disent.compat.startup.lazy_modules", False),
    ("sparse_disent.data", False),
    ("sparse_disent.data.mnist", True), ("other.layers", False),
    ("sparse_disent.data.mnist_file", False),
    ("sparse_disent.report.writer", False)])
def test_heavy_modules(name, expected):
  assert registration.is_heavy(name) == expected


def test_no_other_attributes():
  import sparse_disent
  with pytest.raises(AttributeError, match="'sparse_disent' has no .* 'nots'"):
    _ = sparse_disent.nots
