"""Names of the factors of upstream's data sets, in the order of its loaders."""

_DSPRITES = ("shape", "scale", "orientation", "x", "y")
_MPI3D = ("object color", "object shape", "object size", "camera height",
          "background color", "first axis", "second axis")
_NAMES = {
    "dsprites_full": _DSPRITES,
    "dsprites_noshape": _DSPRITES[1:],
    "color_dsprites": _DSPRITES,
    "noisy_dsprites": _DSPRITES,
    "scream_dsprites": _DSPRITES,
    "cars3d": ("elevation", "azimuth", "object type"),
    "smallnorb": ("category", "elevation", "azimuth", "lighting"),
    "shapes3d": ("floor color", "wall color", "object color", "object size",
                 "object type", "azimuth"),
    "mpi3d_toy": _MPI3D,
    "mpi3d_realistic": _MPI3D,
    "mpi3d_real": _MPI3D,
    "mnist": ("digit",),
}


def names(dataset: str | None, count: int) -> tuple[str, ...]:
  """Names the factors of a data set.

  Args:
    dataset: Value of `dataset.name`, or None.
    count: Number of factors.

  Returns:
    names: Tuple of strings; "factor 0" and so on for data sets that are not in
      this file.
  """
  known = _NAMES.get(dataset or "", ())
  return known if len(known) == count else tuple(
      f"factor {i}" for i in range(count))
