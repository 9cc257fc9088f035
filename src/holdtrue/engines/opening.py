"""The door to the engines: an address decides where work runs."""

from __future__ import annotations

from holdtrue.engines.engine import Engine
from holdtrue.engines.local import LocalEngine
from holdtrue.foundation import WrongUse


def open_engine(url: str = "local") -> Engine:
    """Open the engine an address names; `local` is a child process of this one for each job.

    Raises:
        WrongUse: no engine of that name.
    """
    if url == "local":
        return LocalEngine()
    raise WrongUse(f'no engine "{url}"', hint="this version runs work on: local")
