"""All metrics of the model behind a representation, in upstream's pipeline."""
import json

import gin
import pytest
from disentanglement_lib.evaluation import evaluate
from disentanglement_lib.postprocessing import postprocess
from support import exported_runs
from support import metric_catalogue

from sparse_disent.metrics import codes

METRICS = metric_catalogue.MODEL_METRICS
MODELS = {
    "upstream": """
        model.model = @vae()
        encoder.encoder_fn = @conv_encoder
        decoder.decoder_fn = @deconv_decoder
    """,
    "masked": """
        sparse_vae.latent = @l0_pair()
        sparse_vae.groups = [2, 3]
        encoder.encoder_fn = @masked_conv_encoder
        decoder.decoder_fn = @masked_deconv_decoder
        channel_mask.gate = @random_gate()
    """,
}


@pytest.fixture(scope="module", params=MODELS, name="run")
def run_with_representation(request, tmp_path_factory):
  """A run as upstream lays it out: model and representation."""
  run = tmp_path_factory.mktemp(request.param)
  exported_runs.export(run / "model", MODELS[request.param])
  postprocess.postprocess_with_gin(
      str(run / "model"), str(run / "postprocessed" / "mean"), gin_bindings=[
          "dataset.name = 'auto'", "postprocess.random_seed = 0",
          "postprocess.postprocess_fn = @mean_representation"])
  return run


def evaluated(run, name, output):
  evaluate.evaluate_with_gin(
      str(run / "postprocessed" / "mean"), str(output), gin_bindings=[
          METRICS[name], "dataset.name = 'auto'", "evaluation.random_seed = 0",
          f"evaluation.evaluation_fn = @{name}", f"evaluation.name = '{name}'"])
  scores = json.loads(
      (output / "results/json/evaluation_results.json").read_text(),
      parse_constant=pytest.fail)
  return {key: value for key, value in scores.items()
          if key not in ("uuid", "elapsed_time")}


@pytest.mark.parametrize("name", METRICS)
def test_upstreams_evaluation_finds_the_model(name, run, tmp_path):
  scores = evaluated(run, name, tmp_path / "one")
  assert scores == evaluated(run, name, tmp_path / "two")
  for key, value in scores.items():
    if value is None:
      assert isinstance(scores[f"{key}_undefined"], str)
  artifacts = run / "postprocessed" / "mean" / "artifacts" / name
  expected = name == "connectivity" and scores["num_masked_layers"] > 0
  assert (artifacts / "masks.npz").is_file() == expected


def test_those_that_look_at_images_are_not_marked():
  unmarked = {name for name in [*METRICS, *metric_catalogue.METRICS]
              if not codes.is_codes_alone(gin.get_configurable(name))}
  assert unmarked == {"active_latents", "reconstruction"}
