"""Where in the user's own file something was declared."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

_PACKAGE = f"{Path(__file__).parent.parent}{os.sep}"
_TEMPLATES = f"{Path(__file__).parent.parent / 'templates'}{os.sep}"  # the user's own files to be


def declared_at() -> str:
    """Return `file:line` of the innermost line that is not holdtrue's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    return "<unknown>:0" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


def defined_at(function: Callable[..., Any]) -> str:
    """Return `file:line` where a function is defined; empty where it has no code of its own."""
    code = getattr(function, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else ""


def _is_ours(file: str) -> bool:
    return file.startswith(_PACKAGE) and not file.startswith(_TEMPLATES)
