from support import small_baselines as small

from sparse_disent.baselines import distributions
from sparse_disent.baselines import own
from sparse_disent.results import models
from sparse_disent.results import runs


def test_records_of_own_models(tmp_path):
  for seed in (0, 1):
    small.own_run(tmp_path / f"{seed}", seed=seed, mig=0.1 * (seed + 1))
  found, = own.records(
      models.group(runs.find([tmp_path])), data="re-rendered")
  assert [(record.seed, record.metric, record.value) for record in found
          if record.metric == "mig"] == [(0, "mig", 0.1), (1, "mig", 0.2)]
  assert [record.value for record in found if record.score ==
          "reconstruction_loss"] == [40.0, 41.0]
  assert {(record.source, record.dataset, record.data, record.method,
           record.steps) for record in found} == {
      ("own", "dsprites_full", "re-rendered", "mine", 300000)}


def test_labels_name_what_tells_models_apart(tmp_path):
  """A model without a gate has no settings of gates, not even "unset" ones."""
  gated = {"model.name": "'gated'", "l0_pair.zeta": "1.1"}
  small.own_run(tmp_path / "a")
  small.own_run(tmp_path / "b", config={"vae.beta": "8.0"})
  small.own_run(tmp_path / "c", config=gated)
  found = own.records(models.group(runs.find([tmp_path])), data="original")
  assert [distributions.group(records)[0].label for records in found] == [
      "mine, beta 4", "mine, beta 8", "gated, beta 4"]


def test_a_representation_is_known_by_its_function(tmp_path):
  run = small.own_run(tmp_path / "r", representation="m")
  small.small_runs.write_json(
      run / "metrics/m/mig/results/json/postprocess_config.json",
      {"postprocess.postprocess_fn": "@mean_representation"})
  found, = own.records(models.group(runs.find([run])), data="original")
  assert [record.representation for record in found
          if record.metric == "mig"] == ["mean"]


def test_seeds_of_the_evaluation_count_once(tmp_path):
  small.small_runs.write_model(tmp_path)
  for seed, mig in enumerate([0.125, 0.25, 0.75]):
    small.small_runs.write_seed(tmp_path, "mig", seed, discrete_mig=mig)
  found, = own.records(models.group(runs.find([tmp_path])), data="original")
  assert [record.value for record in found] == [0.375]


def test_a_run_counts_once_however_its_folders_are_called(tmp_path):
  write = small.small_runs.write_metric
  small.small_runs.write_model(tmp_path)
  for folder, name, mig in (("mean", "mig", 0.25), ("mean", "mig_again", 0.25),
                            ("m", "mig", 1.0), ("m", "other", None)):
    write(tmp_path, name, representation=folder, function="mig",
          discrete_mig=mig)
    small.small_runs.write_json(
        tmp_path / "metrics" / folder / name
        / "results/json/postprocess_config.json",
        {"postprocess.postprocess_fn": "@mean_representation"})
  found, = own.records(models.group(runs.find([tmp_path])), data="original")
  record, = (each for each in found if each.metric == "mig")
  assert record.value == 0.5
  assert record.representation == "mean"


def test_settings_of_any_length(tmp_path):
  left_out = [[{"shape": 2, "x": i} for i in range(n)] for n in (40, 41)]
  for number, value in enumerate(left_out):
    small.small_runs.write_model(
        tmp_path / str(number), loss=1.0,
        config={"constrained.left_out": repr(value)})
  found = own.records(models.group(runs.find([tmp_path])), data="original")
  texts = [text for (record,) in found for _, text in record.settings]
  assert len(set(texts)) == 2
  for text, value in zip(texts, left_out, strict=True):
    assert text.startswith(repr(value)[:480])
    assert len(text) == 500


def test_settings_of_metrics_of_any_length(tmp_path):
  small.small_runs.write_model(tmp_path)
  for number in (0, 1):
    name, groups = f"mic_{number}", [[i] for i in range(200 + number)]
    small.small_runs.write_metric(
        tmp_path, name, function="mic", score=float(number))
    place = tmp_path / "metrics/mean" / name / "results/json"
    small.small_runs.write_json(
        place / "evaluation_config.json",
        {"evaluation.evaluation_fn": "@mic", "mic.groups": repr(groups)})
  found, = own.records(models.group(runs.find([tmp_path])), data="original")
  assert [record.value for record in found] == [0.0, 1.0]
