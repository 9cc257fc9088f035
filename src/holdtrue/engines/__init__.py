"""Where work runs: `open_engine(url)` gives a place; the same work runs in each."""

from holdtrue.engines.engine import Engine, Job
from holdtrue.engines.local import LocalEngine
from holdtrue.engines.opening import open_engine

__all__ = ["Engine", "Job", "LocalEngine", "open_engine"]
