"""Scores of codes that are disentangled, or not, in known ways.

    python benchmarks/metric_controls.py [--seed SEED] [--metric METRIC ...]
    python benchmarks/metric_controls.py --cost [--metric METRIC ...]

Four independent, uniform factors and codes made of them by hand. Prints a row
for each score, a column for each kind of codes. It takes two minutes of one
core, and three more for the boosted trees of `dci`. All random numbers are a
function of the seed.

With --cost it prints processor seconds of one evaluation, with codes at hand:
10,000 points to train and 5,000 to test on, five factors with the sizes of
dSprites, ten latents.
"""
import argparse
import sys
import time
import warnings
from collections.abc import Callable

import gin
import numpy as np
from disentanglement_lib.data.ground_truth import ground_truth_data
from disentanglement_lib.evaluation import evaluate  # noqa: F401

import sparse_disent  # noqa: F401
from sparse_disent.metrics import codes as codes_lib

SIZES = (3, 4, 6, 8)
NUM = len(SIZES)
# Standard deviation of the noise of a latent that follows a factor.
NOISE = 0.1
# Standard deviation of the difference of factors that depend on each other.
DEPENDENCE = 0.2

_BINS = {"discretizer.discretizer_fn": "@histogram_discretizer",
         "discretizer.num_bins": 20}
_SPLIT = {"num_train": 2000, "num_test": 1000}
# From a metric's gin name to its scores, its parameters, and other bindings.
METRICS: dict[str, tuple[tuple[str, ...], dict, dict]] = {
    "infomec": (("info_modularity", "info_compactness", "info_explicitness"),
                {"num_train": 2000}, {}),
    "dci_random_forest": (
        ("disentanglement", "completeness", "informativeness_test",
         "explicitness", "size"), _SPLIT, {}),
    "dci_lasso": (("disentanglement", "completeness", "informativeness_test"),
                  _SPLIT, {}),
    "information_scores": (
        ("jemmig", "dcimig", "mig_sup", "med_disentanglement",
         "med_completeness"), {"num_train": 2000}, _BINS),
    "dci": (("disentanglement", "completeness", "informativeness_test"),
            {"num_train": 1000, "num_test": 500}, {}),
    "mig": (("discrete_mig",), {"num_train": 2000}, _BINS),
    "sap_score": (("SAP_score",), {**_SPLIT, "continuous_factors": False}, {}),
    "modularity_explicitness": (
        ("modularity_score", "explicitness_score_test"), _SPLIT, _BINS),
    "beta_vae_sklearn": (
        ("eval_accuracy",),
        {"batch_size": 64, "num_train": 1000, "num_eval": 500}, {}),
    "factor_vae_score": (
        ("eval_accuracy",),
        {"batch_size": 64, "num_train": 1000, "num_eval": 500,
         "num_variance_estimate": 2000}, {"prune_dims.threshold": 0.05}),
    "irs": (("IRS",), {"num_train": 2000, "batch_size": 16}, _BINS),
}


class Factors(ground_truth_data.GroundTruthData):
  """Uniform factors; observations are these, and normal values, two for each.

  Args:
    sizes: Numbers of values.
    dependent: Whether factor 3 is drawn near factor 2, both scaled to [0, 1],
      p(c_2, c_3) proportional to exp(-(c_2 - c_3)^2 / (2 * 0.2^2)), as in
      Traeuble et al. (2021).
  """

  # In place of upstream's properties; of each object they are its own.
  num_factors = NUM
  factors_num_values = list(SIZES)
  factor_names: list[str] = []

  def __init__(self, sizes: tuple[int, ...] = SIZES, *,
               dependent: bool = False):
    self.factors_num_values = list(sizes)
    self.num_factors = len(sizes)
    self.factor_names = [f"factor {index}" for index in range(len(sizes))]
    c2, c3 = (np.linspace(0, 1, size) for size in sizes[2:4])
    p = np.exp(-np.square(c2[:, np.newaxis] - c3) / (2 * DEPENDENCE**2))
    self._joint = (p / p.sum()).ravel() if dependent else None

  def sample_factors(self, num: int,
                     random_state: np.random.RandomState) -> np.ndarray:
    """Draws factors, [num, num_factors]."""
    factors = random_state.randint(0, np.broadcast_to(
        self.factors_num_values, [num, self.num_factors]))
    if self._joint is not None:
      pairs = random_state.choice(len(self._joint), size=num, p=self._joint)
      factors[:, 2:] = np.stack(np.divmod(
          pairs, self.factors_num_values[3]), axis=1)
    return factors

  def sample_observations_from_factors(
      self, factors: np.ndarray,
      random_state: np.random.RandomState) -> np.ndarray:
    """Puts noise beside the factors, [num, 3 * num_factors]."""
    noise = random_state.normal(size=[len(factors), 2 * self.num_factors])
    return np.concatenate([factors, noise], axis=1)


def _scaled(factors, sizes=SIZES):
  """Factors shifted and scaled to mean 0 and variance 1."""
  sizes = np.array(sizes)
  return (factors - (sizes - 1) / 2) / np.sqrt((sizes**2 - 1) / 12)


def disentangled(x: np.ndarray) -> np.ndarray:
  """Latent i is factor i, scaled, with noise."""
  return _scaled(x[:, :NUM]) + NOISE * x[:, NUM:2 * NUM]


