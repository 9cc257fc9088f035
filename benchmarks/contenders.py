"""Contenders of a benchmark, each in a process and, where it needs one, in an environment of its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from measuring import Result
from msgspec import Struct

HERE = Path(__file__).parent
OURS = ""
"""The environment that the benchmark itself runs in."""


class Contender(Struct, frozen=True):
    """One that does the work: its name, its script in `peers/`, and the environment that script runs in.

    Attributes:
        environment: NAME of `.venv-bench-NAME`, which make installs from `requirements-NAME.txt`; "": our own.
    """

    name: str
    script: str
    environment: str = OURS

    @property
    def python(self) -> Path:
        """The interpreter."""
        if not self.environment:
            return Path(sys.executable)
        return HERE.parent / f".venv-bench-{self.environment}" / "bin" / "python"

    @property
    def installed(self) -> bool:
        """Whether that interpreter is there."""
        return self.python.is_file()


class Answer(Struct, frozen=True):
    """What a contender told: see `peers/answering.py`."""

    taken: list[float]
    busy: float
    found: dict[str, int]
    version: str
    gives: str
    peak: int


def results(
    contenders: Sequence[Contender], file: Path, *, rounds: int = 3, limit: float = 900.0, same: bool = True
) -> list[Result]:
    """Run the contenders in turn, round after round, and give each one's median.

    In turn, so that what else the machine does falls on all of them. One that takes over a minute runs once; one that
    is not installed, or not done in time, is left out and said to be.

    Args:
        limit: seconds that a process may take.
        same: whether all must find what the first one finds.

    Raises:
        AssertionError: one finds other failures than the first.
    """
    answers: dict[str, list[Answer]] = {}
    for turn in range(rounds):
        for each in contenders:
            told = answers.setdefault(each.name, [])
            if turn and (not told or sum(told[0].taken) > 60):
                continue
            answer = asked(each, str(file), limit)
            if answer is not None:
                told.append(answer)
    expected: Mapping[str, int] = answers[contenders[0].name][0].found
    given = []
    for name, told in answers.items():
        if not told:
            continue
        first = told[0]
        if same:
            missed = {
                key: (first.found.get(key, 0), count)
                for key, count in expected.items()
                if first.found.get(key, 0) != count
            }
            assert not missed, f"{name} does not find the same: {missed}"
        seconds = statistics.median([taken for answer in told for taken in answer.taken])
        busy = statistics.median(answer.busy for answer in told)
        note = f"{first.version}, {busy:.2f} s of processor, peak {first.peak / 1e6:,.0f} MB; {first.gives}"
        given.append(Result(name, seconds, note))
    return given


def asked(contender: Contender, argument: str, limit: float) -> Answer | None:
    """Run a contender's script once with an argument; None where it cannot answer."""
    said = told(contender, argument, limit=limit)
    return None if said is None else msgspec.convert(said, Answer)


def told(contender: Contender, *arguments: object, limit: float = 900.0) -> Any:
    """Run a contender's script once, and return the JSON of the last line it prints.

    None, and a line that says why, where it is not installed, fails, or is not done in `limit` seconds.
    """
    if not contender.installed:
        print(f"{contender.name} is left out: there is no {contender.python.parent.parent.name} (make installs it)")
        return None
    command = [str(contender.python), str(HERE / "peers" / contender.script), *map(str, arguments)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        print(f"{contender.name} is left out: not done in {limit:,.0f} s")
        return None
    if ran.returncode:
        print(f"{contender.name} is left out: {(ran.stderr.strip().splitlines() or ['no word'])[-1][:300]}")
        return None
    return json.loads(ran.stdout.strip().splitlines()[-1])
