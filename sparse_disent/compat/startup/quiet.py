"""Hides warnings that the user of a normal run cannot act on.

Upstream and the TF1 modules make many deprecated calls of TensorFlow and
tf-keras. Only notices about those calls are hidden. Warnings about a user's own
code or data are shown.
"""
import logging
import os
import warnings

# Packages whose deprecated calls will not be renamed.
_SOURCES = ("disentanglement_lib", "sparse_disent", "tensorflow",
            "tensorflow_probability", "tf_keras", "gin")


class _RenamingAdvice(logging.Filter):

  def filter(self, record):
    message = record.getMessage()
    if message.startswith("It seems that global step"):
      # TensorFlow's step counter may read the step before its update is done.
      # compat.training.hooks checks the step itself.
      return False
    is_advice = "Instructions for updating" in message or (
        "is deprecated" in message)
    return not (is_advice and any(name in message for name in _SOURCES))


def install() -> None:
  """Installs the filters; call it before TensorFlow is imported."""
  # Hides notes of TensorFlow's kernels, such as that a data set has ended.
  # `import_notices` drops those that it writes during its import.
  os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
  logger = logging.getLogger("tensorflow")
  logger.addFilter(_RenamingAdvice())
  if logger.level == logging.NOTSET:
    # TensorFlow reports each session and checkpoint; under absl twice.
    logger.setLevel(logging.WARNING)
  for name in _SOURCES:
    for category in (DeprecationWarning, FutureWarning,
                     PendingDeprecationWarning):
      warnings.filterwarnings(
          "ignore", category=category, module=rf"{name}(\.|$)")
  for message in (r"`tf\.layers\.", "color is redundantly defined",
                  "Creating legend with loc"):  # Where drawing takes a second.
    warnings.filterwarnings(
        "ignore", message=message, module=r"disentanglement_lib\.")
