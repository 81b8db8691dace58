"""Hand-made result trees, as upstream's steps and our metrics write them."""
import json
import struct

import numpy as np
from PIL import Image
from tensorboard.compat.proto import event_pb2
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

CONFIG = {
    "model.name": "'masked_dipvae'", "model.random_seed": "0",
    "model.training_steps": "5000", "dataset.name": "'dsprites_full'",
    "encoder.num_latent": "4", "sparse_vae.latent": "@l0_pair()",
    "l0_pair.tau": "0.1"}


def write_json(path, content):
  path.parent.mkdir(parents=True, exist_ok=True)
  path.write_text(json.dumps(content))


def write_model(run, *, config=(), **results):
  """Writes what dlib_train leaves in RUN/model."""
  place = run / "model/results/json"
  write_json(place / "train_config.json", {**CONFIG, **dict(config)})
  write_json(place / "train_results.json", {
      "uuid": str(run), "elapsed_time": 9.5, "global_step": 5000, **results})


def write_metric(run, metric, *, representation="mean", function=None,
                 config=(), **results):
  """Writes what dlib_evaluate leaves in RUN/metrics."""
  place = run / "metrics" / representation / metric / "results/json"
  write_json(place / "evaluation_results.json",
             {"uuid": "u", "elapsed_time": 1.5, **results})
  write_json(place / "evaluation_config.json",
             {"evaluation.evaluation_fn": f"@{function or metric}"})
  # The copies that upstream makes of the results of earlier steps.
  write_json(place / "train_results.json", {"uuid": str(run), "loss": 1.0})
  write_json(place / "train_config.json", {**CONFIG, **dict(config)})


def write_step(place, step, **results):
  """Writes the results of a step into a folder."""
  write_json(place / f"results/json/{step}_results.json", results)


def write_seed(run, metric, seed, **results):
  """Writes what `sparse-disent evaluate --seeds` leaves for one seed."""
  name = f"{metric}_seed_{seed}" if seed else metric
  write_metric(run, name, function=metric, **results)
  place = run / "metrics/mean" / name / "results/json"
  write_json(place / "evaluation_config.json", {
      "evaluation.evaluation_fn": f"@{metric}", "evaluation.name": repr(name),
      "evaluation.random_seed": str(seed)})


def write_events(run, summaries):
  """Writes an event file.

  Args:
    run: Path of a run.
    summaries: Dictionary from steps to dictionaries from tags to a number, or
      to (limits, counts) of a histogram.
  """
  folder = run / "model/tf_checkpoint"
  folder.mkdir(parents=True, exist_ok=True)
  (folder / "events.out.tfevents.1.host").write_bytes(b"".join(
      record(step, values) for step, values in summaries.items()))


def record(step, values):
  """The bytes of one record of an event file."""
  event = event_pb2.Event(step=step)
  for tag, value in values.items():
    entry = event.summary.value.add(tag=tag)
    if isinstance(value, tuple):
      entry.histo.bucket_limit.extend(value[0])
      entry.histo.bucket.extend(value[1])
    else:
      entry.simple_value = value
  data = event.SerializeToString()
  length = struct.pack("<Q", len(data))
  return (length + struct.pack("<I", masked_crc32c(length)) + data
          + struct.pack("<I", masked_crc32c(data)))


def row(name, latents, kl, *, pruned=False, values=(-1.5, 0.0, 1.5)):
  """One row of the traversals in pictures.json."""
  return {"name": name, "latents": latents, "kl": kl, "pruned": pruned,
          "values": list(values)}


ROWS = [row("z0", [0], 0.5), row("z1", [1], 0.0, pruned=True),
        row("z2", [2], 2.25), row("z3", [3], 0.125)]


def write_pictures(run, *, rows=None, groups=None, channels=1,
                   data="original"):
  """Writes sheets of 3 columns of 4 x 4 pixels, row i of brightness 20 i."""
  rows = ROWS if rows is None else rows
  folder = run / "pictures"
  folder.mkdir(parents=True, exist_ok=True)
  names = ["original", *(["group 1"] if groups else []), "reconstruction"]
  write_json(folder / "pictures.json", {
      "cell": [4, 4], "gap": 1, "groups": groups, "data": data,
      "reconstructions": {"rows": names},
      "traversals": {"quantiles": [0.025, 0.975], "rows": rows}})
  for name, count in (("reconstructions", len(names)),
                      ("traversals", len(rows))):
    sheet = np.zeros([5 * count - 1, 14, channels + 1], np.uint8)
    for i in range(count):
      for j in range(3):
        sheet[5 * i:5 * i + 4, 5 * j:5 * j + 4, :-1] = 20 * i
        sheet[5 * i:5 * i + 4, 5 * j:5 * j + 4, -1] = 255
    Image.fromarray(sheet).save(folder / f"{name}.png")


def write_masks(run, **layers):
  """Writes what the metric connectivity keeps; "__" is a slash."""
  folder = run / "postprocessed/mean/artifacts/connectivity"
  folder.mkdir(parents=True, exist_ok=True)
  np.savez(folder / "masks.npz", **{
      name.replace("__", "/"): values for name, values in layers.items()})


def write_all(run, *, seed=0, config=(), mig=0.25):
  """Writes a run that has everything that a report can show."""
  write_model(run, config={"model.random_seed": str(seed), **dict(config)},
              loss=12.5, reconstruction_loss=20.0 + seed, kl_loss=10.0,
              reconstruction_loss_prefix_1=40.0,
              reconstruction_loss_prefix_2=20.0 + seed)
  write_metric(run, "mig", discrete_mig=mig)
  write_metric(run, "mic", mutual_information=[
      [0.5, 0, 0, 0.25, 0], [0] * 5, [0, 0.75, 0, 0, 0], [0] * 5],
      factor_entropies=[1.0, 1.0, 2.0, 1.0, 0.0], groups=[[0], [1], [2], [3]])
  write_events(run, {
      step: {"reconstruction_loss_1": 1000.0 / (step + 1) + seed,
             "kl_loss": 0.01 * step, "active_latents": 4.0,
             "density/encoder/e2": 0.5, "density/decoder/d3": 0.75,
             "gates": ([0.0, 1e-12, 0.5, 0.95, 1.01], [0, 1, 2, 0, 1])}
      for step in range(1, 502, 100)})
  write_pictures(run, groups=[2, 2])
  write_masks(run, encoder__e2=np.eye(4), decoder__d3=np.array([1.0, 0, 0.5]))
