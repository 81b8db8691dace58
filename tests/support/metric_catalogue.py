"""Every metric that `sparse_disent.metrics` registers with gin.

`test_metric_catalogue` loops over it, and fails when a metric is missing.
"""
import dataclasses

# What the metrics' own bindings may build on.
BASE = """
  discretizer.discretizer_fn = @histogram_discretizer
  discretizer.num_bins = 20
"""


@dataclasses.dataclass(frozen=True)
class Metric:
  """How to call a metric of representations, and what its results hold.

  Attributes:
    bindings: What is bound in addition to `BASE`.
    axes: For results that list latents: along which axis.
    indices: Results that are lists of indices of latents.
    atol: By how much the order of latents may change a result.
  """

  bindings: str
  axes: dict = dataclasses.field(default_factory=dict)
  indices: tuple = ()
  atol: float = 1e-9


METRICS = {
    "mic": Metric("mic.num_train = 500",
                  axes={"mic": 1, "mutual_information": 0}),
    "total_correlation": Metric("total_correlation.num_train = 500",
                                indices=("active_latents",)),
    "factor_sparsity": Metric(
        "factor_sparsity.num_train = 300",
        axes={"change": 0, "noise": 0, "factors_per_latent": 0},
        indices=("active_latents",)),
    "infomec": Metric("infomec.num_train = 300",
                      axes={"mutual_information": 0},
                      indices=("active_latents",), atol=1e-6),
    "information_scores": Metric("information_scores.num_train = 500",
                                 axes={"mutual_information": 0}),
    "dci_lasso": Metric("""
        dci_lasso.num_train = 300
        dci_lasso.num_test = 100
    """, axes={"importance": 0}),
    # The order of latents decides between equally good splits.
    "dci_random_forest": Metric("""
        dci_random_forest.num_train = 300
        dci_random_forest.num_test = 100
        dci_random_forest.num_trees = 5
    """, axes={"importance": 0}, atol=0.1),
}
# Metrics of the model behind a representation: their bindings.
# `test_model_metrics` loops over them.
MODEL_METRICS = {
    "active_latents": "active_latents.num_train = 100",
    "connectivity": "",
    "reconstruction": "reconstruction.num_train = 100",
}
