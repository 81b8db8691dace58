"""Hand-made pretrained models in the layout of dlib_reproduce, and runs."""
import json
import zipfile

from support import small_runs

# Model 151 of upstream's study: beta-VAE, beta 6, seed 1, on dSprites.
NUMBER = 151
TRAINING = {
    "train_config.dataset.name": "'dsprites_full'",
    "train_config.model.name": "'beta_vae'",
    "train_config.model.model": "@vae()",
    "train_config.model.model_num": "151",
    "train_config.model.random_seed": "1",
    "train_config.model.training_steps": "300000",
    "train_config.vae.beta": "6.0",
    "train_results.uuid": "training-151",
    "train_results.reconstruction_loss": 52.5}
MIG = {
    "postprocess_config.postprocess.postprocess_fn": "@mean_representation",
    "evaluation_config.evaluation.evaluation_fn": "@mig",
    "evaluation_config.evaluation.random_seed": "0",
    "evaluation_config.discretizer.discretizer_fn": "@histogram_discretizer",
    "evaluation_config.discretizer.num_bins": "20",
    "evaluation_config.mig.num_train": "10000",
    "evaluation_results.uuid": "mig-151",
    "evaluation_results.elapsed_time": 33.0,
    "evaluation_results.discrete_mig": 0.25}
MIG_FILE = "metrics/mean/mig/results/aggregate/evaluation.json"


def files(root="151/", **changes):
  """The files of a model; `changes` replace or add members by name."""
  return {f"{root}{MIG_FILE}": json.dumps({**TRAINING, **MIG}),
          f"{root}model/results/aggregate/train.json": json.dumps(TRAINING),
          f"{root}model/tfhub/saved_model.pb": "graph", **changes}


def write_zip(path, members):
  path.parent.mkdir(parents=True, exist_ok=True)
  with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
    for name, content in members.items():
      archive.writestr(name, content)
  return path


def write_folder(path, members):
  for name, content in members.items():
    file = path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
  return path


def own_run(path, *, seed=0, mig=0.25, steps=300000, config=(), sizes=10000,
            representation="mean"):
  """Writes an own beta-VAE, scored with the study's MIG."""
  small_runs.write_model(path, config={
      "model.name": "'mine'", "model.model": "@vae()", "vae.beta": "4.0",
      "model.random_seed": str(seed), "model.training_steps": str(steps),
      **dict(config)}, reconstruction_loss=40.0 + seed)
  small_runs.write_metric(path, "mig", representation=representation,
                          discrete_mig=mig)
  place = path / f"metrics/{representation}/mig/results/json"
  small_runs.write_json(place / "evaluation_config.json", {
      "evaluation.evaluation_fn": "@mig", "mig.num_train": str(sizes),
      "mig.batch_size": "16", "dataset.name": "'dsprites_full'",
      "discretizer.discretizer_fn": "@histogram_discretizer",
      "discretizer.num_bins": "20"})
  return path


def two_models(folder):
  """Writes two beta-VAEs with two seeds each; returns the folder."""
  for seed in (0, 1):
    own_run(folder / f"a{seed}", seed=seed, mig=0.1 + seed)
    own_run(folder / f"b{seed}", seed=seed, mig=0.2 + seed,
            config={"vae.beta": "16.0"})
  return folder


def write_json(path, content):
  path.write_text(json.dumps(content))
  return path
