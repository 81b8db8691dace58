from sparse_disent.study import pvae


def test_latents_models_and_data():
  study = pvae.study()
  varied = study.varied()
  # On MNIST ten classes stand beside the latents.
  assert varied["encoder.num_latent"] == [10, 16, 32, 64, 20, 26, 42, 74]
  assert varied["dataset.name"] == ["dsprites_full", "mnist"]
  # 2 data sets x 4 models x 4 sizes x 10 seeds.
  assert len(study.models) == 2 * 4 * 4 * 10
  assert len({str(model) for model in study.models}) == len(study.models)


def test_settings_that_prune_change_nothing_that_other_models_have():
  """Their scores could differ for another reason than gates."""
  for number, prune in enumerate(pvae.models()):
    if prune["model.name"].endswith("pvae_pruning"):
      papers = pvae.models()[number - 40]  # 4 sizes, 10 seeds
      assert papers["model.name"] == prune["model.name"].removesuffix(
          "_pruning")
      differ = {name for name in {*prune, *papers}
                if prune.get(name) != papers.get(name)}
      assert differ == {"model.name", "sparse_vae.dip_diagonal",
                        "l0_pair.temperature", "l0_pair.tau",
                        "l0_pair.learning_rate_multiplier"}