def rotated(x: np.ndarray) -> np.ndarray:
  """Latents 0 and 1, and 2 and 3, are turned by 45 degrees."""
  turn = np.array([[1, 1], [-1, 1]]) / np.sqrt(2)
  return disentangled(x) @ np.kron(np.eye(2), turn)


def mixed(x: np.ndarray) -> np.ndarray:
  """All latents are turned by a random rotation."""
  normal = np.random.RandomState(0).normal(size=[NUM, NUM])
  return disentangled(x) @ np.linalg.qr(normal)[0]


def beside(extra: Callable) -> Callable:
  """Puts further latents beside disentangled ones."""
  return lambda x: np.concatenate([disentangled(x), extra(x)], axis=1)


def merged(x: np.ndarray) -> np.ndarray:
  """Each of two latents numbers the pairs of values of two factors."""
  pairs = np.stack([x[:, 0] * SIZES[1] + x[:, 1],
                    x[:, 2] * SIZES[3] + x[:, 3]], axis=1)
  sizes = SIZES[0] * SIZES[1], SIZES[2] * SIZES[3]
  return _scaled(pairs + 0.02 * x[:, NUM:NUM + 2], sizes)


def shuffled(x: np.ndarray) -> np.ndarray:
  """Latent i follows factor i, but its values are in another order."""
  x = x.copy()
  for j, size in enumerate(SIZES):
    x[:, j] = np.roll(np.argsort(np.arange(size) * 5 % (size + 0.5)), 1)[
        x[:, j].astype(int)]
  return disentangled(x)


# From a kind of codes to its function of observations, and its data.
CONTROLS: dict[str, tuple[Callable, Factors]] = {
    "disentangled": (disentangled, Factors()),
    "permuted": (lambda x: disentangled(x)[:, [2, 0, 3, 1]], Factors()),
    "pairs rotated": (rotated, Factors()),
    "all rotated": (mixed, Factors()),
    "duplicated": (beside(disentangled), Factors()),
    "4 pruned": (beside(lambda x: 0 * x[:, :4]), Factors()),
    "4 of noise": (beside(lambda x: x[:, 2 * NUM:]), Factors()),
    "merged": (merged, Factors()),
    "factor missing": (lambda x: disentangled(x)[:, :3], Factors()),
    "values shuffled": (shuffled, Factors()),
    "dependent factors": (disentangled, Factors(dependent=True)),
    "noise alone": (lambda x: x[:, 2 * NUM:], Factors()),
}


def scores(metric: str, control: str, seed: int = 0) -> dict:
  """Computes a metric of a kind of codes.

  Args:
    metric: Its name in gin files.
    control: A key of `CONTROLS`.
    seed: Seed of all random numbers.

  Returns:
    The metric's results.
  """
  function, data = CONTROLS[control]
  return _computed(metric, METRICS[metric][1], function, data, seed)


def _computed(metric, parameters, function, data, seed):
  others = METRICS[metric][2]
  bindings = {f"{metric}.{key}": value for key, value in parameters.items()}
  gin.clear_config()
  gin.parse_config([f"{key} = {value}"
                    for key, value in {**bindings, **others}.items()])
  with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    return gin.get_configurable(metric)(
        data, lambda x: function(x).astype(np.float32),
        random_state=np.random.RandomState(seed))


def arrays(control: str, num_points: int,
           seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
  """Codes and factors, as a metric draws them, to score with other code.

  Args:
    control: A key of `CONTROLS`.
    num_points: How many.
    seed: Seed of all random numbers.

  Returns:
    codes: float64, [num_points, num_latent].
    factors: [num_points, num_factors].
  """
  function, data = CONTROLS[control]
  return codes_lib.sample(
      data, lambda x: function(x).astype(np.float32), num_points,
      np.random.RandomState(seed), 16)


def rows(metric: str, seed: int = 0) -> list[list[str]]:
  """Rows of the table: names of metric and score, a cell for each control."""
  columns = [scores(metric, control, seed) for control in CONTROLS]
  return [[f"`{metric}`", f"`{score}`",
           *(_cell(column[score]) for column in columns)]
          for score in METRICS[metric][0]]


def cost(metric: str) -> float:
  """Processor seconds of a metric, of a size as in upstream's study."""
  sizes = (3, 6, 40, 32, 32)
  parameters = {
      **METRICS[metric][1], "num_train": 10_000,
      **({"num_test": 5000} if "num_test" in METRICS[metric][1] else {})}

  def function(x):
    factors, normal = np.split(x, [len(sizes)], axis=1)
    latents = _scaled(factors, sizes) + NOISE * normal[:, :len(sizes)]
    return np.concatenate([latents, normal[:, len(sizes):]], axis=1)

  start = time.process_time()
  _computed(metric, parameters, function, Factors(sizes), 0)
  return time.process_time() - start


def _cell(value):
  return "null" if value is None else f"{value:.2f}".replace("-0.00", "0.00")


def main():
  """Prints a table."""
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("--seed", type=int, default=0)
  parser.add_argument("--metric", nargs="+", choices=METRICS)
  parser.add_argument("--cost", action="store_true")
  args = parser.parse_args()
  if args.cost:
    for metric in args.metric or METRICS:
      print(f"| `{metric}` | {cost(metric):.1f} |", flush=True)
    return
  header = ["metric", "score", *CONTROLS]
  print(f"| {' | '.join(header)} |")
  print("|" + "---|" * 2 + "---:|" * len(CONTROLS))
  for metric in args.metric or METRICS:
    for row in rows(metric, args.seed):
      print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
  sys.exit(main())
