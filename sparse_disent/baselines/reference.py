"""Our own runs that come with the package, and files of the same form."""
import dataclasses
import os
import pathlib

from sparse_disent.baselines import compact_runs
from sparse_disent.baselines import own
from sparse_disent.baselines import record as record_lib
from sparse_disent.baselines import results
from sparse_disent.results import models as models_lib

# Our own runs that come with the package: titles and files by the names of the
# baselines.
TITLES = {"reference_runs": "Reference runs",
          "recipes": "Seeds of a recipe, runs of the search for recipes",
          "papers": "Runs that test papers"}
FILES = {name: pathlib.Path(__file__).parent / "data" / f"{name}.json"
         for name in TITLES}
# Names of upstream's models by their gin functions, for upstream's networks.
_TITLES = {"vae": "beta-VAE", "annealed_vae": "AnnealedVAE",
           "factor_vae": "FactorVAE", "beta_tc_vae": "beta-TC-VAE",
           "dip_vae": "DIP-VAE"}
_NETWORKS = ("conv_encoder", "fc_encoder", "deconv_decoder", "fc_decoder")


def read(path: str | os.PathLike
         ) -> tuple[dict[str, str], list[record_lib.Record]]:
  """Reads a file in the compact form as records.

  Args:
    path: A name of `FILES`, or a path; also the source in the records.

  Returns:
    (about, records): Dictionary of texts on provenance, and list of `Record`.

  Raises:
    ValueError: The file is not in the compact form.
  """
  source = str(path)
  path = FILES.get(source, pathlib.Path(path))
  about, runs = compact_runs.read(path)
  data = next((origin for origin, label in compact_runs.LABELS.items()
               if label == about.get("data")), record_lib.UNKNOWN)
  try:
    return about, _records(runs, source, data)
  except (TypeError, ValueError) as error:
    raise compact_runs.broken(path, error) from error


def _records(runs, source, data):
  pairs = [(model, run) for model in models_lib.group(runs)
           for run in model.runs]
  titles = [_title(model, run) for model, run in pairs]
  settings = results.settings([run.config for _, run in pairs], titles)
  return [dataclasses.replace(
      record, source=source, implementation="sparse_disent", method=title,
      settings=tuple(sorted(dict(told).items())), provenance="reference run")
          for (model, run), title, told in zip(
              pairs, titles, settings, strict=True)
          for record in own.run_records(model, run, data)]


def _title(model, run):
  """Name of an upstream model, or else the name in the configuration."""
  networks = (run.config.get("encoder.encoder_fn", "@conv_encoder"),
              run.config.get("decoder.decoder_fn", "@deconv_decoder"))
  if all(results.function_name(name) in _NETWORKS for name in networks):
    function = results.function_name(run.config.get("model.model", ""))
    return _TITLES.get(function, model.name)
  return model.name
