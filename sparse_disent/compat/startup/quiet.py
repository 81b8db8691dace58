"""Keeps a normal run free of advice that its user cannot act on.

Upstream and the TF1 modules are full of calls that TensorFlow and tf-keras want
renamed. Only notices about those calls are dropped; warnings about a user's own
code or data stay.
"""
import logging
import os
import warnings

# Where the calls stand that nobody is going to rename.
_SOURCES = ("disentanglement_lib", "sparse_disent", "tensorflow",
            "tensorflow_probability", "tf_keras", "gin")


class _RenamingAdvice(logging.Filter):

  def filter(self, record):
    message = record.getMessage()
    if message.startswith("It seems that global step"):
      # A race of TensorFlow's step counter with the update it counts;
      # compat.training.hooks checks it.
      return False
    is_advice = "Instructions for updating" in message or (
        "is deprecated" in message)
    return not (is_advice and any(name in message for name in _SOURCES))


def install():
  """Installs the filters; call it before TensorFlow is imported."""
  # Notes on what TensorFlow's kernels do, such as that a data set has come to
  # its end. Those that it writes while it is imported have no switch.
  os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
  logger = logging.getLogger("tensorflow")
  logger.addFilter(_RenamingAdvice())
  if logger.level == logging.NOTSET:
    # TensorFlow tells each session and checkpoint, and under absl twice.
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
