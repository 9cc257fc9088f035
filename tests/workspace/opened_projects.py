"""A project opened as tests do: by anna, at a time that stands still."""

from __future__ import annotations

from pathlib import Path

from holdtrue.foundation import ManualClock
from holdtrue.workspace import Workspace, open_workspace

NOW = 1_700_000_000_000_000


def opened(folder: Path, **environ: str) -> Workspace:
    return open_workspace(folder, environ={"USER": "anna", **environ}, clock=ManualClock(NOW))
