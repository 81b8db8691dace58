"""Adapts the numbers of latents in a configuration to a compacted model."""
import json
import os
import re

import numpy as np

from sparse_disent.ops import prefixes
from sparse_disent.results import gin_files

_SIZES_OF_GROUPS = ("sparse_vae", "grouped_encoder")


def rewrite(model_dir: str, latents: np.ndarray) -> None:
  """Rewrites the configuration of a compacted model, which has fewer latents.

  Comments in the gin file keep the former values.

  Args:
    model_dir: Directory of the model, with `results`.
    latents: [num_latent], True for latents that are left.
  """
  changed = settings(gin_files.read(model_dir), latents)
  path = gin_files.path(model_dir)
  if not changed:
    return
  with open(path) as file:
    text = file.read()
  for name, value in changed.items():
    text = _rewritten(text, name, value)
  with open(path, "w") as file:
    file.write(text)
  path = os.path.join(model_dir, "results", "json", "train_config.json")
  if os.path.isfile(path):
    _rewrite_json(path, changed)


def settings(config: dict, latents: np.ndarray) -> dict[str, int | list[int]]:
  """New values of the settings that depend on the number of latents.

  A group without latents keeps its place, with the size 0, so that the number
  of prefix losses and their values stay the same.

  Args:
    config: Configuration of training, as `gin_files.read` returns it.
    latents: [num_latent], True for latents that are left.

  Returns:
    settings: Dictionary from names such as "sparse_vae.groups" to new values.
  """
  if latents.all():
    return {}
  changed: dict[str, int | list[int]] = {}
  if "num_latent" in config.get("encoder", {}):
    changed["encoder.num_latent"] = int(latents.sum())
  for configurable in _SIZES_OF_GROUPS:
    groups = config.get(configurable, {}).get("groups")
    if groups is not None:
      name = f"{configurable}.groups"
      prefixes.check(groups, latents.size, name)
      changed[name] = [
          int(latents[start:end].sum())
          for start, end in prefixes.bounds(groups)]
  if config.get("sparse_vae", {}).get("categorical") is not None:
    num_classes = config["categorical_latent"]["num_classes"]
    changed["categorical_latent.num_classes"] = int(
        latents[-num_classes:].sum())
  return changed


def _rewritten(text, name, value):
  """Replaces a value in a gin file, even one of several lines."""
  def line(match):
    before = re.sub(r"\s*\\?\n\s*", " ", match.group())
    return (f"# Before sparse-disent compact: {before}\n"
            f"{match.group(1)}{value!r}")

  more_lines = r"(?:\n(?:[ \t]+\S|[])}]).*)*"
  pattern = rf"^((?:[\w.-]+/)*{re.escape(name)} *= *).*{more_lines}$"
  return re.sub(pattern, line, text, flags=re.MULTILINE)


def _rewrite_json(path, changed):
  """Makes the changes in upstream's JSON copy, whose values are strings."""
  with open(path) as file:
    config = json.load(file)
  for name in config:
    value = changed.get(name.rpartition("/")[2])
    if value is not None:
      config[name] = repr(value)
  with open(path, "w") as file:
    json.dump(config, file, indent=2)
