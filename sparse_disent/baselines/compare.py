"""`sparse-disent compare`: writes a comparison of own runs with baselines."""
import os
import pathlib

from sparse_disent.baselines import comparison as comparison_lib
from sparse_disent.baselines import page
from sparse_disent.baselines import sources
from sparse_disent.baselines import table
from sparse_disent.common import locks
from sparse_disent.report import writer
from sparse_disent.results import runs as runs_lib


def write(
    directories: list[str | os.PathLike], output: str | os.PathLike, *,
    baselines: list[str] | None = None,
    rescore_dir: str | os.PathLike | None = None,
    left_out: list[str] | None = None,
    metrics: list[str] | None = None, everything: bool = False
) -> tuple[str, list[pathlib.Path], list[str]]:
  """Writes a comparison of own runs with baselines.

  Markdown, a CSV file and pictures appear beside the page, as for a report.

  Args:
    directories: Paths with own runs, at any depth.
    output: Path of the page, which ends with .html.
    baselines: List of names and paths, see `sources.load`; None for all that
      come with the package.
    rescore_dir: Folder for new scores of pretrained models; None to use only
      the scores in their archives.
    left_out: List to which a message is added for each damaged or hostile
      file, which the page names and otherwise leaves out; None to raise an
      error.
    metrics: Gin names of metrics that the text shows; None for the main
      score of each.
    everything: Whether the text shows all scores.

  Returns:
    (text, paths, failures): The nearest published numbers and the scores; the
      paths that were written, the page last; and a list of strings, the
      scores that could not be computed and the reasons.

  Raises:
    FileNotFoundError: There are no results at one of the paths.
    FileExistsError: There is another file than a report at `output`.
    locks.OutputInUse: Another process is writing it.
    ValueError: A baseline is unknown, or a file is damaged or hostile and
      `left_out` is None, or all own results or all baselines are; or there is
      no metric of a name in `metrics`.
  """
  writer.check_output(pathlib.Path(output))
  with locks.owned(output):
    return _write(directories, output, baselines, rescore_dir, left_out,
                  metrics=metrics, everything=everything)


def _write(directories, output, baselines, rescore_dir, left_out, **shown):
  runs = runs_lib.find(directories, left_out)
  found = sources.load(baselines, left_out)
  if rescore_dir is not None:
    from sparse_disent.baselines import rescore  # Brings in TensorFlow.
    found.append(rescore.source(found, rescore_dir))
  comparison = comparison_lib.compare(runs, found)
  text = table.text(comparison, **shown)  # Refuses unknown names.
  document = page.make(comparison)
  paths = writer.publish(
      document, {".csv": table.numbers(comparison).encode()}, output)
  failures = [failure for source in found for failure in source.failures]
  return text, paths, failures
