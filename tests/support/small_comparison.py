"""Comparisons of small runs with made-up baselines."""
from sparse_disent.baselines import comparison
from sparse_disent.baselines import record
from sparse_disent.baselines import sources
from sparse_disent.results import runs

FACTS = dict(source="s", implementation="i", dataset="dsprites_full",
             method="m", num_latent=4, representation="mean", metric="mig",
             steps=300000, score="discrete_mig", config=(
                 ("discretizer.discretizer_fn", "@histogram_discretizer"),
                 ("discretizer.num_bins", "20"), ("mig.num_train", "10000")))


def published(*changes):
  return [sources.Source("s", "S", "about", [
      record.Record(**{"value": 0.1, **FACTS, **change})
      for change in changes])]


def compare(folder, *changes, data="original"):
  return comparison.compare(runs.find([folder]), published(*changes), data)
