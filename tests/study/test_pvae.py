from sparse_disent.study import pvae


def test_latents_objectives_and_data():
  study = pvae.study()
  varied = study.varied()
  assert varied["encoder.num_latent"] == [10, 16, 32, 64]
  assert varied["dataset.name"] == ["dsprites_full", "mnist"]
  assert varied["sparse_vae.objective"] == [
      "@vae()", "@dip_vae()", "@beta_tc_vae()"]
  # 2 data sets x (2 plain + 4 objectives x 2 settings) x 4 x 10 seeds.
  assert len(study.models) == 2 * 10 * 4 * 10
  assert len({str(model) for model in study.models}) == len(study.models)
