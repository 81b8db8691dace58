"""The record of a score, common to own runs and all baselines."""
import dataclasses

from sparse_disent.common import checks
from sparse_disent.data import origin as data_origin

TRAINING = "training"
# Statistics that a source without samples may state.
LANDMARKS = ("min", "q1", "median", "q3", "max")
ORIGINAL, RE_RENDERED, UNKNOWN = (
    data_origin.ORIGINAL, data_origin.RE_RENDERED, data_origin.UNKNOWN)
# Names for scores pooled over representations, and for unknown ones.
POOLED, NOT_STATED = "mean and sampled", "not stated"
LONGEST = 500  # Characters of a text.


@dataclasses.dataclass(frozen=True, kw_only=True)
class Record:
  """One score of one model, or statistics of the scores of several.

  Attributes:
    source: Name of the baseline, such as "official_study".
    implementation: Name of the code that trained and scored.
    dataset: Upstream's name, such as "dsprites_full".
    data: `ORIGINAL`, `RE_RENDERED` or `UNKNOWN`, for dSprites and its variants.
    method: Name of the model, such as "beta_vae".
    settings: Pairs of gin parameters and values, text, by which models of a
      source differ.
    network: Difference of the network from upstream's; "" for none.
    seed: Integer or None.
    representation: Name such as "mean"; "" for the training's own scores.
    metric: Gin name, such as "mig", or "training".
    score: Key in the metric's results, such as "discrete_mig".
    variant: Difference of the metric from upstream's; "" for none.
    config: Pairs of gin parameters and values of the metric, or None if they
      are not known.
    value: Number; None if undefined, or if there are landmarks.
    undefined: Reason why the score is undefined; "" if it is not.
    landmarks: Pairs of a name in `LANDMARKS` and a number, ascending.
    count: Number of models that the landmarks describe, or None.
    steps: Training steps, or None.
    num_latent: Number of latents, or None.
    networks: Encoder and decoder, as of `results.networks`; "" if they are not
      known.
    accuracy: Largest possible difference of the numbers from those published.
    provenance: Kind of source of the numbers, in a few words.
  """

  source: str
  implementation: str
  dataset: str
  data: str = ORIGINAL
  method: str
  settings: tuple = ()
  network: str = ""
  seed: int | None = None
  representation: str
  metric: str
  score: str
  variant: str = ""
  config: tuple | None = None
  value: float | None = None
  undefined: str = ""
  landmarks: tuple = ()
  count: int | None = None
  steps: int | None = None
  num_latent: int | None = None
  networks: str = ""
  accuracy: float = 0.0
  provenance: str = ""

  def __post_init__(self):
    texts = [self.source, self.implementation, self.dataset, self.data,
             self.method, self.network, self.representation, self.metric,
             self.score, self.variant, self.undefined, self.provenance,
             self.networks,
             *(text for pair in (*self.settings, *(self.config or ()))
               for text in pair)]
    for text in texts:
      check_text(text)
    values = [value for _, value in self.landmarks]
    for value in [*values, *([] if self.value is None else [self.value])]:
      if not checks.is_number(value):
        raise ValueError(f"A score must be a finite number, but "
                         f"{self.metric}/{self.score} is {value!r}.")
    if values != sorted(values):
      raise ValueError(f"Landmarks must ascend, but those of {self.metric}/"
                       f"{self.score} are {dict(self.landmarks)}.")
    if not (values or self.undefined or self.value is not None):
      raise ValueError(f"{self.metric}/{self.score} has no value.")


def check_text(text: object) -> None:
  """Checks that a text is short and safe to print; raises a ValueError."""
  if not isinstance(text, str):
    raise ValueError(
        f"Expected text, but got {str(text)[:80]!r} of type "
        f"{type(text).__name__}.")
  if len(text) > LONGEST or not text.isprintable():
    raise ValueError(
        f"Expected at most {LONGEST} printable characters, but got "
        f"{text[:80]!r}.")


def origin_of(dataset: str, origin: str) -> str:
  """Returns `origin` for dSprites and its variants, `ORIGINAL` for others."""
  return origin if data_origin.can_differ(dataset) else ORIGINAL
