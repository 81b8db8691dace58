"""Fuzzes the readers of foreign files: only ValueError or OSError may come out.

  python benchmarks/fuzz.py                     all readers, a minute each
  python benchmarks/fuzz.py json npz --seconds 300

With atheris (pip install atheris) it is guided by coverage. Without it, random
changes of whole files are tried. A finding is printed and its bytes are kept in
--findings; add it to CASES, which the tests run.
"""
import argparse
import io
import os
import pathlib
import pickle
import random
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable

ALLOWED = (ValueError, OSError)
_FOLDER = tempfile.TemporaryDirectory(prefix="fuzz-")


def _file(name: str, data: bytes) -> pathlib.Path:
  path = pathlib.Path(_FOLDER.name, name)
  path.parent.mkdir(parents=True, exist_ok=True)
  path.write_bytes(data)
  return path


def read_json(data: bytes) -> None:
  """Reads results and a configuration, and what reports take from them."""
  from sparse_disent.results import contents
  from sparse_disent.results import json_files
  from sparse_disent.results import runs
  from sparse_disent.results import scalars
  found = json_files.parse(data, "x")
  list(scalars.scalars(found))
  contents.check(found, "x")
  contents.check_config(found, "x")
  run = runs.Run(pathlib.Path("x"), config=found)
  for name in found:
    run.bound(name)


def read_gin(data: bytes) -> None:
  """Reads a gin file."""
  from sparse_disent.results import gin_files
  gin_files.bindings(str(_file("a.gin", data)))


def read_events(data: bytes) -> None:
  """Reads an event file."""
  from sparse_disent.report import events
  path = _file("events/events.out.tfevents.1", data)
  events.read(path.parent)


def read_npz(data: bytes) -> None:
  """Reads an npz file."""
  from sparse_disent.common import npz_files
  npz_files.read_from(io.BytesIO(data), "x", largest=2**24)


def read_pickle(data: bytes) -> None:
  """Reads a pickle of arrays."""
  from sparse_disent.data import safe_pickle
  safe_pickle.load(io.BytesIO(data), "x")


def read_archive(data: bytes) -> None:
  """Reads all files of an archive, and its results."""
  from sparse_disent.baselines import archives
  from sparse_disent.baselines import pretrained
  path = _file("5.zip", data)
  with archives.opened(path) as archive:
    for name in archive.names():
      archive.read(name, 2**20)
  pretrained.Pretrained(path).records()


def read_packed(data: bytes) -> None:
  """Reads packed images."""
  from sparse_disent.data import stored_bits
  stored_bits.StoredBits(str(_file("packed", data)))[:]


def read_sheet(data: bytes) -> None:
  """Shows the pictures of a run whose sheet of traversals is given."""
  _show_pictures(_description()[0], _with_checksums(data))


def read_pictures(data: bytes) -> None:
  """Shows the pictures of a run whose pictures.json is given."""
  _show_pictures(data, _sheet()[0])


def _show_pictures(description, sheet):
  from sparse_disent.report import latents
  from sparse_disent.report import picture_sections
  from sparse_disent.results import models
  from sparse_disent.results import runs
  _file("run/pictures/pictures.json", description)
  _file("run/pictures/traversals.png", sheet)
  path = _file("run/pictures/reconstructions.png", _sheet()[0])
  run = runs.Run(path.parent.parent, left_out=[])
  latents.of_run(run)
  picture_sections.reconstructions(models.group([run]))
  picture_sections.traversals(models.group([run]))
  if run.left_out:
    raise ValueError(*run.left_out)


def _with_checksums(data):
  """Gives the chunks of a PNG their checksums, without which none is read."""
  found, place = data[:8], 8
  while len(data) - place >= 12:
    end = place + 8 + int.from_bytes(data[place:place + 4], "big")
    content = data[place + 4:end]
    found += data[place:end] + zlib.crc32(content).to_bytes(4, "big")
    place = end + 4
  return found + data[place:]


def read_protocol(data: bytes) -> None:
  """Reads a protocol whose name is given."""
  from sparse_disent.evaluation import protocol
  protocol.load(data.decode("utf-8", "replace"))


def read_name(data: bytes) -> None:
  """Registers a data set of a name."""
  from sparse_disent.data import names
  name = data.decode("utf-8", "replace")
  names.register(name, dict)
  del names._registered[name]  # Each name is new.


