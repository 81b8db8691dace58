"""Measures things in turn in one run, as only ratios survive a busy machine."""
import json
import os
import resource
import statistics
import subprocess
import sys
import time


def alternate(candidates, rounds):
  """Measures each candidate once a round, every other round backwards.

  Args:
    candidates: Dict from name to a function without arguments that returns a
      dict from a figure's name to its value.
    rounds: Integer, how many rounds.

  Returns:
    Dict from (candidate, figure) to the list of values, one a round.
  """
  results = {}
  for number in range(rounds):
    for name in list(candidates)[::-1 if number % 2 else 1]:
      for figure, value in candidates[name]().items():
        results.setdefault((name, figure), []).append(value)
    print(f"round {number + 1} of {rounds} done", file=sys.stderr)
  return results


def table(results, baseline):
  """Returns medians, ranges and ratios as text, one block for each figure.

  A ratio is the median of those of the rounds, each to the baseline measured
  in the same round, with its range. There is none to a baseline that was zero,
  as page faults or processor time may be.
  """
  lines = []
  for figure in dict.fromkeys(figure for _, figure in results):
    lines.append(f"{figure:32}{'median':>10}{'lowest':>10}{'highest':>10}"
                 f"   ratio to {baseline}")
    for name in dict.fromkeys(name for name, _ in results):
      values = results.get((name, figure))
      if values is None:
        continue
      numbers = (statistics.median(values), min(values), max(values))
      lines.append(f"  {name:30}" + "".join(map(_aligned, numbers))
                   + "   " + _ratio(values, results[baseline, figure]))
  return "\n".join(lines)


def _ratio(values, bases):
  if 0 in bases:
    return "-"
  ratios = [value / base for value, base in zip(values, bases, strict=True)]
  return (f"{statistics.median(ratios):.3g}"
          f" ({min(ratios):.3g} to {max(ratios):.3g})")


def _aligned(number):
  return f"{number:10,.0f}" if abs(number) >= 1000 else f"{number:10.3g}"


class Stopwatch:
  """Wall clock and processor time, of all threads of this process."""

  def __init__(self):
    self._start = self._now()

  @staticmethod
  def _now():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), usage.ru_utime + usage.ru_stime

  def seconds(self):
    """Returns the seconds since the start, of the clock and of processors."""
    return tuple(now - start for now, start in zip(
        self._now(), self._start, strict=True))


def run(*arguments, together=1, python=sys.executable, environment=None):
  """Runs Python in new processes and returns the figures of the last one.

  Args:
    *arguments: Strings, those of the command `python`; its last line of output
      must be a JSON dict of figures.
    together: Integer, how many such processes to run at once.
    python: String, the Python to run.
    environment: Dict of environment variables to set in addition.

  Returns:
    The dict.

  Raises:
    SystemExit: If one of them fails; shows the end of what it wrote.
  """
  processes = [subprocess.Popen(
      [python, *arguments], text=True, stdout=subprocess.PIPE,
      stderr=subprocess.PIPE, env={**os.environ, **(environment or {})})
      for _ in range(together)]
  outputs = [process.communicate() for process in processes]
  for process, (_, errors) in zip(processes, outputs, strict=True):
    if process.returncode:
      raise SystemExit(f"failed: {python} {' '.join(arguments)}\n"
                       + "\n".join(errors.splitlines()[-20:]))
  return json.loads(outputs[-1][0].splitlines()[-1])
