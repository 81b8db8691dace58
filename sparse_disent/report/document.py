"""Assembles the sections of a report, the same for HTML and for Markdown."""
import dataclasses

from sparse_disent.common import counts
from sparse_disent.common import progress
from sparse_disent.data import origin
from sparse_disent.report import along_section
from sparse_disent.report import blocks
from sparse_disent.report import chart_sections
from sparse_disent.report import matrix_section
from sparse_disent.report import picture_sections
from sparse_disent.report import score_section
from sparse_disent.report import sheets
from sparse_disent.report import sweep_sections
from sparse_disent.results import models as models_lib
from sparse_disent.results import runs as runs_lib
from sparse_disent.results import summary

# The sections besides the scores: the function that makes it, its name in the
# list of missing sections, and the command that writes the results it needs.
_SECTIONS = (
    (picture_sections.reconstructions, "Reconstructions",
     "sparse-disent evaluate --protocol=PROTOCOL --model_dir=RUN/model"),
    (picture_sections.traversals, "Latent traversals",
     "sparse-disent evaluate --protocol=PROTOCOL --model_dir=RUN/model"),
    (matrix_section.section, "Mutual information of latents and factors",
     "sparse-disent evaluate --protocol=grouped_vae --model_dir=RUN/model"),
    (chart_sections.prefixes, "Reconstruction per prefix, of grouped models",
     "sparse-disent evaluate --protocol=grouped_vae --model_dir=RUN/model"),
    (picture_sections.masks, "Channel masks, of masked models",
     "sparse-disent evaluate --protocol=channel_masks --model_dir=RUN/model"),
    (chart_sections.training, "Curves over training",
     "dlib_train --gin_config=FILE --model_dir=RUN/model"),
    # Few runs have it, so nothing is said where it is missing.
    (along_section.section, "Scores along training", ""),
)
# Most models whose pictures and curves a page shows.
_MOST_MODELS = 24


@dataclasses.dataclass(frozen=True)
class Document:
  """A whole report.

  Attributes:
    title: Its title.
    facts: List of (name, text), such as ("Data set", "dsprites_full").
    sections: List of `blocks.Section`.
    missing: List of (name, command): sections whose results are missing, and
      the command that makes those results.
    models: List of `models.Model`.
    scores: List of `summary.Score`.
    kind: Line above the title, such as "Disentanglement report".
  """

  title: str
  facts: list
  sections: list
  missing: list
  models: list
  scores: list
  kind: str = "Disentanglement report"


def make(runs: list[runs_lib.Run]) -> Document:
  """Makes a report on some runs.

  Args:
    runs: List of `runs.Run`, at least one. Damaged files of theirs are left
      out and named at the end.

  Returns:
    A `Document`.
  """
  models = models_lib.group(runs)
  scores = summary.scores(models)
  sections, missing = [score_section.section(models, scores)], []
  if len(models) > 1:
    sections[0].blocks.insert(
        0, blocks.folded(score_section.model_table(models)))
  sections[:0] = filter(None, (
      sweep_sections.over_settings(models, scores),
      sweep_sections.correlations(models, scores)))
  shown_models = models[:_MOST_MODELS]
  with progress.progress(len(_SECTIONS), "drawing", "sections") as shown:
    for make_section, what, command in _SECTIONS:
      made = make_section(shown_models)
      if made:
        sections.append(made)
      elif command:
        missing.append((what, command))
      shown.update()
  if len(models) > _MOST_MODELS:
    further = counts.text(len(models) - _MOST_MODELS, "further model")
    missing.insert(0, (
        f"Pictures, curves and settings of {further}: only those of the first "
        f"{_MOST_MODELS} are here", "sparse-disent report RUN RUN"))
  sections.append(_settings(models))
  sections += damaged(runs)
  return Document(_title(models), _facts(models, runs), sections, missing,
                  models, scores)


def damaged(runs: list[runs_lib.Run]) -> list[blocks.Section]:
  """Returns the section on files that were left out; none if all are whole."""
  messages = [message for run in runs[:1] for message in run.left_out or ()]
  return [blocks.Section("left-out", "Left out", [
      blocks.Text("These files cannot be read. All else is as if they were not "
                  "there."), *map(blocks.Text, messages)])] * bool(messages)


def _title(models):
  names = list(dict.fromkeys(model.name for model in models))
  if len(names) > 3:
    return f"{len(models)} models"
  return ", ".join(names)


def _facts(models, runs):
  facts = [("Data set", _data_set(models, runs)),
           ("Models", str(len(models))),
           ("Runs", str(len(runs))),
           ("Training steps", _values(runs, "model.training_steps")),
           ("Latents", _values(runs, "encoder.num_latent"))]
  return [(name, text) for name, text in facts if text]


def _data_set(models, runs):
  """Names of the data sets; marks dSprites that is not the original."""
  names = _values(runs, "dataset.name")
  drawn = [opened for _, opened in (model.first(sheets.of_run)
                                    for model in models) if opened]
  if any(opened.data == origin.RE_RENDERED for opened in drawn):
    return f"{names} (re-rendered dSprites)"
  return names


def _values(runs, parameter):
  """All values of a gin parameter, as text."""
  values = {run.bound(parameter) for run in runs} - {None}
  return ", ".join(
      f"{value:,}" if isinstance(value, int) else str(value)
      for value in sorted(values, key=lambda x: (str(type(x)), x)))


def _settings(models):
  content = []
  for model in models[:_MOST_MODELS]:
    rows = list(map(list, sorted(model.runs[0].config.items())))
    title = f"{model.key} {model.name}" if len(models) > 1 else model.name
    content.append(blocks.Details(
        f"All {counts.text(len(rows), 'setting')} of {title}",
        [blocks.Table(f"Settings of the training of {model.name}.",
                      ["Parameter", "Value"], rows, words=frozenset({1}))]))
  runs = [[model.key if len(models) > 1 else model.name, run.name,
           "unknown" if run.seed is None else str(run.seed)]
          for model in models for run in model.runs]
  content.append(blocks.Details(
      f"All {len(runs)} runs" if len(runs) > 1 else "The run",
      [blocks.Table("Folders of the results.", ["Model", "Folder", "Seed"],
                    runs, words=frozenset({1}))]))
  return blocks.Section("settings", "Settings", content)
