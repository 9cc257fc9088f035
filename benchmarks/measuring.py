"""What the benchmarks share: time taken, a machine described, rows of results with a ratio to the peer."""

from __future__ import annotations

import datetime as dt
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from msgspec import Struct

UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6}


class Result(Struct, frozen=True):
    """What one contender took: a name, seconds (or another figure where lower is better), a note."""

    name: str
    value: float
    note: str = ""


def seconds(call: Callable[[], object], *, repeats: int = 7, calls: int = 1) -> float:
    """Return the median over `repeats` of the seconds that one of `calls` calls in a row takes."""
    call()  # caches are warm for everyone
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        for _ in range(calls):
            call()
        taken.append((time.perf_counter() - began) / calls)
    return statistics.median(taken)


def pin(core: int) -> None:
    """Keep this process on one core, counted among those it may use; nothing happens where that cannot be done."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})


def processor_seconds(process: int) -> float:
    """Return the processor time another process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def print_results(title: str, results: Sequence[Result], peer: str, *, unit: str, digits: int = 1) -> None:
    """Print a table whose last column is each value over the peer's: under 1 is quicker than the peer."""
    base = next(result.value for result in results if result.name == peer)
    width = max(len(result.name) for result in results)
    print(f"\n{title}")
    print(f"  {'':{width}}  {unit:>12}  {'/ ' + peer:>{len(peer) + 2}}")
    for result in results:
        value = result.value * UNITS.get(unit, 1.0)
        note = f"  {result.note}" if result.note else ""
        print(f"  {result.name:{width}}  {value:12,.{digits}f}  {result.value / base:{len(peer) + 2}.2f}{note}")


def print_machine(*distributions: str) -> None:
    """Print the date, the machine and the versions of what is compared."""
    names = ", ".join(f"{name} {version(name)}" for name in ("holdtrue", *distributions))
    load = os.getloadavg()[0]
    print(
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}; {processor()}, {os.cpu_count()} cores, "
        f"load {load:.1f}; Python {platform.python_version()}; {names}"
    )


def processor() -> str:
    """Return the processor's name, as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
