import pathlib

import pytest
from support import small_runs
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams import plugin_data_pb2

from sparse_disent.results import models
from sparse_disent.results import runs
from sparse_disent.study import hparams


@pytest.fixture(scope="module")
def written(tmp_path_factory):
  """Two betas and two seeds, as TensorBoard itself reads their files."""
  output = tmp_path_factory.mktemp("sweep")
  for beta in (1, 4):
    for seed in (0, 1):
      run = output / f"{beta}-{seed}"
      small_runs.write_model(run, config={
          "vae.beta": f"{beta}.", "model.random_seed": str(seed)}, elbo=-20.5)
      small_runs.write_metric(run, "mig", discrete_mig=.1 * beta + seed)
  files = hparams.files(models.group(runs.find([output])), str(output))
  read = {}
  for path, data in files.items():
    pathlib.Path(path).write_bytes(data)
    folder = str(pathlib.Path(path).parent.relative_to(output))
    read[folder] = event_accumulator.EventAccumulator(str(
        pathlib.Path(path).parent)).Reload()
  return read


def plugin_data(events, tag):
  content = events.SummaryMetadata(tag).plugin_data.content
  return plugin_data_pb2.HParamsPluginData.FromString(content)


def test_each_run_is_a_session_in_the_group_of_its_model(written):
  assert set(written) == {".", "1-0", "1-1", "4-0", "4-1"}
  started = {name: plugin_data(
      events, metadata.SESSION_START_INFO_TAG).session_start_info
             for name, events in written.items() if name != "."}
  assert {name: each.group_name for name, each in started.items()} == {
      "1-0": "A", "1-1": "A", "4-0": "B", "4-1": "B"}
  values = started["4-1"].hparams
  assert {name: value.number_value for name, value in values.items()} == {
      "vae.beta": 4.}


def test_scores_are_scalars_of_the_session(written):
  event, = written["4-1"].Scalars("mean/mig/discrete_mig")
  assert (event.step, event.value) == (5000, pytest.approx(1.4))
  event, = written["1-0"].Scalars("training/elbo")
  assert event.value == -20.5


def test_the_view_has_what_varies_and_the_main_scores(written):
  experiment = plugin_data(
      written["."], metadata.EXPERIMENT_TAG).experiment
  assert [(info.name, info.differs) for info in experiment.hparam_infos] == [
      ("vae.beta", True)]
  assert {info.name.tag: info.display_name
          for info in experiment.metric_infos} == {
              "training/elbo": "ELBO (nats)",
              "mean/mig/discrete_mig": "MIG, mean"}
