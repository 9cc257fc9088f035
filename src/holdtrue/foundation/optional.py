"""Optional libraries: imported in one place, missed with one message."""

from __future__ import annotations

import importlib
from types import ModuleType

from holdtrue.foundation.errors import MissingExtra


def optional(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import a library that comes with one of holdtrue's extras.

    Raises:
        MissingExtra: it is not installed; the hint is the command that installs it.

    Example:
        >>> optional("json", extra="demo", purpose="reading JSON").__name__
        'json'
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.split(".")[0] != module.split(".")[0]:
            raise
        name = module.split(".")[0]
        message = f"{purpose} needs the library {name}, which is not installed"
        raise MissingExtra(message, hint=f"pip install 'holdtrue[{extra}]'") from missing
