"""How a contender of a benchmark answers: runs its work some times and prints one line of JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

ENOUGH = 60.0  # seconds, after which a slow contender need not repeat


def busy_seconds() -> float:
    """Return the processor's seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


def peak_memory() -> int:
    """Return the most bytes that this process has held; of its own, not of the one that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])


def answer(work: Callable[[str], Mapping[str, int]], *, distribution: str, gives: str, repeats: int = 3) -> None:
    """Run the work on the file that the command line names, and tell what it took and found.

    Args:
        work: reads the file and does all that is asked; returns what it found, by name.
        distribution: whose version is told. gives: what comes of the work, in words.
        repeats: how often it is timed, after a first run that is not, unless that alone took long.
    """
    file = sys.argv[1]
    taken: list[float] = []
    busy: list[float] = []
    found: dict[str, int] = {}
    for turn in range(repeats + 1):
        began, began_busy = time.perf_counter(), busy_seconds()
        found = dict(work(file))
        taken.append(time.perf_counter() - began)
        busy.append(busy_seconds() - began_busy)
        if not turn and taken[0] < ENOUGH / 2:
            taken, busy = [], []  # the first run warms caches
        elif sum(taken) > ENOUGH / 2:
            break
    told = {
        "taken": taken,
        "busy": sum(busy) / len(busy),
        "found": found,
        "version": version(distribution),
        "gives": gives,
        "peak": peak_memory(),
    }
    print(json.dumps(told))
