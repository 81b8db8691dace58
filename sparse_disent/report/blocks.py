"""The parts of a report, the same for HTML and for Markdown."""
import dataclasses
import re
from collections.abc import Iterable
from collections.abc import Iterator

# A table with more rows is folded.
_MOST_ROWS = 60


@dataclasses.dataclass(frozen=True)
class Text:
  """A paragraph."""

  text: str


@dataclasses.dataclass(frozen=True)
class Heading:
  """A heading inside a section."""

  text: str


@dataclasses.dataclass(frozen=True)
class Cell:
  """A cell of a table.

  Attributes:
    text: First line.
    detail: Smaller second line.
    shade: How dark it is, from 0 to 1; None for no shading.
  """

  text: str
  detail: str = ""
  shade: float | None = None


@dataclasses.dataclass(frozen=True)
class Figure:
  """A picture with a caption.

  Attributes:
    name: Name of its file, without an ending.
    caption: What it shows.
    alt: Description for readers who do not see it.
    png: Bytes of a PNG file.
    svg: The same picture as an XML element that takes the page's colours, or
      None if it is made of pixels.
  """

  name: str
  caption: str
  alt: str
  png: bytes
  svg: object = None


@dataclasses.dataclass(frozen=True)
class Table:
  """A table; the first cell of a row is the row's header.

  Attributes:
    caption: What it shows.
    columns: Headers of the columns, strings or `Cell`; the first one stands
      above the row headers.
    rows: Lists of strings or `Cell`.
    notes: Remarks on it; cells refer to them by their numbers, from 1.
    words: Indices of the columns that hold words, not numbers, besides the
      first.
    muted: Indices of less important rows.
    picture: A `Figure` of the table, for the files beside the page, or None.
  """

  caption: str
  columns: list
  rows: list
  notes: tuple = ()
  words: frozenset = frozenset()
  muted: frozenset = frozenset()
  picture: Figure | None = None


@dataclasses.dataclass(frozen=True)
class Grid:
  """Small figures side by side."""

  figures: list


@dataclasses.dataclass(frozen=True)
class Strip:
  """One row of a sheet of images.

  Attributes:
    label: Name of the row, a few characters.
    detail: Remark on the row, a few words.
    share: Length of the bar beside it, from 0 to 1; None for no bar.
    alt: The picture in words.
    png: Bytes of a PNG file.
    width: Width of the picture, pixels.
    height: Height of the picture, pixels.
  """

  label: str
  detail: str
  share: float | None
  alt: str
  png: bytes
  width: int
  height: int


@dataclasses.dataclass(frozen=True)
class Strips:
  """A sheet of images, row by row.

  Attributes:
    name: Name of the file that holds the whole sheet, without an ending.
    caption: What it shows.
    png: Bytes of a PNG file, the whole sheet.
    strips: List of `Strip`.
    small: List of less important `Strip`s, which are shown smaller.
    aligned: Whether images of different rows belong together, so that rows have
      to stand one below the other.
  """

  name: str
  caption: str
  png: bytes
  strips: list
  small: list = dataclasses.field(default_factory=list)
  aligned: bool = False

  @property
  def alt(self) -> str:
    """The whole sheet in words."""
    return "Rows of images: " + ", ".join(
        strip.label for strip in [*self.strips, *self.small])


@dataclasses.dataclass(frozen=True)
class Details:
  """Blocks that are folded until a reader opens them."""

  summary: str
  blocks: list


@dataclasses.dataclass(frozen=True)
class Section:
  """A section of the report.

  Attributes:
    name: Anchor of the section.
    title: Its heading.
    blocks: Its content, a list of blocks.
  """

  name: str
  title: str
  blocks: list


def folded(table: Table) -> Table | Details:
  """Folds a table that is too long to be scrolled past."""
  count = len(table.rows)
  return table if count <= _MOST_ROWS else Details(
      f"{table.caption.rstrip('.')} ({count:,} rows)", [table])


def slug(text: str) -> str:
  """Makes the name of a file from any text."""
  return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")


def told_apart(names: Iterable[str]) -> list[str]:
  """Adds a number to each name of a file that stands there before."""
  told, seen = [], {}
  for name in names:
    seen[name] = seen.get(name, 0) + 1
    # No slug has two hyphens in a row.
    told.append(name if seen[name] == 1 else f"{name}--{seen[name]}")
  return told


def pictures(blocks: Iterable) -> Iterator[Figure | Strips]:
  """Yields every `Figure` and `Strips` in some blocks, at any depth."""
  for block in blocks:
    if isinstance(block, (Figure, Strips)):
      yield block
    elif isinstance(block, Table) and block.picture is not None:
      yield block.picture
    elif isinstance(block, Grid):
      yield from block.figures
    elif isinstance(block, (Details, Section)):
      yield from pictures(block.blocks)
