"""Finds the project one stands in."""

from __future__ import annotations

from pathlib import Path

from holdtrue.foundation import ProjectNotFound

MODEL_FILE = "model.py"


def find_project(start: Path) -> Path:
    """Return the nearest folder, from `start` upward, that holds a `model.py`.

    Raises:
        ProjectNotFound: there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / MODEL_FILE).is_file():
            return folder
    raise ProjectNotFound(
        f"no project here: neither {start} nor a folder above it holds a {MODEL_FILE}",
        hint="make one with: holdtrue init mine",
    )
