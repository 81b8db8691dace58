"""Upstream's own source, and a fork's."""
import pathlib

import pytest
from disentanglement_lib.evaluation import evaluate  # noqa: F401
from disentanglement_lib.evaluation.metrics import dci
from disentanglement_lib.evaluation.metrics import mig
from disentanglement_lib.evaluation.metrics import utils
from disentanglement_lib.postprocessing import methods  # noqa: F401

from sparse_disent.compat.metrics import originals

PACKAGE = "disentanglement_lib."


@pytest.mark.parametrize("name", originals._DIGESTS)
def test_what_is_installed_is_upstreams(name):
  assert originals.is_original(PACKAGE + name)


def change(monkeypatch, module, folder, text):
  path = folder / "changed.py"
  path.write_bytes(pathlib.Path(module.__file__).read_bytes() + text)
  monkeypatch.setattr(module, "__file__", str(path))


def test_a_changed_module(monkeypatch, tmp_path):
  change(monkeypatch, mig, tmp_path, b"\n# Ours.\n")
  assert not originals.is_original(mig.__name__)
  assert originals.is_original(dci.__name__)


def test_a_module_that_uses_a_changed_one(monkeypatch, tmp_path):
  change(monkeypatch, utils, tmp_path, b"\n# Ours.\n")
  assert not originals.is_original(mig.__name__)


def test_line_ends_do_not_count(monkeypatch, tmp_path):
  path = tmp_path / "mig.py"
  path.write_bytes(
      pathlib.Path(mig.__file__).read_bytes().replace(b"\n", b"\r\n"))
  monkeypatch.setattr(mig, "__file__", str(path))
  assert originals.is_original(mig.__name__)


@pytest.mark.parametrize("name", [
    "not_loaded", "json", "sys", PACKAGE + "evaluation.evaluate"])
def test_what_nothing_is_known_of(name):
  assert not originals.is_original(name)


def test_without_source(monkeypatch):
  monkeypatch.setattr(mig, "__file__", None)
  assert not originals.is_original(mig.__name__)
