"""How all our pages are filled in: everything is escaped, and a name that is not there is an error."""

from __future__ import annotations

from importlib.resources import files

import jinja2
from markupsafe import Markup

_STYLES = ("holdtrue.css", "report.css")


def page_environment() -> jinja2.Environment:
    """Return the environment of the templates; each caller adds its own filters."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("holdtrue.web", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def report_styles() -> Markup:
    """Return what a report of one file is styled by."""
    static = files("holdtrue.web").joinpath("static")
    # Our own files: nothing in them came from anyone.
    return Markup("\n".join(static.joinpath(name).read_text("utf-8") for name in _STYLES))
