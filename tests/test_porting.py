"""The three lines and the example of docs/porting.md."""
import json
import pathlib
import re
import subprocess
import sys

PAGE = (pathlib.Path(__file__).parent.parent / "docs/porting.md").read_text()


def test_its_example_trains(tmp_path):
  code, = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
  (tmp_path / "my_model.py").write_text(code)
  result = subprocess.run([sys.executable, "my_model.py"], cwd=tmp_path,
                          text=True, capture_output=True, check=False)
  assert result.returncode == 0, result.stderr[-4000:]
  saved = json.loads((
      tmp_path / "my_model/results/json/train_results.json").read_text())
  assert saved["global_step"] == 2
