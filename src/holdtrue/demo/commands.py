"""The commands that the story proposes, as they work where it is read: on the PATH, in a venv, or neither."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path


def commands(*arguments: str) -> tuple[str, ...]:
    """Return lines that run `holdtrue` with these arguments in the shell that this was started from.

    Where the shell would not find this very holdtrue, the first line activates its virtual environment; outside of
    one, its path stands in each line.
    """
    beside = Path(sys.executable).with_name("holdtrue")
    found = shutil.which("holdtrue")
    if found is not None and Path(found).resolve() == beside.resolve():
        return tuple(f"holdtrue {each}" for each in arguments)
    activate = beside.with_name("activate")
    if activate.is_file() and beside.is_file():
        return (f". {shlex.quote(str(activate))}", *(f"holdtrue {each}" for each in arguments))
    program = shlex.quote(str(beside)) if beside.is_file() else f"{shlex.quote(sys.executable)} -m holdtrue"
    return tuple(f"{program} {each}" for each in arguments)
