"""Error for a failed import whose message states the cause and the cure."""


class ExplainedImportError(ImportError):
  """Import error that names its cause and cure.

  Other import errors are reported with the advice to run `sparse-disent
  doctor`. This one needs no such advice.
  """
