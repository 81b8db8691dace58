"""Decides which scores are comparable, and which remarks they need."""
import dataclasses
import re

from sparse_disent.baselines import conditions
from sparse_disent.baselines import record as record_lib
from sparse_disent.common import counts

# Scores of a training that any objective has; the others are parts of its loss.
_OF_ALL = ("reconstruction_loss", "kl_loss", "elbo")
_COUNT = re.compile(r"(.*_)?(num_\w+|active_latents)")


@dataclasses.dataclass(frozen=True)
class Verdict:
  """The differences of two scores of the same metric and data set.

  Attributes:
    barriers: Tuple of texts, the reasons why they are not comparable.
    remarks: Tuple of texts, the remarks that a comparison needs.
  """

  barriers: tuple = ()
  remarks: tuple = ()


def judge(own: record_lib.Record, baseline: record_lib.Record) -> Verdict:
  """Compares the circumstances of two scores.

  Args:
    own: `Record` of an own run.
    baseline: `Record` with the same metric, score and data set.

  Returns:
    A `Verdict`.
  """
  barriers, remarks = [], []
  _judge_score(own, baseline, barriers)
  _judge_representation(own, baseline, barriers, remarks)
  _judge_metric(own, baseline, barriers, remarks)
  if own.network != baseline.network:
    barriers.append(f"another network: {baseline.network or own.network}")
  remarks += filter(None, (_steps(own, baseline), _latents(own, baseline),
                           _networks(own, baseline), _data(own, baseline)))
  return Verdict(tuple(barriers), tuple(remarks))


def _judge_score(own, baseline, barriers):
  """Keeps apart what measures another thing in another model."""
  if _COUNT.fullmatch(own.score):
    barriers.append(f"a count is no score: {own.score}")
  elif (own.metric == record_lib.TRAINING and own.score not in _OF_ALL
        and own.method != baseline.method):
    barriers.append(f"a part of another objective's loss: {baseline.method}")


def _judge_representation(own, baseline, barriers, remarks):
  mine, theirs = own.representation, baseline.representation
  if mine == theirs:
    return
  if theirs == record_lib.POOLED and mine in theirs.split(" and "):
    remarks.append("mean and sampled representations pooled")
  elif record_lib.NOT_STATED in (mine, theirs):
    remarks.append("representation not stated")
  else:
    barriers.append(f"another representation: {theirs}")


def _judge_metric(own, baseline, barriers, remarks):
  if own.variant != baseline.variant:
    barriers.append(
        f"another variant of the metric: {baseline.variant or own.variant}")
  if own.config is None or baseline.config is None:
    remarks.append("settings of the metric not stated")
    return
  (own_variant, own_sizes), (variant, sizes) = (
      conditions.split(own.config), conditions.split(baseline.config))
  different, missing = conditions.differences(own_variant, variant)
  barriers += [f"another variant of the metric: {text}" for text in different]
  remarks += [f"{name} not stated" for name in missing]
  different, missing = conditions.differences(own_sizes, sizes)
  remarks += [f"another sample size: {text}" for text in different]
  remarks += [f"{name} not stated" for name in missing]


def _steps(own, baseline):
  if own.steps is None or baseline.steps is None:
    return "training steps not stated"
  if own.steps != baseline.steps:
    return f"{baseline.steps:,} training steps, not {own.steps:,}"
  return ""


def _latents(own, baseline):
  if own.num_latent in (None, baseline.num_latent):
    return ""
  if baseline.num_latent is None:
    return "number of latents not stated"
  return f"{counts.text(baseline.num_latent, 'latent')}, not {own.num_latent}"


def _networks(own, baseline):
  if own.networks in ("", baseline.networks) or not baseline.networks:
    return ""
  return f"{baseline.networks}, not {own.networks}"


def _data(own, baseline):
  if record_lib.UNKNOWN in (own.data, baseline.data):
    return "not known whether both are on the original dSprites"
  if own.data != baseline.data:
    return (f"{baseline.data} dSprites, not {own.data}: the number of pixels "
            "that are on differs by 2, of 128 million")
  return ""
