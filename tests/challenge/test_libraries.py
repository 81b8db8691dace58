import importlib.metadata
import os
import pathlib
import subprocess
import sys

import pytest

from sparse_disent.challenge import libraries

CODE = """
import sparse_disent, disentanglement_lib.methods.unsupervised.train, gin
print(sparse_disent.__file__)
print(disentanglement_lib.__file__)
gin.parse_config_file("gin_configs/masked_dipvae.gin")
from sparse_disent.evaluation import protocol
print(protocol.load("neurips2019_challenge").metrics["irs"])
"""


def test_copies_are_what_is_imported(tmp_path):
  library = tmp_path / "lib"
  libraries.copy(library)
  output = subprocess.run(
      [sys.executable, "-c", CODE], check=True, text=True, cwd=tmp_path,
      capture_output=True, env={**os.environ, "PYTHONPATH": str(library)})
  paths = output.stdout.splitlines()
  assert len(paths) == 3
  assert all(path.startswith(str(library)) for path in paths)
  assert not list(library.rglob("*_test.py"))
  assert "Apache License" in (
      library / "disentanglement_lib" / "LICENSE").read_text()
  assert (library / "sparse_disent" / "challenge" / "template" / "run.sh"
          ).is_file()


def test_environment_has_the_versions_that_are_here():
  lines = [line.strip() for line in libraries.environment().splitlines()]
  assert f"- python={sys.version_info[0]}.{sys.version_info[1]}" in lines
  for name in ("tensorflow", "numpy", "tf-keras"):
    assert f"- {name}=={importlib.metadata.version(name)}" in lines
  assert not any("pytest" in line or ">" in line for line in lines)
  assert any(line.startswith("- aicrowd_api==") for line in lines)


def test_environment_names_what_is_not_installed(monkeypatch):
  monkeypatch.setattr(importlib.metadata, "requires",
                      lambda name: ["no-such-package>=1"])
  with pytest.raises(ImportError, match="has not installed no-such-package"):
    libraries.environment()


def test_upstream_has_to_be_there(monkeypatch, tmp_path):
  monkeypatch.setattr(libraries.importlib.util, "find_spec",
                      lambda name: None)
  with pytest.raises(ImportError, match="sparse_disent is not installed"):
    libraries.copy(pathlib.Path(tmp_path / "lib"))
