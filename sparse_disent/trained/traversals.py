"""Codes whose images show the effect of each latent and of each group."""
import itertools
from typing import Any

import numpy as np

from sparse_disent.ops import prefixes as prefixes_lib
from sparse_disent.ops import statistics

# The middle 95 % of the codes: a traversal stays in the range that the decoder
# has been trained on.
QUANTILES = (0.025, 0.975)


def rows(mean: np.ndarray, logvar: np.ndarray, *, num_classes: int,
         num_columns: int) -> list[dict[str, Any]]:
  """Describes one traversal for each latent, and one for all classes.

  Args:
    mean: Codes of images, [num_images, num_latent]; the last `num_classes`
      entries are class probabilities.
    logvar: [num_images, num_latent].
    num_classes: Integer, 0 without classes.
    num_columns: Integer, number of values between the quantiles of a latent.

  Returns:
    rows: List of dictionaries with "name", "latents" (indices), "kl" (nats),
      "pruned" and "values" (numbers; for classes their indices).
  """
  first_class = mean.shape[1] - num_classes
  kl = statistics.kl_per_latent(mean, logvar)
  is_pruned = statistics.pruned(mean, logvar)
  ends = np.quantile(mean.astype(np.float64), QUANTILES, axis=0)
  values = np.linspace(*ends, num_columns)  # type: ignore[call-overload]
  result = [
      {"name": f"z{i}", "latents": [i], "kl": float(kl[i]),
       "pruned": bool(is_pruned[i]), "values": values[:, i].tolist()}
      for i in range(first_class)]
  if num_classes:
    classes = range(first_class, mean.shape[1])
    result.append({
        "name": "class", "latents": list(classes), "pruned": False,
        "kl": statistics.kl_of_classes(mean[:, first_class:]),
        "values": list(range(num_classes))})
  return result


def codes(base: np.ndarray, row: dict[str, Any]) -> np.ndarray:
  """The codes of one row: `base` with the row's latents set to its values.

  Args:
    base: [num_latent].
    row: An entry of the return value of `rows`.

  Returns:
    codes: [number of values, num_latent].
  """
  result = np.tile(base, [len(row["values"]), 1])
  is_class = len(row["latents"]) > 1
  result[:, row["latents"]] = (
      np.eye(len(row["values"])) if is_class
      else np.reshape(row["values"], [-1, 1]))
  return result


def prefixes(mean: np.ndarray, groups: list[int]) -> list[np.ndarray]:
  """The codes of Grouped-VAE's prefixes: later groups are 0.

  Args:
    mean: [num_images, num_latent].
    groups: Sizes of the groups.

  Returns:
    prefixes: List of [num_images, num_latent], one for each group.

  Raises:
    ValueError: If the groups are not a partition of the code.
  """
  prefixes_lib.check(groups, mean.shape[1])
  return [np.where(np.arange(mean.shape[1]) < end, mean, 0.0)
          for end in itertools.accumulate(groups)]
