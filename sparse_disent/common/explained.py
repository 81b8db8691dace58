"""Imports that fail for a reason which the message states, with the cure."""


class ExplainedImportError(ImportError):
  """Nothing needs to be added to its message, such as `sparse-disent doctor`.
  """
