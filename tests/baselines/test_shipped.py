"""What the package ships, against the files that it was made from."""
import csv
import importlib.util
import pathlib

import pytest

from sparse_disent.baselines import conditions
from sparse_disent.baselines import results
from sparse_disent.baselines import shipped
from sparse_disent.baselines import study
from sparse_disent.evaluation import protocol
from sparse_disent.results import gin_files

# Columns of the width sweep, and what upstream calls the same number.
SWEEP = {
    "recon": ("training", "reconstruction_loss"),
    "kl": ("training", "kl_loss"), "elbo": ("training", "elbo"),
    "fvae": ("factor_vae_score", "eval_accuracy"),
    "sap": ("sap_score", "SAP_score"), "mig": ("mig", "discrete_mig"),
    "gbt_dci_disentanglement": ("dci", "disentanglement"),
    "gbt_dci_completeness": ("dci", "completeness"),
    "gbt_modularity": ("modularity_explicitness", "modularity_score"),
    "gbt_mig": ("mig", "discrete_mig"), "gbt_sap": ("sap_score", "SAP_score")}
# The box plots' names of metrics, where they are not gin's.
NAMES = {"dci_disentanglement": "dci", "sap": "sap_score",
         "modularity": "modularity_explicitness"}


def rows(shared, name):
  with open(shared / "data" / name) as file:
    return list(csv.DictReader(file))


def landmarks(record):
  return tuple(value for _, value in record.landmarks)


@pytest.mark.parametrize("name", list(shipped.sources()))
def test_every_row_states_provenance_and_accuracy(name):
  found = shipped.read(name)
  assert found
  for record in found:
    assert record.provenance
    read_off = " plot" in record.provenance
    assert bool(record.landmarks) == (record.accuracy > 0) == read_off
    assert (record.value is None) == read_off
    assert record.representation or record.metric == "training"
  assert len(shipped.sources()[name]["about"]) > 100


def test_the_official_study_has_quartiles_and_no_samples(shared):
  published = {
      (NAMES.get(row["metric"], row["metric"]),
       row["dataset"].removesuffix("(retrained)"), float(row["beta"])):
      tuple(float(row[key]) for key in ("q1", "median", "q3"))
      for row in rows(shared, "official_study_betavae_boxplots_digitised.csv")}
  found = {(record.metric, record.dataset, float(record.settings[0][1])):
           landmarks(record) for record in shipped.read("official_study")}
  assert found == published
  record = shipped.read("official_study")[0]
  assert record.representation == "mean and sampled"
  assert (record.count, record.steps) == (50, 300000)


def test_the_official_study_is_read_to_two_pixels(shared):
  """Its column of whiskers is one pixel beyond the box: that is the pixel."""
  pixels = {}
  for row in rows(shared, "official_study_betavae_boxplots_digitised.csv"):
    pixels.setdefault(NAMES.get(row["metric"], row["metric"]), []).append(
        float(row["whisker_high"]) - float(row["q3"]))
  for record in shipped.read("official_study"):
    pixel = sorted(pixels[record.metric])[len(pixels[record.metric]) // 2]
    assert record.accuracy == pytest.approx(2 * pixel, abs=2e-4)


def test_the_studys_settings_are_upstreams():
  defined = protocol.load("unsupervised_study_v1")
  bound = [{name: repr(value)
            for name, value in gin_files.bindings(path).items()}
           for path in defined.metrics.values()]
  for record in shipped.read("official_study"):
    upstream, = (conditions.split(pairs) for pairs in bound
                 if pairs["evaluation.evaluation_fn"] == f"@{record.metric}")
    assert conditions.split(record.config) == upstream


def test_the_width_sweep_is_raw(shared):
  published = set()
  for row in rows(shared, "jasonmhwu_dlib_betavae_dsprites_width_sweep.csv"):
    for column, place in SWEEP.items():
      training = place[0] == "training"
      variant = column in ("gbt_modularity", "gbt_mig", "gbt_sap")
      published.add((float(row["beta"]), row["scale"], "" if training else
                     row["rep"], *place, variant, float(row[column])))
  found = {(float(record.settings[0][1]), record.network.split(" ")[0] or "1.0",
            record.representation, record.metric, record.score,
            bool(record.variant), record.value)
           for record in shipped.read("width_sweep")}
  assert found == published


def test_mig_by_model_number(shared):
  published = {
      (row["implementation"].startswith("disent"), row["dataset"],
       row["method"], float(row["hyperparameter"].split("=")[1]),
       int(row["seed"]), representation, float(value))
      for row in rows(shared, "erow_mig_by_model_index.csv")
      for representation, value in zip(
          row["representation"].split(";"), row["mig"].split(";"), strict=True)}
  found = {(record.implementation.startswith("disent"), record.dataset,
            record.method, float(record.settings[0][1]), record.seed,
            record.representation, record.value)
           for record in shipped.read("mig_by_model")}
  assert found == published


def test_the_chainer_port_without_what_was_read_twice(shared):
  read = rows(shared, "chainer_violin_digitised.csv")
  places = {tuple(row[key] for key in (
      "implementation", "dataset", "n_z", "method", "metric")):
      tuple(float(row[key]) for key in ("min", "median_est", "max"))
      for row in read}
  twice = {key for key in places if key[0] == "chainer" and key[3] in (
      "beta_vae", "factor_vae")}
  for key in twice:  # The same readings under two names.
    other = "factor_vae" if key[3] == "beta_vae" else "beta_vae"
    assert places[key] == places[(*key[:3], other, key[4])]
  found = [landmarks(record) for record in shipped.read("chainer_port")]
  assert sorted(found) == sorted(
      values for key, values in places.items() if key not in twice)


def test_sources_do_not_claim_a_representation_that_is_not_stated():
  assert {record.representation for record in shipped.read("chainer_port")} == {
      "not stated"}


def test_latents_and_networks_of_the_study_are_upstreams():
  config = gin_files.bindings(
      pathlib.Path(importlib.util.find_spec("disentanglement_lib").origin).parent
      / "config" / study.NAME / "model_configs" / "shared.gin")
  expected = config["encoder.num_latent"], results.networks(config)
  assert expected == (10, "conv_encoder and deconv_decoder")
  for name in ("official_study", "mig_by_model"):
    assert {(record.num_latent, record.networks)
            for record in shipped.read(name)
            if record.implementation.startswith("disent")} == {expected}
  assert {record.num_latent for record in shipped.read("chainer_port")} == {
      3, 5, 10}
