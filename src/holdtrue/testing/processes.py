"""Runs a function in several fresh processes at once: for tests of what must hold between processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any


def in_processes(function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Call a module's function once for each tuple of arguments, each in a process of its own; return what they gave.

    The processes are new ones, not forks: what is shared is shared by its address alone.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=len(arguments), mp_context=context) as pool:
        futures = [pool.submit(function, *each) for each in arguments]
        return [future.result() for future in futures]