def read_reference(data: bytes) -> None:
  """Reads a JSON file as a baseline."""
  from sparse_disent.baselines import sources
  sources.load([str(_file("baseline.json", data))])


TARGETS: dict[str, Callable[[bytes], None]] = {
    "json": read_json, "gin": read_gin, "events": read_events, "npz": read_npz,
    "pickle": read_pickle, "archive": read_archive, "packed": read_packed,
    "sheet": read_sheet, "pictures": read_pictures, "protocol": read_protocol,
    "name": read_name, "reference": read_reference}
# Findings, all mended: the bytes that raised something else than allowed.
CASES: dict[str, list[bytes]] = {
    "pickle": [
        # A state for which NumPy's type raised SystemError.
        b"cnumpy\ndtype\n(S'O8'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI63\n"
        b"S'a'\ntb.",
        # A number of an object for which 1.4 GB were taken.
        b"\x80\x02]r\x75\x63\x74\x0a.",
        # A bytearray of 5.5 GB.
        b"\x80\x05\x96R\x94(K\x01\x00\x00\x00."],
}


def seeds(target: str) -> list[bytes]:
  """Returns whole files, from which fuzzing starts."""
  return _SEEDS[target]()


def _json():
  return [b'{"discrete_mig": 0.25, "uuid": "a", "kl": [1, 2.5], "b": null}',
          b'{"model.name": "\'vae\'", "vae.beta": "4.", "a": {"b": [NaN]}}']


def _gin():
  return [b"import a.b\nvae.beta = 4.\nscope/x.y = [1, 'a', @f(), %MACRO]\n"
          b"MACRO = {'a': (1,)}\n# text\nmodel.model = @vae()\n",
          b"x.y = \\\n  'a' 'b'\nsparse_vae.groups = [3, 3]\ninclude 'b.gin'\n"]


def _events():
  import struct

  from tensorboard.compat.proto import event_pb2
  from tensorboard.compat.tensorflow_stub import pywrap_tensorflow
  records = []
  for step in range(3):
    event = event_pb2.Event(step=step)
    event.summary.value.add(tag="loss", simple_value=step)
    histogram = event.summary.value.add(tag="gates").histo
    histogram.bucket_limit.extend([0., 1.])
    histogram.bucket.extend([1., 2.])
    data = event.SerializeToString()
    length = struct.pack("<Q", len(data))
    records.append(length + struct.pack(
        "<I", pywrap_tensorflow.masked_crc32c(length)) + data + bytes(4))
  return [b"".join(records)]


def _npz():
  import numpy as np
  stream, other = io.BytesIO(), io.BytesIO()
  np.savez(stream, a=np.arange(6.).reshape(2, 3), b=np.array(["x"]))
  np.savez_compressed(other, a=np.eye(20))
  return [stream.getvalue(), other.getvalue()]


def _pickle():
  import numpy as np
  value = {"latents_sizes": np.arange(6), "names": ("a", "b"), "n": 1.5}
  return [pickle.dumps(np.array(value, dtype=object), protocol)
          for protocol in range(5)]


def _archive():
  stream = io.BytesIO()
  with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr(
        "5/metrics/mean/mig/results/aggregate/evaluation.json",
        b'{"evaluation_results.discrete_mig": 0.2, '
        b'"evaluation_config.evaluation.evaluation_fn": "@mig", '
        b'"train_config.model.name": "\'beta_vae\'"}')
  return [stream.getvalue()]


def _packed():
  import numpy as np

  from sparse_disent.data import stored_bits
  stream = io.BytesIO()
  bits = np.arange(600, dtype=np.uint8).reshape(300, 2, 1)
  stored_bits.write(stream, bits.shape, [bits])
  return [stream.getvalue()]


def _sheet():
  from PIL import Image
  found = []
  for mode in ("LA", "RGBA"):
    stream = io.BytesIO()
    Image.new(mode, (6, 4), 7).save(stream, "PNG")
    found.append(stream.getvalue())
  return found


def _description():
  import json
  rows = [{"name": "z0", "latents": [0], "kl": 2.5, "pruned": False,
           "values": [-1., 1.]},
          {"name": "z1", "latents": [1], "kl": 0., "pruned": True,
           "values": [0., 0.]}]
  return [json.dumps({
      "cell": [2, 2], "gap": 0, "groups": [1, 1], "data": "original",
      "reconstructions": {"rows": ["original", "reconstruction"]},
      "traversals": {"quantiles": [0.025, 0.975], "rows": rows}}).encode()]


