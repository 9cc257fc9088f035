"""Starting: `import holdtrue` and `holdtrue --help`, beside the bare interpreter, other imports and other commands.

Each is a process of its own; the median of the runs is shown. Where `dvc` or `mlflow` is on the PATH it is measured
too.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from measuring import Result, print_machine, print_results

RUNS = 11
BIN = Path(sys.executable).parent


def started(command: Sequence[str]) -> float:
    """Return the median of the seconds from start to end of a command."""
    taken = []
    for attempt in range(RUNS + 1):
        began = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        if attempt:  # the first fills the caches
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def main() -> None:
    """Compare and print."""
    print_machine("fastapi", "river", "polars")
    imports = [Result("python -c pass", started([sys.executable, "-c", "pass"]))]
    for name in ("holdtrue", "fastapi", "polars", "river.drift"):
        imports.append(Result(f"import {name}", started([sys.executable, "-c", f"import {name}"])))
    print_results("an import, a process each", imports, "python -c pass", unit="ms")
    commands = [[str(BIN / "uvicorn")], [str(BIN / "holdtrue")]]
    commands += [[found] for found in map(shutil.which, ("dvc", "mlflow")) if found]
    helps = [Result(f"{Path(name).name} --help", started([name, "--help"])) for (name,) in commands]
    print_results("a command's help", helps, "uvicorn --help", unit="ms")


if __name__ == "__main__":
    main()
