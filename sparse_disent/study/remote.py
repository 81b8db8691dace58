"""Results at a URL, such as that of an object store.

A model is trained in a local folder, as checkpoints, locks and renames need a
file system. When it is done its folder is copied to the URL. The record goes
last: a model counts as done there only when it is there whole.

The library is fsspec. TensorFlow's own gfile reads Google's store alone; others
need tensorflow-io, whose last release is for TensorFlow 2.16.
"""
import contextlib
import json
import os
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from sparse_disent.common import debris
from sparse_disent.common import locks
from sparse_disent.common import writing
from sparse_disent.study import tasks


def check(url: str) -> None:
  """Raises errors that would else appear when the first model is done.

  Raises:
    ImportError: fsspec, or what it needs for this kind of URL, is not
      installed.
    ValueError: The kind of URL is unknown.
  """
  _file_system(url)


def _file_system(url: str) -> tuple[Any, str]:
  """Returns fsspec's file system of a URL, and the path in it."""
  try:
    from fsspec.core import url_to_fs
  except ImportError as error:
    raise ImportError(
        f"--output={url} needs fsspec: pip install 'sparse_disent[remote]'"
    ) from error
  try:
    return url_to_fs(url)
  except (ImportError, ValueError) as error:
    raise type(error)(f"--output={url}: {error}") from error


def put(task: tasks.Task, record: tasks.Record) -> None:
  """Copies the folder of a task to its URL; nothing if it has none.

  Args:
    task: The task.
    record: The `Record` that it gets there.
  """
  if not task.url:
    return
  files, path = _file_system(task.url)
  place = f"{path}/{tasks.RECORD}"
  if files.exists(place):  # Of fewer steps: it is no longer whole.
    files.rm(place)
  names = [name for name in _names(task.directory) if name != tasks.RECORD]
  for name in {*_names_there(files, path)} - {*names}:
    files.rm(f"{path}/{name}")
  _put(files, task.directory, path, names)
  files.pipe_file(place, tasks.encoded(record))


def _put(files, folder, path, names):
  for place in {os.path.dirname(f"{path}/{name}") for name in names}:
    files.makedirs(place, exist_ok=True)
  files.put([os.path.join(folder, name) for name in names],
            [f"{path}/{name}" for name in names])


def _names(folder):
  """Yields the files in a folder, without locks and unfinished ones."""
  for place, _, names in os.walk(folder):
    for name in names:
      found = os.path.join(place, name)
      if not debris.is_inside(found) and not debris.is_ours(name):
        yield os.path.relpath(found, folder)


def _names_there(files, path):
  """The same of a folder at a URL; none if there is no such folder."""
  return [name.removeprefix(path).lstrip("/") for name in files.find(path)]


def put_files(paths: Iterable[str], output: str, url: str) -> None:
  """Copies files to a URL.

  Args:
    paths: Paths of files below `output`.
    output: Local folder of the results.
    url: The URL that stands for it.
  """
  files, place = _file_system(url)
  _put(files, output, place, [os.path.relpath(name, output) for name in paths])


def exchange(planned: Sequence[tasks.Task]) -> None:
  """Makes models that are done in one place be done in both.

  A model that another process performs here is left to that process.

  Args:
    planned: Tasks with URLs below the same one.

  Raises:
    ValueError: Another model is in one of the places.
  """
  there = _read(planned)
  for task in planned:
    here = tasks.read(task)
    if tasks.is_done(task, here):
      if not tasks.is_done(task, there.get(task, tasks.Record())):
        put(task, here)
    elif task in there and tasks.is_done(task, there[task]):
      # Another process that performs it here puts it there itself.
      with contextlib.suppress(locks.OutputInUse):
        _get(task)


def _read(planned):
  """Reads the records that are at the URLs, as many at once as fsspec can."""
  places = {}
  for task in planned:
    files, path = _file_system(task.url)
    places[f"{path}/{tasks.RECORD}"] = task
  found = files.cat(list(places), on_error="omit")
  return {task: tasks.decoded(f"{task.url}/{tasks.RECORD}",
                              json.loads(found[place]), task)
          for place, task in places.items() if place in found}


def _get(task):
  """Copies a task's folder from its URL; it appears whole.

  Nothing is replaced if another process has just performed the task here.
  """
  files, path = _file_system(task.url)
  with locks.owned(task.directory):
    if tasks.is_done(task, tasks.read(task)):
      return
    names = _names_there(files, path)
    with writing.new_folder(task.directory, replace=True) as folder:
      places = [os.path.join(folder, name) for name in names]
      for place in places:
        os.makedirs(os.path.dirname(place), exist_ok=True)
      files.get([f"{path}/{name}" for name in names], places)
