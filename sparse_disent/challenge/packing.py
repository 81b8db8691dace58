"""Checks a submission and writes its archive."""
import os
import pathlib
import tarfile

from sparse_disent.challenge import contents
from sparse_disent.challenge import submission


def pack(directory: str | os.PathLike, archive: str | os.PathLike | None = None,
         *, max_bytes: int, overwrite: bool = False) -> tuple[str, int]:
  """Writes a submission into an archive.

  Args:
    directory: Folder of the submission.
    archive: Path of the .tar.gz file; None for one beside the folder. Its
      files lie in a folder of the submission's name.
    max_bytes: Largest size of all files together.
    overwrite: Whether to replace an existing archive.

  Returns:
    archive: Path.
    num_files: Number of files in it.

  Raises:
    FileExistsError: If the archive exists and is not to be replaced.
    FileNotFoundError: If a part of the submission is missing.
    locks.OutputInUse: If another process is writing the archive.
    ValueError: If it breaks a rule of the challenge or its server.
  """
  root = pathlib.Path(directory).resolve()
  archive = os.path.abspath(archive or f"{root}.tar.gz")
  if os.path.lexists(archive) and not overwrite:
    raise FileExistsError(
        f"'{archive}' exists. Give --overwrite to replace it, or another "
        "--output.")
  paths = contents.files(root, max_bytes=max_bytes)
  from sparse_disent.challenge import configuration
  from sparse_disent.common import locks
  from sparse_disent.common import writing
  configuration.flatten(root / submission.GIN_FILE)
  with locks.owned(archive), \
      writing.new_file(archive, replace=overwrite) as file:
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
      for path in paths:
        tar.add(root / path, f"{root.name}/{path.as_posix()}", recursive=False,
                filter=_anonymous)
  return archive, len(paths)


def _anonymous(member):
  """Removes the owner on this machine from a file's entry."""
  member.uid = member.gid = 0
  member.uname = member.gname = ""
  return member
