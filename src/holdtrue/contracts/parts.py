"""A table in parts, judged two parts at a time: what one part leaves of the machine another takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

import polars as pl

from holdtrue.contracts.batch_checker import BatchChecker, BatchResult
from holdtrue.contracts.frame_decoding import Spelling

AT_ONCE = 2
"""Parts judged side by side; as many more wait, read but not yet given away."""


class PartOfTable(Protocol):
    """Some rows of a table: `frame`, how their values are spelled, and how many rows of the table come before."""

    @property
    def frame(self) -> pl.DataFrame: ...

    @property
    def spelling(self) -> Spelling: ...

    @property
    def rows_before(self) -> int: ...


Part = TypeVar("Part", bound=PartOfTable)


def check_parts(checker: BatchChecker, parts: Iterable[Part]) -> Iterator[tuple[Part, BatchResult]]:
    """Judge each part of a table; gives them in their order, each with what the tests say of it.

    Parts are asked for one by one while others are judged, so few are in memory at once, however many there are.
    """
    waiting: deque[tuple[Part, Future[BatchResult]]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for part in parts:
            judged = threads.submit(checker.check, part.frame, spelling=part.spelling, rows_before=part.rows_before)
            waiting.append((part, judged))
            if len(waiting) > AT_ONCE:
                yield _first(waiting)
        while waiting:
            yield _first(waiting)


def _first(waiting: deque[tuple[Part, Future[BatchResult]]]) -> tuple[Part, BatchResult]:
    part, judged = waiting.popleft()
    return part, judged.result()
