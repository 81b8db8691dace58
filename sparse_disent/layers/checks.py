"""What hyper-parameters have in common: how a wrong one is reported."""


def check(holds, parameter, rule, value, cure):
  """Raises an error unless a rule holds.

  Args:
    holds: Boolean.
    parameter: Name as in gin files, e.g. "l0_pair.tau".
    rule: What it must do, e.g. "be 0 or greater".
    value: What was given.
    cure: Sentences that say what to give instead.

  Raises:
    ValueError: Unless `holds`.
  """
  if not holds:
    raise ValueError(f"{parameter} must {rule}, but is {value!r}. {cure}")
