"""The order in which people list files: `model 2` before `model 10`."""
import os
import pathlib
import re

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)", re.ASCII)


def key(path: str | os.PathLike) -> tuple[list[list[str | float]], str]:
  """Key for `sorted`: numbers in names count as numbers.

  Args:
    path: Path, such as "vae.beta=4/model".

  Returns:
    parts: Parts of the path, each as a list of text and numbers in turn:
      [["vae.beta=", 4.0, ""], ["model"]].
    text: The path, which tells "1" from "01".
  """
  return [[float(text) if index % 2 else text
           for index, text in enumerate(_NUMBER.split(part))]
          for part in pathlib.PurePath(path).parts], str(path)
