"""Settings of a metric: those that define the score, and sample sizes."""
import ast

from sparse_disent.results import identity

_SIZES = ("num_train", "num_test", "num_eval", "num_variance_estimate")
# In these metrics a batch makes one vote or training point, so that its size
# defines the score; in others it is only a chunk of the computation.
_VOTES = ("beta_vae_sklearn", "factor_vae_score")
# Functions whose parameters are not the metric's own.
_OTHERS = ("evaluation", "dataset", "postprocess")


def split(config: dict | tuple) -> tuple[dict, dict]:
  """Separates the settings of a metric into two kinds.

  Args:
    config: Dictionary, or pairs, from gin parameters to text.

  Returns:
    variant: Dictionary of the settings that define the score, such as the
      number of bins.
    sizes: Dictionary of the numbers of samples from which it was estimated.
  """
  variant, sizes = {}, {}
  for name, text in dict(config).items():
    function, _, parameter = name.split("/")[-1].rpartition(".")
    function = function.split(".")[-1]
    if function in _OTHERS or identity.is_free(name):
      continue
    if parameter in _SIZES:
      sizes[f"{function}.{parameter}"] = _value(text)
    elif parameter != "batch_size" or function in _VOTES:
      variant[f"{function}.{parameter}"] = _value(text)
  return variant, sizes


def relevant(config: dict | tuple) -> tuple[tuple[str, str], ...]:
  """Selects the settings that `split` returns, as sorted pairs."""
  return tuple(sorted(pair for pair in dict(config).items()
                      if any(split((pair,)))))


def differences(ours: dict, theirs: dict) -> tuple[list[str], list[str]]:
  """Compares two dictionaries of settings.

  Args:
    ours: Dictionary of own settings.
    theirs: Dictionary of a baseline's settings.

  Returns:
    different: List of texts, "NAME THEIRS, not OURS".
    missing: List of the names that only one of them has.
  """
  different = [f"{name} {show(theirs[name])}, not {show(ours[name])}"
               for name in sorted(set(ours) & set(theirs))
               if ours[name] != theirs[name]]
  return different, sorted(set(ours) ^ set(theirs))


def show(value: object) -> str:
  """Writes a setting as text."""
  return f"{value:,}" if isinstance(value, int) else str(value)


def _value(text):
  """The value of a gin parameter, so that 0.0 equals 0."""
  try:
    return ast.literal_eval(text)
  except (SyntaxError, ValueError, MemoryError, RecursionError):
    return text.removesuffix("()").split("/")[-1].split(".")[-1].lstrip("@")
