"""`sparse-disent compact`: a smaller model that computes the same."""
import os
import pathlib

import gin
import numpy as np
from disentanglement_lib.utils import results as upstream_results

from sparse_disent.common import absent
from sparse_disent.common import locks
from sparse_disent.common import progress
from sparse_disent.common import writing
from sparse_disent.export import costs
from sparse_disent.export import equality
from sparse_disent.export import images
from sparse_disent.export import latent_settings
from sparse_disent.export import module
from sparse_disent.export import reading
from sparse_disent.export import summaries


def compact(model: str | os.PathLike, out: str | os.PathLike, *,
            keep_latents: bool = False) -> summaries.Summary:
  """Writes a model without closed gates, pruned latents and unread channels.

  The new module is read back and compared with the model before anything
  appears at `out`. Both are compared on noise, and on images of the model's
  data set if that is found. Gin's configuration is cleared.

  Args:
    model: Directory that `dlib_train` wrote, or the `tfhub` in it.
    out: Directory to be created, with `tfhub` and `results`.
    keep_latents: Whether pruned latents keep their places in the code; their
      entries are the constants that the model computes for them.

  Returns:
    summary: A `summaries.Summary`.

  Raises:
    FileExistsError: If `out` exists.
    ValueError: If `model` is no model, `out` is inside it, no latent would be
      left, or the new module computes something else.
  """
  if os.path.lexists(out):
    locks.settle(out)
    raise FileExistsError(
        f"'{out}' exists and is never overwritten. Move it away, or choose "
        "another directory.")
  tfhub, results = _find(model)
  for part in filter(None, (tfhub, results)):
    if pathlib.Path(out).resolve().is_relative_to(os.path.realpath(part)):
      raise ValueError(
          f"'{out}' is inside '{part}', which is a part of the model. Choose "
          "another directory.")
  with writing.new_folder(out) as folder, \
      progress.progress(4, "compacting") as done:
    return _write(folder, tfhub, results, keep_latents, done.update)


def _write(directory, tfhub, results, keep_latents, step_done):
  """Writes the compacted model to a temporary directory."""
  compacted = module.plan(reading.read(tfhub), keep_latents=keep_latents)
  step_done()
  os.makedirs(directory)
  new_tfhub = os.path.join(directory, "tfhub")
  variables = module.write(new_tfhub, compacted)
  step_done()
  checked = _check(tfhub, new_tfhub, results, compacted)
  step_done()
  summary = summaries.Summary(
      compacted, variables.layers, **checked,
      costs=_costs([tfhub, new_tfhub], compacted))
  _write_results(directory, results, summary)
  step_done()
  return summary


def _find(model):
  """Paths of a model's module and of its results, which may be None."""
  for tfhub in (os.path.join(model, "tfhub"), model):
    if os.path.isfile(os.path.join(tfhub, "tfhub_module.pb")):
      results = os.path.join(os.path.dirname(os.path.abspath(tfhub)), "results")
      return tfhub, results if os.path.isdir(results) else None
  raise ValueError(absent.explain(
      model, f"There is no module in '{model}': neither it nor its folder "
      "'tfhub' holds a tfhub_module.pb.",
      "Give the directory that dlib_train wrote."))


def _codes(compacted):
  """Codes of the model, [images.NUMBER, num_latent]."""
  size = images.NUMBER, compacted.latents.size
  return np.random.RandomState(1).normal(size=size).astype(np.float32)


def _check(tfhub, new_tfhub, results, compacted):
  """Compares the modules; returns their largest difference and the data."""
  shape = compacted.model.encoder.source.shape
  real, description = images.real_images(results, shape)
  constants = {name: compacted.encoder.constants[node].values
               for name, node in compacted.model.encoder.outputs.items()}
  differences = [
      equality.check(tfhub, new_tfhub, batch, _codes(compacted),
                     compacted.latents, constants)
      for batch in (images.random_images(shape), real) if batch is not None]
  return {"difference": max(differences), "has_real_images": real is not None,
          "data": description}


def _costs(paths, compacted):
  """Dictionary from costs such as "parameters" to values before and after."""
  shape = compacted.model.encoder.source.shape
  codes, batch = _codes(compacted), images.random_images(shape)
  inputs = {name: [{"images": batch}] * 2 for name in reading.SIGNATURES}
  inputs["decoder"] = [{"latent_vectors": codes},
                       {"latent_vectors": codes[:, compacted.latents]}]
  result = {"parameters": [costs.parameters(path) for path in paths],
            "bytes": [costs.size(path) for path in paths]}
  for signature in inputs:
    result[f"flops.{signature}"] = [
        costs.flops(path, signature) for path in paths]
  for signature, pair in costs.latencies(paths, inputs).items():
    result[f"milliseconds.{signature}"] = pair
  return result


def _write_results(directory, original, summary):
  """Copies upstream's results of the model and adds those of compaction.

  The configuration of training is adapted, because upstream's pictures and our
  metrics take the width of the code and the sizes of its groups from it.
  """
  results = os.path.join(directory, "results")
  if original is not None:
    upstream_results.copydir(original, results)
  latent_settings.rewrite(directory, summary.latents)
  # Upstream would save what gin holds as the configuration of this step.
  gin.clear_config()
  upstream_results.update_result_directory(
      results, "compact", summary.as_dict())
