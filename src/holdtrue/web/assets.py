"""The style sheet, the script and the icon: read once from the package, served under a name that lasts."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from msgspec import Struct

from holdtrue.foundation import digest

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class Asset(Struct, frozen=True):
    """A file that a page needs.

    Attributes:
        mark: changes with the content; a page asks for `static/NAME?v=MARK`, so a copy may be kept for good.
    """

    name: str
    content_type: str
    body: bytes
    mark: str


def assets() -> Mapping[str, Asset]:
    """Return every file of `web/static`, by name."""
    found = {}
    for file in sorted(files("holdtrue.web").joinpath("static").iterdir(), key=lambda file: file.name):
        suffix = file.name[file.name.rfind(".") :]
        if suffix in _TYPES:
            body = file.read_bytes()
            found[file.name] = Asset(file.name, _TYPES[suffix], body, digest(body)[:12])
    return found
