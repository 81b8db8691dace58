"""Damages each kind of file in each way: no report is refused."""
import json
import os
import pathlib
import stat
import zipfile

import pytest
from support import small_runs

from sparse_disent.report import score_table
from sparse_disent.report import scores
from sparse_disent.report import writer
from sparse_disent.results import damage
from sparse_disent.results import runs

FILES = {
    "results": "metrics/mean/mic/results/json/evaluation_results.json",
    "settings": "metrics/mean/mic/results/json/evaluation_config.json",
    "training": "model/results/json/train_results.json",
    "configuration": "model/results/json/train_config.json",
    "events": "model/tf_checkpoint/events.out.tfevents.1.host",
    "description": "pictures/pictures.json",
    "sheet": "pictures/traversals.png",
    "masks": "postprocessed/mean/artifacts/connectivity/masks.npz",
}
_BOMB = b"PK\3\4" + 200 * b"\0"


def _replaced(make):
  def change(path):
    path.unlink()
    make(path)
  return change


def _huge(path):
  """A file of 1 TB that takes no room on the disk."""
  with open(path, "r+b") as file:
    file.truncate(2**40)


# Ways to damage any file.
WAYS = {
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "empty": lambda path: os.truncate(path, 0),
    "garbage": lambda path: path.write_bytes(b"\xff\xfe\x00" * 500),
    "garbage after it": lambda path: path.write_bytes(
        path.read_bytes() + b"\xff" * 500),
    "a directory": _replaced(pathlib.Path.mkdir),
    "a dangling link": _replaced(lambda path: path.symlink_to("nowhere")),
    "a link to itself": _replaced(lambda path: path.symlink_to(path)),
    "a pipe": _replaced(os.mkfifo),
    "huge": _huge,
    "deep JSON": lambda path: path.write_bytes(b'{"a":' + b"[" * 10**5),
    "a list": lambda path: path.write_text("[1, 2]"),
    "not UTF-8": lambda path: path.write_bytes(b'{"\xe4": 1}'),
    "half a character": lambda path: path.write_text('{"\\ud800": 1}'),
    "a pickle": lambda path: path.write_bytes(b"\x80\x04N."),
    "an archive": lambda path: path.write_bytes(_BOMB),
}
# An incomplete last event, or none, is no damage: training may be going on.
WHOLE = {*(("events", way) for way in ("truncated", "empty", "a list",
                                       "not UTF-8", "a pickle")),
         # Pillow and zipfile ignore what follows.
         ("sheet", "garbage after it"), ("masks", "garbage after it"),
         ("masks", "huge"), ("sheet", "huge")}


@pytest.fixture(name="run")
def a_run(tmp_path):
  small_runs.write_all(tmp_path / "run")
  small_runs.write_metric(tmp_path / "run", "mig", discrete_mig=0.25)
  return tmp_path / "run"


def read(run):
  """Reads all files as a report does, without drawing."""
  left_out = []
  from sparse_disent.report import events
  from sparse_disent.report import picture_sections
  from sparse_disent.report import sheets
  found, = runs.find([run], left_out)
  events.read(run / "model/tf_checkpoint", left_out)
  opened = sheets.of_run(found)
  for name in ("reconstructions", "traversals"):
    with damage.leaving_out(left_out):
      assert opened is None or opened.cut(name)
  picture_sections._masks_of(found)
  return found, left_out


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", FILES)
def test_a_damaged_file_is_named_and_all_others_are_read(run, kind, way):
  path = run / FILES[kind]
  WAYS[way](path)
  found, left_out = read(run)
  if (kind, way) not in WHOLE:
    message, = left_out
    assert str(path) in message
    assert "\n" not in message and len(message) < 400
  scored = {evaluation.metric for evaluation in found.evaluations}
  assert scored == {"mig", "mic"} - (
      {"mic"} if kind in ("results", "settings") and left_out else set())
  lines = scores.table(run).splitlines()
  assert any("discrete_mig 0.25" in line for line in lines)


@pytest.mark.parametrize("entry", [
    {"mutual_information": [[1, 2], [3]]}, {"mutual_information": "much"},
    {"mutual_information": [[1, 2, 3]]}, {"factor_entropies": {"a": 1}},
    {"uuid": ["a"]}, {"prefix_losses": [1, None]}, {"kl": [1], "variance_of_"
     "mean": [1, 2], "pruned_latents": []}, {"pruned_latents": [[]]},
    {"num_masked_layers": 1, "layers": ["e2"]},
    {"num_masked_layers": 1, "layers": {"e2": {"density": "half"}}}])
def test_entries_of_another_form(run, entry):
  path = run / FILES["results"]
  path.write_text(json.dumps({**json.loads(path.read_text()), **entry}))
  _, left_out = read(run)
  message, = left_out
  assert str(path) in message and "must" in message


@pytest.mark.parametrize("score, shown", [
    ("9" * 400, "undefined"), ("NaN", "undefined"), ("-Infinity", "undefined"),
    ("1e308", "1.00e+308"), ('"text"', ""), ("true", ""), ("{}", "")])
def test_any_score_can_be_shown(run, score, shown):
  path = run / "metrics/mean/mig/results/json/evaluation_results.json"
  path.write_text(f'{{"discrete_mig": {score}}}')
  line = next((line for line in score_table.text(run).splitlines()
               if line.startswith("MIG")), "")
  assert shown in line


def test_a_report_on_a_run_of_which_all_is_damaged_but_a_score(run, tmp_path):
  for kind, name in FILES.items():
    (run / name).write_bytes(b"\xff" if kind == "events" else b"{")
  left_out = []
  writer.write([run], tmp_path / "r.html", left_out)
  # No message on events, as so short a file is one that is being written, and
  # none on files that belong to another damaged one.
  assert len(left_out) == 4
  text = (tmp_path / "r.html").read_text()
  for message in left_out:
    assert pathlib.Path(message.split("'")[1]).name in text
  assert "0.250" in text


def test_unreadable_files_are_named(run, monkeypatch):
  """As root every file can be read, so that the refusal is the system's."""
  path = run / FILES["training"]
  original = pathlib.Path.read_bytes

  def refuse(self):
    if self == path:
      raise PermissionError(13, "Permission denied", str(self))
    return original(self)

  monkeypatch.setattr(pathlib.Path, "read_bytes", refuse)
  _, left_out = read(run)
  assert left_out == [f"[Errno 13] Permission denied: '{path}'"]


def test_without_a_list_the_error_is_raised(run):
  (run / FILES["training"]).write_text("[]")
  with pytest.raises(ValueError, match="must hold a JSON object"):
    runs.find([run])
  with pytest.raises(OSError, match="gone"), damage.leaving_out(None):
    raise OSError("gone")


def test_a_message_is_noted_once_and_on_one_line():
  messages = []
  for _ in range(2):
    with damage.leaving_out(messages):
      raise ValueError("a\n  b")
  assert messages == ["a b"]


def test_programming_errors_are_raised():
  with pytest.raises(TypeError), damage.leaving_out([]):
    raise TypeError


def test_the_bomb_is_no_archive(tmp_path):
  """The damage above is damage, not an archive without members."""
  (tmp_path / "a.zip").write_bytes(_BOMB)
  with pytest.raises(zipfile.BadZipFile):
    zipfile.ZipFile(tmp_path / "a.zip")
  assert stat.S_ISREG((tmp_path / "a.zip").stat().st_mode)
