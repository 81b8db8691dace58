"""The report on this installation, on broken ones, and on none at all."""
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from sparse_disent import doctor

ROOT = pathlib.Path(__file__).resolve().parents[1]
HEALTHY = {
    "autoload": True, "compat": True, "gpus": ["Model A", "Model A"],
    "supplied": ["numpy:float_", "gin:configurable(whitelist=)"],
    "error": None, "missing_module": None}
GOOD_VERSIONS = {
    "tensorflow": "2.21.0", "tf-keras": "2.21.0",
    "tensorflow-probability": "0.25.0", "tensorflow-hub": "0.16.1",
    "gin-config": "0.5.0", "numpy": "2.4.6", "scikit-learn": "1.9.1",
    "disentanglement-lib": "1.5"}


@pytest.fixture
def report(monkeypatch, capsys, tmp_path):
  """A function that reports on an installation with given differences."""
  monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path))
  # The command runs where upstream has not fixed its paths by being imported.
  monkeypatch.delitem(
      sys.modules, "disentanglement_lib.data.ground_truth.dsprites",
      raising=False)

  def run(facts=None, problem=None, **versions):
    installed = GOOD_VERSIONS | {
        name.replace("_", "-"): value for name, value in versions.items()}
    monkeypatch.setattr(
        doctor, "_version", lambda package, module: installed[package])
    monkeypatch.setattr(
        doctor, "_probe", lambda: (HEALTHY | (facts or {}), problem))
    code = doctor.main()
    return code, capsys.readouterr().out

  return run


def words(text):
  """Lines without the spaces that align columns."""
  return [" ".join(line.split()) for line in text.splitlines()]


def test_oldest_versions_are_those_that_pip_accepts():
  project = (ROOT / "pyproject.toml").read_text()
  for package, (_, oldest, _) in doctor._PACKAGES.items():
    if package != "disentanglement-lib":  # Its wheel goes in with --no-deps.
      assert f'"{package}>={oldest},' in project
  assert f'requires-python = ">={doctor._PYTHON[0]}"' in project


def test_python_versions_are_those_of_the_readme():
  readme = (ROOT / "README.md").read_text()
  assert f"Python {doctor._PYTHON[0]} to {doctor._PYTHON[1]}" in readme


def test_healthy_installation(report, tmp_path):
  code, text = report()
  assert code == 0
  lines = text.splitlines()
  assert "tensorflow 2.21.0 ok (2.16 to 2.21)" in words(text)
  assert f"  DISENTANGLEMENT_LIB_DATA is {str(tmp_path)!r}" in lines
  assert ("  none: only dummy_data can be trained on. To render dSprites: "
          "sparse-disent data dsprites") in lines
  assert "  GPUs                    Model A, Model A" in lines
  assert "  autoload (.pth) active  yes" in lines
  assert "  supplied by compat      numpy:float_" in lines
  assert lines[-1] == "Training can run."


@pytest.mark.parametrize("versions, line", [
    ({"tensorflow": None, "tf_keras": None},
     '  1. tensorflow is not installed. Run: pip install "tensorflow>=2.16"'),
    ({"tensorflow": "2.15.1", "tf_keras": "2.15.1"},
     "  1. tensorflow 2.15.1 is older than 2.16. Run: pip install "
     '"tensorflow>=2.16"'),
    ({"tf_keras": "2.16.0"},
     "  1. tf-keras 2.16.0 does not belong to tensorflow 2.21.0. Run: pip "
     'install "tf-keras~=2.21.0"'),
    ({"disentanglement_lib": None},
     "  1. disentanglement-lib is not installed. Run: pip install --no-deps "
     "disentanglement-lib==1.5")])
def test_versions_that_cannot_train(report, versions, line):
  code, text = report(**versions)
  assert code == 1
  assert line in text.splitlines()


@pytest.mark.parametrize("versions, status", [
    ({"numpy": "3.0.1"}, "numpy 3.0.1 newer than the newest tested, 2.5"),
    ({"disentanglement_lib": "unknown"},
     "disentanglement-lib unknown not installed by pip")])
