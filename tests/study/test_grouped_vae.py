from sparse_disent.study import grouped_vae


def test_the_papers_four_models_and_two_variants_with_10_seeds():
  study = grouped_vae.study()
  assert len(study.models) == 6 * 10
  betas = [model["vae.beta"] for model in study.models if "vae.beta" in model]
  assert sorted(set(betas)) == [1., 5., 10.]
  assert [model["model.random_seed"] for model in study.models[:10]] == list(
      range(10))
