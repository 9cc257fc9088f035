"""How all our pages are filled in: everything is escaped, and a name that is not there is an error."""

from __future__ import annotations

import jinja2


def page_environment() -> jinja2.Environment:
    """Return the environment of the templates; each caller adds its own filters."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("holdtrue.web", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
