"""Files that cannot be read are named and left out; the others still count."""
import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def leaving_out(messages: list[str] | None) -> Iterator[None]:
  """Goes on without a file that cannot be read, and notes its name.

  Args:
    messages: List to which the error's message is added, once. None to raise
      the error.

  Yields:
    None. The body of the `with` reads one file.

  Raises:
    OSError: The file cannot be read, and `messages` is None.
    ValueError: The file is damaged, and `messages` is None.
  """
  try:
    yield
  except (OSError, ValueError) as error:
    if messages is None:
      raise
    message = " ".join(str(error).split())
    if message not in messages:
      messages.append(message)
