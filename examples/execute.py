"""Executes the notebooks of this folder and saves them with their outputs.

  python examples/execute.py [NOTEBOOK ...]

Messages and times are left out, so that a notebook changes only if its results
do, and pictures have 32 colours, so that they are light.
"""
import base64
import io
import os
import pathlib
import sys
import time

import nbclient
import nbformat
from PIL import Image

FOLDER = pathlib.Path(__file__).resolve().parent


def execute(path: pathlib.Path) -> nbformat.NotebookNode:
  """Executes a notebook in its folder.

  Args:
    path: Path of the notebook.

  Returns:
    The notebook with its outputs.

  Raises:
    nbclient.exceptions.CellExecutionError: A cell raised an error.
  """
  os.environ["PATH"] = os.pathsep.join(
      [os.path.dirname(sys.executable), os.environ["PATH"]])
  notebook = nbformat.read(path, as_version=4)
  nbclient.NotebookClient(
      notebook, timeout=600, record_timing=False,
      resources={"metadata": {"path": str(path.parent)}}).execute()
  tidy(notebook)
  return notebook


def tidy(notebook: nbformat.NotebookNode) -> None:
  """Drops messages of TensorFlow, and makes pictures light."""
  for cell in notebook.cells:
    if cell.cell_type == "code":
      cell.outputs = [output for output in cell.outputs
                      if output.get("name") != "stderr" and not
                      output.get("text", "").startswith("INFO:tensorflow:")]
      for output in cell.outputs:
        if "image/png" in output.get("data", {}):
          output.data["image/png"] = _light(output.data["image/png"])


def _light(encoded):
  with Image.open(io.BytesIO(base64.b64decode(encoded))) as picture:
    stream = io.BytesIO()
    picture.convert("RGB").quantize(
        32, Image.Quantize.MAXCOVERAGE).save(stream, "PNG", optimize=True)
  return base64.b64encode(stream.getvalue()).decode()


if __name__ == "__main__":
  for name in sys.argv[1:] or sorted(map(str, FOLDER.glob("*.ipynb"))):
    start = time.monotonic()
    nbformat.write(execute(pathlib.Path(name).resolve()), name)
    print(f"{name}: {time.monotonic() - start:.0f} s", flush=True)