def test_versions_that_may_train(report, versions, status):
  code, text = report(**versions)
  assert code == 0
  assert status in words(text)


@pytest.mark.parametrize("facts, problem", [
    ({"autoload": False},
     "The autoload is not active: dlib_train and upstream's other scripts run "
     "without sparse_disent. Install it with `pip install .` in its checkout; "
     "PYTHONPATH alone does not activate it."),
    ({"missing_module": "six.moves", "error": "ModuleNotFoundError: no six"},
     "upstream needs the module 'six.moves', which is missing. Run: pip "
     "install six"),
    ({"error": "TypeError: odd"},
     "Importing upstream fails (TypeError: odd). To see where, run: python -c "
     "'import disentanglement_lib.evaluation.evaluate'"),
    ({"compat": False},
     "`import disentanglement_lib` does not bring sparse_disent in. Reinstall "
     "sparse_disent in the environment of upstream.")])
def test_processes_that_cannot_train(report, facts, problem):
  code, text = report(facts)
  assert code == 1
  assert text.endswith(
      f"Training cannot run: 1 problem(s)\n  1. {problem}\n")


def test_another_version_of_upstream_is_one_problem(report, monkeypatch):
  monkeypatch.setattr(doctor.release, "problem", lambda: "This is 1.4.")
  code, text = report(disentanglement_lib="1.4")
  assert code == 1
  assert "disentanglement-lib     1.4     older than 1.5" in text
  assert "not checked: no disentanglement_lib 1.5" in text
  assert text.endswith(
      "Training cannot run: 1 problem(s)\n  1. This is 1.4.\n")


def test_process_that_dies(monkeypatch):
  monkeypatch.setattr(sys, "executable", "/bin/false")
  facts, problem = doctor._probe()
  assert facts is None
  assert problem == (
      "A fresh process that imports tensorflow and disentanglement_lib dies "
      "with exit code 1 (no message). Reinstall them in a new environment.")


@pytest.mark.parametrize("metadata, origin", [
    ({"re_rendered": True}, "re-rendered"),
    ({"author": "lmatthey@google.com"}, "original")])
def test_dsprites_says_where_it_is_from(report, tmp_path, metadata, origin):
  path = write_dsprites(tmp_path)
  np.savez(path, metadata=np.array(metadata, dtype=object))
  code, text = report()
  assert code == 0
  assert f"dsprites {origin} {path}" in words(text)


def test_half_a_download(report, tmp_path):
  path = write_dsprites(tmp_path)
  path.write_bytes(b"PK\3\4 and no more")
  code, text = report()
  assert code == 1
  assert f"  1. {str(path)!r} cannot be read (" in text
  assert text.endswith("Delete it and run: sparse-disent data dsprites\n")


def write_dsprites(directory):
  path = (directory / "dsprites"
          / "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz")
  path.parent.mkdir()
  return path


def test_remote_data_directory(report, monkeypatch):
  monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", "gs://bucket")
  code, text = report()
  assert code == 0
  assert "not looked into, since it is remote" in text


def test_this_installation():
  facts, problem = doctor._probe()
  assert problem is None
  assert facts["error"] is None
  assert facts["compat"]
  # TensorFlow lost these in 2.0, tensorflow_hub in 0.13, gin in 0.4.
  assert {"tensorflow.contrib.tpu:TPUEstimator", "tensorflow_hub:Module",
          "gin:configurable(whitelist=)"} <= set(facts["supplied"])


def test_installation_with_nothing_in_it(tmp_path):
  # -S leaves all site-packages out.
  program = (
      "import sys\nsys.argv = ['sparse-disent', 'doctor']\n"
      f"sys.path.insert(0, {str(ROOT)!r})\n"
      "from sparse_disent import cli\nsys.exit(cli.main())")
  result = subprocess.run(
      [sys.executable, "-I", "-S", "-c", program], capture_output=True,
      text=True, cwd=tmp_path)
  assert result.returncode == 1
  assert result.stderr == ""
  assert "tensorflow              missing" in result.stdout
  assert ("not checked: no tensorflow and no disentanglement_lib"
          in result.stdout)
  assert "Training cannot run: 8 problem(s)" in result.stdout
