"""Reading gin files, with gin's own parser and nothing registered."""
import conftest
import gin
import pytest
from disentanglement_lib.evaluation import evaluate  # noqa: F401
from disentanglement_lib.methods.unsupervised import train  # noqa: F401
from disentanglement_lib.postprocessing import postprocess  # noqa: F401
from disentanglement_lib.utils import results

from sparse_disent.results import gin_files

TEXT = """
import no_such_module
groups = [2, 3]

# Parameters for sparse_vae:
sparse_vae.groups = %groups
sparse_vae.latent = @l0_pair()
sparse_vae.categorical = None
reconstruction_loss.loss_fn = @bernoulli_loss
reconstruction_loss.activation = 'logits'
vae.beta = \\
    4.0
"""


@gin.configurable
def with_groups(groups=None):
  return groups


def write(model_dir, text):
  path = model_dir / "results" / "gin" / "train.gin"
  path.parent.mkdir(parents=True)
  path.write_text(text)


def test_values(tmp_path):
  write(tmp_path, TEXT)
  assert gin_files.read(str(tmp_path)) == {
      "groups": {"": [2, 3]},
      "sparse_vae": {"groups": [2, 3], "latent": "@l0_pair()",
                     "categorical": None},
      "reconstruction_loss": {"loss_fn": "@bernoulli_loss",
                              "activation": "logits"},
      "vae": {"beta": 4.0},
  }
  assert not gin.config_str().strip()


def test_list_that_gin_breaks_into_lines(tmp_path):
  gin.bind_parameter("with_groups.groups", [1] * 40)
  with_groups()
  results.update_result_directory(str(tmp_path / "results"), "train", {})
  config = gin_files.read(str(tmp_path))
  assert config == {"with_groups": {"groups": [1] * 40}}
  # Why upstream's reader does not do.
  assert "1" not in results.gin_dict(
      gin_files.path(str(tmp_path)))["with_groups.groups"]


def test_scopes_are_left_out_of_what_a_model_was_trained_with(tmp_path):
  """Gin records a scoped function after the same one without a scope."""
  write(tmp_path, "vae.beta = 1.0\na/b/vae.beta = 4.0\na/x.y.dip.od = 2")
  assert gin_files.read(tmp_path) == {
      "vae": {"beta": 4.0}, "x.y.dip": {"od": 2}}


def bindings(tmp_path, text):
  path = tmp_path / "my.gin"
  path.write_text(text)
  return gin_files.bindings(path)


@pytest.mark.parametrize("text, expected", [
    ("a.b = 1\na.b = 2", {"a.b": 2}),
    ("x/y/a.b = 1\na.b = 2", {"x/y/a.b": 1, "a.b": 2}),
    ("m.a.b = None  # Why.", {"m.a.b": None}),
    ("x/a:\n  b = 1\n  c = 'd'\n", {"x/a.b": 1, "x/a.c": "d"}),
    ("a.b = [1,\n  (2, 'x'), {3: -4.5}]", {"a.b": [1, (2, "x"), {3: -4.5}]}),
    ("a.b = 'one ' \\\n    'two'", {"a.b": "one two"}),
    ("import no_such\nfrom no import such\na.b = 1", {"a.b": 1})])
def test_bindings(tmp_path, text, expected):
  assert bindings(tmp_path, text) == expected
  assert not gin.config_str().strip()


@pytest.mark.parametrize("text, expected", [
    ("a.b = %n\nn = 1", 1), ("n = 1\na.b = %n\nn = 2", 2),
    ("a.b = [%n, {%n: (%x/n,)}]\nn = 1\nx/n = 2", [1, {1: (2,)}]),
    ("a.b = %n\nn = %m\nm = @vae()", "@vae()"), ("a.b = '%n'\nn = 1", "%n"),
    ("a.b = @n\nn = 1", "@n"),
    ("a.b = %m.CONSTANT", "%m.CONSTANT"), ("a.b = %n\nn = %n", "%n")])
def test_macros_stand_for_their_values(tmp_path, text, expected):
  assert bindings(tmp_path, text) == {"a.b": expected}


def test_references_are_no_strings(tmp_path):
  found = bindings(tmp_path, "a.b = [@x/vae(), '@vae', %PI]\na.c = @vae")
  assert repr(found["a.b"]) == "[@x/vae(), '@vae', %PI]"
  assert isinstance(found["a.c"], gin_files.Reference)
  assert not isinstance(found["a.b"][1], gin_files.Reference)


