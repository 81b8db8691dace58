"""Jinja2 templates that lie beside this module, in `templates/`."""
import jinja2


def render(name, *, filters, **values):
  """Fills in a template; HTML escapes what it is given, other text does not.

  Args:
    name: Name of its file.
    filters: Dictionary from names to functions, for the template. `kind`, the
      name of a block's class, is there always.
    **values: What the template calls by these names.

  Returns:
    String.

  Raises:
    jinja2.UndefinedError: The template asks for a name that it is not given.
  """
  environment = jinja2.Environment(
      loader=jinja2.PackageLoader("sparse_disent.report"),
      autoescape=jinja2.select_autoescape(["html"]),
      undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
      keep_trailing_newline=True)
  environment.filters.update(kind=lambda block: type(block).__name__, **filters)
  return environment.get_template(name).render(**values)
