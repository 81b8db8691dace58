"""Seeds and corrects upstream's metrics, module by module."""
import inspect
import sys
from collections.abc import Callable
from typing import Any

import gin

from sparse_disent.compat import ledger
from sparse_disent.compat import patching
from sparse_disent.compat.metrics import classifiers
from sparse_disent.compat.metrics import seeds
from sparse_disent.compat.metrics import undefined
from sparse_disent.compat.metrics.corrections import latents
from sparse_disent.compat.metrics.corrections import matrices
from sparse_disent.compat.metrics.corrections import tasks

# The metrics: module, function, and name in gin files.
METRICS = (
    ("beta_vae", "compute_beta_vae_sklearn", "beta_vae_sklearn"),
    ("dci", "compute_dci", "dci"),
    ("dci", "compute_dci_on_fixed_data", "dci_validation"),
    ("downstream_task", "compute_downstream_task", "downstream_task"),
    ("factor_vae", "compute_factor_vae", "factor_vae_score"),
    ("fairness", "compute_fairness", "fairness"),
    ("irs", "compute_irs", "irs"),
    ("mig", "compute_mig", "mig"),
    ("mig", "compute_mig_on_fixed_data", "mig_validation"),
    ("modularity_explicitness", "compute_modularity_explicitness",
     "modularity_explicitness"),
    ("reduced_downstream_task", "compute_reduced_downstream_task",
     "reduced_downstream_task"),
    ("sap_score", "compute_sap", "sap_score"),
    ("sap_score", "compute_sap_on_fixed_data", "sap_score_validation"),
    ("strong_downstream_task", "compute_strong_downstream_task",
     "strong_downstream_task"),
    ("unified_scores", "compute_unified_scores", "unified_scores"),
    ("unified_scores", "compute_unified_score_on_fixed_data",
     "unified_score_validation"),
    ("unsupervised_metrics", "unsupervised_metrics", "unsupervised_metrics"),
)

_CORRECTIONS = {
    "dci": matrices.dci,
    "factor_vae": latents.factor_vae,
    "fairness": tasks.fairness,
    "irs": latents.irs,
    "mig": matrices.mig,
    "modularity_explicitness": matrices.modularity_explicitness,
    "reduced_downstream_task": tasks.reduced_downstream_task,
    "sap_score": matrices.sap_score,
    "strong_downstream_task": tasks.strong_downstream_task,
    "unified_scores": matrices.unified_scores,
    "unsupervised_metrics": latents.unsupervised_metrics,
    "utils": matrices.utils,
}


def patch(module: Any) -> None:
  """Corrects a module of upstream's metrics that has just been loaded."""
  name = module.__name__.rpartition(".")[2]
  if module.__name__.partition(".")[2] in classifiers.USERS:
    classifiers.patch(module)
  if name in _CORRECTIONS:
    _CORRECTIONS[name](module)
  for metric_module, function, _ in METRICS:
    if metric_module == name:
      _resolve(module, function)


def _resolve(module, function_name):
  """Registers a metric again with gin: seeded, and without NaN in results."""
  register(module, function_name, "representation_function",
           lambda compute: undefined.resolved(seeds.governed(compute)))


def register(
    module: Any, function_name: str, parameter: str,
    change: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
  """Registers a changed metric with gin, under the name that it has.

  Args:
    module: Module of upstream's.
    function_name: String, the metric's name in it.
    parameter: String, a parameter that the metric must have. A metric without
      it is a fork's, and is left alone.
    change: Function from the metric to its replacement.
  """
  entry = ledger.entry(f"{module.__name__}:{function_name}", ledger.CALLED)
  metric: Any = getattr(module, function_name, None)
  registered = metric and gin.config._inverse_lookup(metric)
  if not registered or parameter not in inspect.signature(metric).parameters:
    patching.left_alone(entry.name, entry.kind)
    return
  compute = change(metric.__wrapped__)
  was_interactive = gin.config._INTERACTIVE_MODE
  gin.enter_interactive_mode()
  try:
    configurable = gin.configurable(
        registered.name, module=registered.module,
        allowlist=registered.allowlist, denylist=registered.denylist)
    setattr(module, function_name, configurable(compute))
  finally:
    if not was_interactive:
      gin.exit_interactive_mode()


def is_original(configurable: Any) -> bool:
  """Tells whether a metric is upstream's own.

  Upstream's metrics hand observations on to the representation function, and do
  not look at the observations themselves.

  Args:
    configurable: Function that gin has registered under the metric's name.

  Returns:
    False for a fork's metric of the same name whose source differs.
  """
  return any(
      configurable is getattr(sys.modules.get(module), function, None)
      and patching.is_unchanged_module(module)
      for module, function in (
          (f"disentanglement_lib.evaluation.metrics.{module}", function)
          for module, function, _ in METRICS))


# Dict from the name of upstream's module to the function that
# `compat.startup.upstream` calls with the module once it is loaded.
PATCHES = {f"evaluation.metrics.{name}": patch
           for name in ["utils", *(metric[0] for metric in METRICS)]}
