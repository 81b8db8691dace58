import pytest

from sparse_disent.baselines import results


@pytest.mark.parametrize("function, folder, name", [
    ("@mean_representation", "anything", "mean"),
    ("@sampled_representation", "mean", "sampled"),
    # A function with settings of its own is told apart by its folder.
    ("@rotated_representation", "rotated_45", "rotated_45"),
    ("@active_mean_representation", "mean", "active_mean"),
    ("", "mean", "mean"), ("", "", "not stated")])
def test_representations(function, folder, name):
  postprocessing = {"postprocess.postprocess_fn": function} if function else {}
  assert results.representation(postprocessing, folder) == name


@pytest.mark.parametrize("reference, name", [
    ("@mig", "mig"), ("@scope/module.mig()", "mig"), ("", "")])
def test_function_names(reference, name):
  assert results.function_name(reference) == name


def test_models_are_told_apart_by_all_that_differs_between_them():
  base = {"model.name": "'m'", "model.model": "@vae()", "vae.beta": "4.0"}
  found = results.settings([
      {**base, "l0_pair.tau": "0.1", "model.random_seed": "0"},
      {**base, "l0_pair.tau": "1.0", "model.random_seed": "1"},
      {**base, "model.name": "'other'"}])
  assert found == [(("l0_pair.tau", "0.1"), ("vae.beta", "4.0")),
                   (("l0_pair.tau", "1.0"), ("vae.beta", "4.0")),
                   (("vae.beta", "4.0"),)]


@pytest.mark.parametrize("encoder, decoder, names", [
    ("@conv_encoder", "@deconv_decoder", "conv_encoder and deconv_decoder"),
    ("@masked_fc_encoder", "@masked_fc_decoder", "fc_encoder and fc_decoder"),
    ("@conv_encoder", None, "")])
def test_networks(encoder, decoder, names):
  config = {"encoder.encoder_fn": encoder, "a/decoder.decoder_fn": decoder}
  assert results.networks({
      name: text for name, text in config.items() if text}) == names


def test_records_of_a_metric_and_of_the_training():
  made = results.records(
      training={"model.training_steps": "300", "model.random_seed": "7",
                "model.name": "'m'", "encoder.num_latent": "6"},
      trained={"loss": 2.5, "uuid": "u", "global_step": 300},
      evaluated={"discrete_mig": 0.5, "matrix": [1.0], "nan": float("nan")},
      config={"evaluation.evaluation_fn": "@mig", "mig.num_train": "100"},
      postprocessing={}, folder="mean", source="s", implementation="i",
      dataset="cars3d", method="m")
  assert [(record.metric, record.score, record.value, record.representation)
          for record in made] == [
      ("training", "loss", 2.5, ""), ("mig", "discrete_mig", 0.5, "mean"),
      ("mig", "nan", None, "mean")]
  assert {(record.steps, record.seed, record.num_latent)
          for record in made} == {(300, 7, 6)}
  assert made[1].config == (("mig.num_train", "100"),)
  assert made[2].undefined == "the metric returned nan"


def test_reasons_are_one_line_and_short():
  """Whoever wrote a metric may explain at length why it has no value."""
  reason = "the code has\n  no active latent, " * 40
  found, = results.records(
      training={}, trained={}, config={}, postprocessing={}, folder="mean",
      evaluated={"MIC": None, "MIC_undefined": reason}, source="s",
      implementation="i", dataset="cars3d", method="m")
  assert found.undefined.startswith("the code has no active latent, the code")
  assert found.undefined.endswith(" [...]")
  assert 400 < len(found.undefined) <= 500
