"""Counts with their nouns: "1 latent", but "2 latents"."""


def text(count: int, noun: str) -> str:
  """Writes a count with its noun.

  Args:
    count: Integer, 0 or greater.
    noun: Noun in the singular, whose plural ends with "s".

  Returns:
    Such as "1 run", "0 runs" or "1,200 runs".
  """
  return f"{count:,} {noun}{'' if count == 1 else 's'}"
