"""Renders the Jinja2 templates in `templates/`, beside this module."""
from collections.abc import Callable

import jinja2


def render(name: str, *, filters: dict[str, Callable], **values: object) -> str:
  """Fills in a template; values are escaped in HTML, but not in other text.

  Args:
    name: Name of its file.
    filters: Dictionary from names to functions, for the template. `kind`, the
      name of a block's class, is always added.
    **values: Values of the template's variables.

  Returns:
    String.

  Raises:
    jinja2.UndefinedError: The template uses a variable that has no value.
  """
  environment = jinja2.Environment(
      loader=jinja2.PackageLoader("sparse_disent.report"),
      autoescape=jinja2.select_autoescape(["html"]),
      undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
      keep_trailing_newline=True)
  environment.filters.update(kind=lambda block: type(block).__name__, **filters)
  return environment.get_template(name).render(**values)
