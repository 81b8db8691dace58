"""The examples: own parts through the commands, and the notebooks."""
import importlib.util
import json
import re
import sys

import conftest
import numpy as np
import pytest
from disentanglement_lib.methods.unsupervised import train

import sparse_disent
from sparse_disent import evaluation
from sparse_disent.data import names
from sparse_disent.results import ids

EXAMPLES = conftest.ROOT / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
# Of this machine: what is committed must not name it.
PATHS = re.compile(r"/(work|tmp|home|root|usr)/")


@pytest.fixture(scope="module", name="run")
def own_run(tmp_path_factory):
  """A run of the parts in own_parts.py, by the functions behind the commands.
  """
  run = tmp_path_factory.mktemp("own")
  with pytest.MonkeyPatch.context() as patch:
    patch.chdir(EXAMPLES)
    patch.setattr(names, "_registered", {})
    # Scripts look in the working directory; pytest does not.
    patch.setattr(sys, "path", [str(EXAMPLES), *sys.path])
    train.train_with_gin(
        str(run / "model"), gin_config_files=["own_parts.gin"],
        gin_bindings=["model.training_steps = 3", "model.eval_steps = 1"])
    failures = evaluation.evaluate("own_protocol", str(run / "model"))
    assert not failures
    yield run, sys.modules["own_parts"]


def test_scores_are_those_of_the_codes_and_images(run):
  run, own_parts = run
  images = own_parts.Squares().sample_observations(
      1000, np.random.RandomState(0))
  with sparse_disent.load(run / "model") as model:
    codes = model.encode(images)
  scores = {name: ids.read_results(run / "metrics/mean" / name, "evaluation")
            for name in ("size", "brightness")}
  assert scores["size"]["size"] == pytest.approx(
      np.abs(codes).mean(), rel=1e-5)
  light = images.sum(axis=(1, 2, 3))
  expected = max(abs(np.corrcoef(light, code)[0, 1]) for code in codes.T)
  assert scores["brightness"]["correlation"] == pytest.approx(
      expected, rel=1e-4)


def test_the_gate_closes_every_second_channel(run):
  with sparse_disent.load(run[0] / "model") as model:
    for layer in ("encoder/means", "encoder/log_var"):
      np.testing.assert_array_equal(
          model.masks[layer], np.tile(np.arange(64)[:, np.newaxis] % 2, 6))


def test_squares_are_where_their_factors_say(run):
  squares = run[1].Squares()
  image, = squares.sample_observations_from_factors(
      np.array([[2, 0, 7]]), None)
  expected = np.zeros([64, 64])
  expected[56:64, 0:8] = 1
  np.testing.assert_array_equal(image[..., 0], expected)


def test_the_page_shows_the_code_that_runs():
  page = (conftest.ROOT / "docs/own_parts.md").read_text()
  code = (EXAMPLES / "own_parts.py").read_text()
  blocks = re.findall(r"^```python\n(.*?)^```$", page, re.S | re.M)
  shown = [block for block in blocks if block in code]
  assert len(shown) == 5 and len(blocks) == 6
  # All but the imports is shown.
  rest = code.partition("import masked\n")[2]
  for block in shown:
    rest = rest.replace(block, "")
  assert not rest.strip()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[p.stem for p in NOTEBOOKS])
def test_committed_notebooks_were_run_from_top_to_bottom(path):
  cells = [cell for cell in json.loads(path.read_text())["cells"]
           if cell["cell_type"] == "code"]
  assert [cell["execution_count"] for cell in cells] == list(
      range(1, len(cells) + 1))
  for cell in cells:  # A cell that is captured swallows errors.
    source = "".join(cell["source"])
    assert not source.startswith("%%capture") or "disent data" in source
  outputs = [output for cell in cells for output in cell["outputs"]]
  assert any("image/png" in output.get("data", {}) for output in outputs)
  for output in outputs:
    assert output["output_type"] != "error"
    assert output.get("name") != "stderr"
    text = str(output.get("text", "")) + str(
        output.get("data", {}).get("text/plain", ""))
    assert not PATHS.search(text), text


def test_pictures_are_light():
  assert len(NOTEBOOKS) >= 2
  assert sum(path.stat().st_size for path in NOTEBOOKS) < 1e6


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=[p.stem for p in NOTEBOOKS])
def test_notebooks_run(path):
  spec = importlib.util.spec_from_file_location(
      "execute", EXAMPLES / "execute.py")
  execute = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(execute)
  notebook = execute.execute(path)
  assert all(cell.get("execution_count") for cell in notebook.cells
             if cell.cell_type == "code")