def _reference():
  return [
      b'{"evaluation_config.evaluation.evaluation_fn": {"0": "@mig"}, '
      b'"evaluation_results.discrete_mig": {"0": 0.5}, '
      b'"train_config.model.name": {"0": "\'a\'"}}',
      b'{"provenance": {"data": "a"}, "runs": [{"model": "vae", "title": "b", '
      b'"settings": {"vae.beta": "1."}, "seed": 0, "steps": 1, "dataset": '
      b'"dsprites_full", "training": {"kl_loss": 1.5}, "scores": [{'
      b'"representation": "mean", "metric": "mig", "name": "discrete_mig", '
      b'"value": null, "undefined": "why", "config": {}}]}]}']


_SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "json": _json, "gin": _gin, "events": _events, "npz": _npz,
    "pickle": _pickle, "archive": _archive, "packed": _packed, "sheet": _sheet,
    "pictures": _description, "reference": _reference,
    "name": lambda: [b"cats", b"cats.2-b"],
    "protocol": lambda: [b"grouped_vae", b"/tmp", b"../a"]}


def try_one(target: str, data: bytes) -> None:
  """Reads some bytes; an error that is not allowed comes through."""
  try:
    TARGETS[target](data)
  except ALLOWED:
    pass


def changed(data: bytes, generator: random.Random) -> bytes:
  """Returns a file with a few random changes."""
  content = bytearray(data)
  for _ in range(generator.randint(1, 8)):
    where = generator.randrange(len(content) + 1)
    kind = generator.randrange(4)
    if kind == 0:
      content[where:where + 1] = bytes([generator.randrange(256)])
    elif kind == 1:
      del content[where:where + generator.randint(1, 16)]
    elif kind == 2:
      start = generator.randrange(len(content) + 1)
      content[where:where] = content[start:start + generator.randint(1, 64)]
    else:
      content[where:where + 4] = generator.choice(
          [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"9" * 40])
  return bytes(content)


def _guided(target, seconds, findings):
  """Runs atheris in this process, which it ends."""
  import atheris
  with atheris.instrument_imports(include=["sparse_disent", "gin", "PIL"]):
    for data in seeds(target):
      try_one(target, data)  # Imports what it needs.
  corpus = pathlib.Path(_FOLDER.name, "corpus")
  corpus.mkdir()
  for i, data in enumerate(seeds(target)):
    (corpus / str(i)).write_bytes(data)
  atheris.Setup(
      [sys.argv[0], f"-max_total_time={seconds}", "-rss_limit_mb=3000",
       "-timeout=20", "-max_len=4096", f"-artifact_prefix={findings}/{target}-",
       "-print_final_stats=1", str(corpus)],
      lambda data: try_one(target, data))
  atheris.Fuzz()


def _random(target, seconds, findings):
  generator, end, count = random.Random(0), time.time() + seconds, 0
  whole = seeds(target)
  while time.time() < end:
    data = changed(generator.choice(whole), generator)
    try:
      try_one(target, data)
    except BaseException:
      pathlib.Path(findings, f"{target}-random").write_bytes(data)
      raise
    count += 1
  print(f"{target}: {count} files, no finding")


def main() -> int:
  """Fuzzes in one process for each reader, as atheris ends its process."""
  parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
  parser.add_argument("targets", nargs="*", metavar="READER",
                      help=f"of {', '.join(TARGETS)} (default: all)")
  parser.add_argument("--seconds", type=int, default=60)
  parser.add_argument("--findings", default=os.curdir)
  parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
  arguments = parser.parse_args()
  if arguments.one:
    try:
      import atheris  # noqa: F401
    except ImportError:
      _random(*arguments.targets, arguments.seconds, arguments.findings)
    else:
      _guided(*arguments.targets, arguments.seconds, arguments.findings)
    return 0
  os.makedirs(arguments.findings, exist_ok=True)
  failed = []
  for target in arguments.targets or TARGETS:
    print(f"== {target}", flush=True)
    if subprocess.run([
        sys.executable, __file__, target, "--one", "--seconds",
        str(arguments.seconds), "--findings", arguments.findings]).returncode:
      failed.append(target)
  print(f"Findings in: {', '.join(failed) or 'none'}")
  return 1 if failed else 0


if __name__ == "__main__":
  sys.exit(main())