def test_included_files_are_bound_where_they_are_included(
    tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  (tmp_path / "base.gin").write_text("a.b = %n\na.c = 2\nn = 1")
  assert bindings(tmp_path, "a.b = 0\na.c = 1\ninclude 'base.gin'\nn = 3"
                  ) == {"a.b": 3, "a.c": 2}


def test_our_files_are_found_from_everywhere(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  text = "include 'gin_configs/masked_dipvae.gin'"
  assert bindings(tmp_path, text) == gin_files.bindings(
      "gin_configs/masked_dipvae.gin")
  assert bindings(tmp_path, text)["model.model"] == "@sparse_vae()"


CONFIGS = sorted(path for folder in ("gin_configs", "evaluation_protocols")
                 for path in (conftest.ROOT / folder).rglob("*.gin"))


@pytest.mark.parametrize(
    "path", CONFIGS, ids=[path.stem for path in CONFIGS])
def test_all_of_our_files_say_what_gin_binds(path):
  gin.parse_config_file(str(path))
  for name, value in gin_files.bindings(path).items():
    expected = gin.query_parameter(name)
    if isinstance(expected, gin.config.ConfigurableReference):
      expected = repr(expected)
      assert expected.startswith(("%", str(value)))
    else:
      assert repr(value) == repr(expected)


@pytest.mark.parametrize("text, said", [
    ("a.b = 1\na.b 2", "Couldn't parse statement"), ("a.b = [1,", "EOF"),
    ("a.b = nonsense", "nonsense"), ("= 1", "Unexpected token")])
def test_what_is_not_gin(tmp_path, text, said):
  with pytest.raises(ValueError, match=rf"'.*my\.gin' is not gin: .*{said}.* "
                     "Mend it or make it again."):
    bindings(tmp_path, text)


def test_no_file(tmp_path):
  for text in ("include 'no_such.gin'", "a.b = 1\ninclude 'no_such.gin'"):
    with pytest.raises(FileNotFoundError, match="no gin file 'no_such.gin'"):
      bindings(tmp_path, text)


@pytest.mark.parametrize("parameter, name", [
    ("mig.n", "x.y.mig.n"), ("y.mig.n", "x.y.mig.n"),
    ("z.x.y.mig.n", "x.y.mig.n"), ("a/mig.n", "a/mig.n"),
    ("a/m.mig.n", "a/mig.n"), ("b/mig.n", None), ("ig.n", None),
    ("z.mig.n", None)])
def test_find(parameter, name):
  values = {"a/mig.n": 1, "x.y.mig.n": 2, "mig.m": 3}
  assert gin_files.find(values, parameter) == name


def test_no_configuration(tmp_path):
  assert gin_files.read(str(tmp_path)) == {}


def test_further_bindings_come_last(tmp_path):
  (tmp_path / "a.gin").write_text(
      "mig.num_train = %num_train\nnum_train = 1\na/mig.x = 2")
  path = str(tmp_path / "a.gin")
  assert gin_files.bindings(path, ["num_train = 5"]) == {
      "mig.num_train": 5, "a/mig.x": 2}
  assert gin_files.bindings(path, ["metrics.mig.num_train = 7"]) == {
      "metrics.mig.num_train": 7, "a/mig.x": 2}


@pytest.mark.parametrize("line", [
    "mig.num_train", "= 3", "a.b = [1", "a.b = {[]: 1}", "a.b = '\ud800'",
    "a.b = " + "9" * 5000, "a.b = " + "[" * 10**5 + "]" * 10**5])
def test_a_binding_that_is_not_gin(line):
  with pytest.raises(ValueError) as error:
    gin_files.parsed([line])
  message = str(error.value)
  assert message.startswith(f"{line[:200]!r} is not a gin binding: ")
  assert "\n" not in message and len(message) < 700


@pytest.mark.parametrize("content, message", [
    (b"a.b = '\xff'", "codec can't decode"), (b"a.b = '\0'", "is not gin"),
    (b"a.b = " + b"(" * 5000, "is not gin"),
    (b"a.b = " + b"9" * 5000, "is not gin"),
    (b"a.b = {[]: 1}", "is not gin"), (b" " * (8 * 2**20 + 1), "more than 8,"),
    (b"include 'itself.gin'", "more than 50 files include each other")])
def test_hostile_files_are_named(tmp_path, monkeypatch, content, message):
  monkeypatch.chdir(tmp_path)
  (tmp_path / "itself.gin").write_bytes(content)
  with pytest.raises(ValueError, match=f"'.*itself.gin' .*{message}"):
    gin_files.bindings("itself.gin")


def test_macros_that_make_no_value_stay(tmp_path):
  config = {"a.key": "{%k: 1}", "k": "[1]", "a.b": "%b", "b": "%b",
            "a.c": "[%gone, %d]", "d": "1"}
  assert gin_files.without_macros(config) == {
      "a.key": "{%k: 1}", "a.b": "%b", "a.c": "[%gone, 1]"}


@pytest.mark.parametrize("config", [
    # 2^60 items, and more calls than Python's stack holds.
    {f"m{i}": f"[%m{i + 1}, %m{i + 1}]" for i in range(60)},
    {f"m{i}": f"%m{i + 1}" for i in range(3000)}])
def test_macros_of_macros_without_end(config):
  with pytest.raises(ValueError, match="macros more than 20 times: m0, m1"):
    gin_files.without_macros({"a.b": "%m0", **config})
