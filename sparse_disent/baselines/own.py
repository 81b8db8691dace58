"""Own runs as records."""
from sparse_disent.baselines import record as record_lib
from sparse_disent.baselines import results
from sparse_disent.data import origin

SOURCE = "own"


def records(models, data=None):
  """Makes the records of own models.

  Args:
    models: List of `report.models.Model`.
    data: Origin of dSprites; None to go by the file in the data directory.

  Returns:
    List with one list of `Record` for each model.
  """
  return [[record for run in model.runs
           for record in run_records(model, run, data)] for model in models]


def run_records(model, run, data=None):
  """Returns the records of one run of a model; arguments as for `records`."""
  dataset = str(run.bound("dataset.name", "unknown"))
  common = {
      "source": SOURCE, "implementation": "own runs", "dataset": dataset,
      "data": record_lib.origin_of(dataset, data or origin.at_hand(dataset)),
      "method": model.name, "settings": tuple(sorted(model.settings.items())),
      "provenance": "own result files", "training": run.config}
  made = results.records(
      trained=run.training, evaluated={}, config={}, postprocessing={},
      folder="", **common)
  for evaluation in run.evaluations:
    made += results.records(
        trained={}, evaluated=evaluation.results, config=evaluation.config,
        postprocessing=evaluation.postprocessing,
        folder=evaluation.representation, **common)
  return made
