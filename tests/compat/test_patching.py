"""Ways of replacing, on modules that a fork may have changed."""
import importlib
import pathlib
import sys
import types

import pytest
from disentanglement_lib.evaluation import evaluate  # noqa: F401
from disentanglement_lib.evaluation.metrics import dci
from disentanglement_lib.evaluation.metrics import mig
from disentanglement_lib.evaluation.metrics import utils
from disentanglement_lib.postprocessing import methods  # noqa: F401

from sparse_disent.compat import ledger
from sparse_disent.compat import patching

# What a file defines, and which changes count.
SOURCE = '''
def f(x):
  """Says."""
  return [x, "a"]
'''
SAME = {
    "layout": SOURCE.replace('[x, "a"]', "[\n      x, 'a',\n  ]  # Why."),
    "spaces": SOURCE.replace("  ", "    "),
}
OTHER = {
    "line": SOURCE.replace("  return", "  x += 1\n  return"),
    "value": SOURCE.replace('"a"', '"b"'),
    "default": SOURCE.replace("(x)", "(x=1)"),
    "decorator": "import functools" + SOURCE.replace(
        "def", "@functools.cache\ndef"),
}


def define(source, folder, name):
  (folder / f"{name}.py").write_text(source)
  spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  return module.f


@pytest.fixture
def entry(monkeypatch):
  """Returns a function that lists one name alone."""
  monkeypatch.setattr(patching, "_reported", set())

  def list_it(kind, **fields):
    monkeypatch.setattr(ledger, "ENTRIES", (ledger.Entry(
        "lib:f", kind, "here", "Why.", "a pity", **fields),))

  return list_it


@pytest.fixture
def lib():
  module = types.ModuleType("lib")
  module.f = lambda x, y=2, *rest, z=0: (x, y, rest, z)
  return module


LINE = ("sparse_disent leaves lib:f alone, as it is not that of "
        "disentanglement_lib 1.5: a pity.\n")


@pytest.mark.parametrize("name", [*SAME, *OTHER])
def test_the_fingerprint_is_that_of_the_code(tmp_path, name):
  original = define(SOURCE, tmp_path, "original")
  changed = define({**SAME, **OTHER}[name], tmp_path, "changed")
  assert (patching.fingerprint(changed) == patching.fingerprint(original)) == (
      name in SAME)


def test_the_fingerprint_is_the_same_in_all_versions_of_python(tmp_path):
  """Made by Python 3.11; what later ones add to trees is left out."""
  assert patching.fingerprint(
      define(SOURCE, tmp_path, "original")) == "1214c8945c49"


@pytest.mark.parametrize("function", [len, "nothing", print])
def test_without_source_there_is_no_fingerprint(function):
  assert patching.fingerprint(function) == ""


def test_methods_share_the_fingerprint_of_their_function():
  class Data:
    def f(self):
      return 1

  data = Data()
  references = sys.getrefcount(data)
  assert patching.fingerprint(data.f) == patching.fingerprint(Data.f) != ""
  assert sys.getrefcount(data) == references


def test_upstreams_own_function_is_replaced(entry, lib):
  entry(ledger.OWN, fingerprint=patching.fingerprint(lib.f))
  original = lib.f

  @patching.replace(lib, "f")
  def ours(upstreams, x, **kwargs):
    assert upstreams is original
    return "ours", x, kwargs

  assert lib.f(3, z=4) == ("ours", 3, {"z": 4})
  assert lib.f.__wrapped__ is original


@pytest.mark.parametrize("is_there", [True, False])
def test_a_changed_function_is_left_alone(entry, lib, capsys, is_there):
  entry(ledger.OWN, fingerprint="0" * 12)
  if not is_there:
    del lib.f
  before = dict(vars(lib))
  for _ in range(2):  # It is said once.
    patching.replace(lib, "f")(lambda *unused: None)
  assert vars(lib) == before
  assert capsys.readouterr().err == LINE


@pytest.mark.parametrize("args, kwargs", [
    ((1,), {}), ((1, 3), {}), ((), {"x": 1, "y": 3}), ((1, 3, 4, 5), {"z": 6}),
    ((1,), {"z": 6})])
@pytest.mark.parametrize("parameters", [(), ("x",), ("x", "y")])
def test_a_wrapper_reads_some_parameters_and_all_pass(
    entry, lib, args, kwargs, parameters):
  entry(ledger.CALLED, parameters=parameters)
  expected = lib.f(*args, **kwargs)
  seen = []

  @patching.wrap(lib, "f")
  def ours(original, *values):
    seen.extend(values)
    return "ours", original(*values)

  assert lib.f(*args, **kwargs) == ("ours", expected)
  assert seen == list(expected[:len(parameters)])


def test_a_wrapper_may_change_what_it_passes(entry, lib):
  entry(ledger.CALLED, parameters=("x",))
  patching.wrap(lib, "f")(lambda original, x: original(10 * x))
  assert lib.f(1, 3, 4, z=5) == (10, 3, (4,), 5)


def test_what_a_call_lacks_is_the_originals_error(entry, lib):
  entry(ledger.CALLED, parameters=("x", "y"))
  patching.wrap(lib, "f")(lambda original, x, y: original(x, y))
  with pytest.raises(TypeError, match="missing 1 required positional argument"):
    lib.f(y=3)


@pytest.mark.parametrize("changed", [None, lambda y, x: 3, lambda: 3])
def test_other_parameters_are_left_alone(entry, lib, capsys, changed):
  entry(ledger.CALLED, parameters=("x", "y"))
  lib.f = changed
  patching.wrap(lib, "f")(lambda *unused: None)
  assert lib.f is changed
  assert capsys.readouterr().err == LINE


def test_a_module_keeps_its_other_names(entry, lib, capsys):
  entry(ledger.STAND_IN)
  lib.f = types.SimpleNamespace(a=1, b=2)
  original = lib.f
  patching.stand_in(lib, "f", a=10)
  assert (lib.f.a, lib.f.b) == (10, 2)
  original.c = 3  # Also those that come later.
  assert lib.f.c == 3 and original.a == 1
  with pytest.raises(AttributeError):
    lib.f.d  # noqa: B018
  del lib.f
  patching.stand_in(lib, "f", a=10)
  assert not hasattr(lib, "f")
  assert capsys.readouterr().err == LINE


def test_what_is_replaced_temporarily_is_put_back(lib):
  original = lib.f
  with pytest.raises(ZeroDivisionError), patching.temporarily(lib, "f", a=10):
    assert lib.f.a == 10
    1 / 0  # noqa: B018
  assert lib.f is original


@pytest.mark.parametrize("patch", [
    lambda lib: patching.replace(lib, "g")(None),
    lambda lib: patching.wrap(lib, "g")(None),
    lambda lib: patching.stand_in(lib, "g")])
def test_what_is_not_in_the_ledger_is_not_replaced(lib, patch):
  lib.g = 3
  with pytest.raises(KeyError, match="lib:g"):
    patch(lib)


PACKAGE = f"{ledger.UPSTREAM}."


@pytest.mark.parametrize("name", ledger.MODULES)
def test_what_is_installed_is_upstreams(name):
  assert patching.is_unchanged_module(PACKAGE + name)


def change(monkeypatch, module, folder, text):
  path = folder / "changed.py"
  path.write_bytes(pathlib.Path(module.__file__).read_bytes() + text)
  monkeypatch.setattr(module, "__file__", str(path))


def test_a_changed_module(monkeypatch, tmp_path):
  change(monkeypatch, mig, tmp_path, b"\nOURS = 1\n")
  assert not patching.is_unchanged_module(mig.__name__)
  assert patching.is_unchanged_module(dci.__name__)


def test_a_module_that_uses_a_changed_one(monkeypatch, tmp_path):
  change(monkeypatch, utils, tmp_path, b"\nOURS = 1\n")
  assert not patching.is_unchanged_module(mig.__name__)


@pytest.mark.parametrize("old, new", [(b"\n", b"\r\n"), (b"\n", b"  # A\n\n")])
def test_layout_of_a_module_does_not_count(monkeypatch, tmp_path, old, new):
  path = tmp_path / "mig.py"
  text = pathlib.Path(mig.__file__).read_bytes()
  head, mark, code = text.partition(b"import numpy")
  path.write_bytes(head + mark + code[:50].replace(old, new) + code[50:])
  monkeypatch.setattr(mig, "__file__", str(path))
  assert patching.is_unchanged_module(mig.__name__)


@pytest.mark.parametrize("name", [
    "not_loaded", "json", "sys", PACKAGE + "evaluation.evaluate"])
def test_what_nothing_is_known_of(name):
  assert not patching.is_unchanged_module(name)


def test_without_source(monkeypatch):
  monkeypatch.setattr(mig, "__file__", None)
  assert not patching.is_unchanged_module(mig.__name__)
