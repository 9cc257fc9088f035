"""The figures that table tests read, gathered part by part: the same, up to rounding, however a table is cut.

All are exact but quantiles, which are off by at most the error that `profiles.QuantileSketch` states (none while a
column has at most 512 different values).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl

from holdtrue.contracts.compared_figures import Unsure, gathered_of
from holdtrue.contracts.expression_text import statistic_name
from holdtrue.contracts.expressions import AGAINST_THE_PAST, Expression, Kind, Statistic, nodes_of, reads_of
from holdtrue.contracts.past import Past
from holdtrue.foundation import DAY, ContractError, micros_of
from holdtrue.media import count_alike
from holdtrue.profiles import (
    KEPT,
    ColumnProfile,
    Moments,
    QuantileSketch,
    merge,
    merge_moments,
    merge_sketches,
    moments_of,
    profile_column,
    sketch,
)

_RANGES = 64


class TableFigures:
    """Gathers every figure that some expressions read from the accepted rows of a table.

    Memory grows with the table for `distinct`, `duplicates`, `near_duplicates` and `duplicate_rows` alone: 8 bytes a
    different value.


    Args:
        expressions: of the table tests.
        kinds: of the fields and derived fields they read; only figures of earlier dates and times need them.
        pasts: earlier data, by `last` and `baseline`; without it what compares with it has no value.
        keys: values of other tables, by the names of the figures that are held against them (`other_columns`).
    """

    def __init__(
        self,
        expressions: Iterable[Expression],
        *,
        kinds: Mapping[str, Kind] | None = None,
        pasts: Mapping[str, Past] | None = None,
        keys: Mapping[str, pl.Series] | None = None,
    ) -> None:
        wanted = {
            statistic_name(node): node
            for expression in expressions
            for node in nodes_of(expression)
            if isinstance(node, Statistic)
        }
        compared = {name: gathered_of(node, pasts or {}, keys or {}, kinds or {}) for name, node in wanted.items()}
        self._compared = {name: each for name, each in compared.items() if each is not None}
        self._wanted = {name: node for name, node in wanted.items() if name not in self._compared}
        self._read = {
            column
            for node in wanted.values()
            for column in reads_of(node)
            if not node.past or node.statistic in AGAINST_THE_PAST
        }
        self._rows = 0
        self._present: dict[str, int] = {}
        self._levels: dict[tuple[str, str], int] = {}
        self._extremes: dict[tuple[str, str], Any] = {}
        self._moments: dict[str, Moments] = {}
        self._sketches: dict[str, QuantileSketch] = {}
        self._different: dict[str, _Different] = {}
        self._words: dict[str, ColumnProfile] = {}
        self._looks: dict[str, list[pl.Series]] = {}
        self._whole = _Different()

    def add(self, frame: pl.DataFrame) -> None:
        """Take in the next part of the table (`BatchResult.accepted`).

        Raises:
            ContractError: it lacks a column that a test reads.
        """
        for name in sorted(self._read.difference(frame.columns)):
            hint = "check the rows with BatchChecker first and give its accepted rows"
            raise ContractError(f'the table has no column "{name}"', hint=hint)
        for each in self._compared.values():
            each.add(frame)
        self._rows += frame.height
        asked: dict[str, set[str]] = {}
        for node in self._wanted.values():
            if node.column:
                asked.setdefault(node.column, set()).add(node.statistic)
                if node.statistic == "share":
                    key = node.column, str(node.argument)
                    count = int((frame[node.column] == node.argument).sum())
                    self._levels[key] = self._levels.get(key, 0) + count
        for name, statistics in asked.items():
            self._add_column(name, frame[name], statistics)
        if "duplicate_rows" in self._wanted and frame.height:
            self._whole.add(pl.DataFrame(map(_identity, frame.get_columns())).hash_rows(seed=0))

    @property
    def rows(self) -> int:
        """Rows taken in so far."""
        return self._rows

    def values(self, now: int | None = None) -> dict[str, Any]:
        """Return every figure by its name (`statistic_name`); None where it has no value, such as a mean of no rows.

        Args:
            now: the time of the test, microseconds since 1970, from which ages are counted; None gives no ages.
        """
        own = {name: _finite(self._value(node, now)) for name, node in self._wanted.items()}
        return own | {name: _finite(each.value()) for name, each in self._compared.items()}

    def remarks(self) -> dict[str, str]:
        """Return what to know of a figure, by its name: why it has no value, how sure it is; after `values`."""
        return {name: each.remark for name, each in self._compared.items() if each.remark}

    def examples(self) -> dict[str, tuple[str, ...]]:
        """Return the first values that count against a figure, in words, by its name."""
        return {name: each.examples for name, each in self._compared.items() if each.examples}

    def unsure(self) -> dict[str, Unsure]:
        """Return how far the figures that differ by chance do so, by name; after `values`."""
        return {name: each.unsure for name, each in self._compared.items() if each.unsure is not None}

    def _add_column(self, name: str, column: pl.Series, statistics: set[str]) -> None:
        self._present[name] = self._present.get(name, 0) + column.len() - column.null_count()
        if statistics & {"mean", "sd", "quantile"}:
            numbers = column.cast(pl.Float64).drop_nulls().to_numpy()
            self._moments[name] = merge_moments(self._moments.get(name, Moments()), moments_of(numbers))
            if "quantile" in statistics:
                self._sketches[name] = merge_sketches(self._sketches.get(name, QuantileSketch()), sketch(numbers))
        for statistic in ("min", "max"):
            if statistic in statistics or (statistic == "max" and "age_days" in statistics):
                self._take_extreme(name, statistic, column.min() if statistic == "min" else column.max())
        if "word_rank" in statistics:
            part = profile_column(column.cast(pl.String), text=True)
            self._words[name] = merge(self._words[name], part) if name in self._words else part
        if statistics & {"distinct", "duplicates"}:
            self._different.setdefault(name, _Different()).add(_identity(column).drop_nulls().hash(seed=0))
        if "near_duplicates" in statistics:
            looks = column.struct.field("fingerprint").drop_nulls().str.to_integer(base=16, dtype=pl.UInt64)
            self._looks.setdefault(name, []).append(looks.unique())

    def _take_extreme(self, name: str, statistic: str, found: Any) -> None:
        known = self._extremes.get((name, statistic))
        if found is not None:
            better = min if statistic == "min" else max
            self._extremes[name, statistic] = found if known is None else better(known, found)

    def _value(self, node: Statistic, now: int | None) -> Any:
        name, present = node.column, self._present.get(node.column, 0)
        moments = self._moments.get(name, Moments())
        match node.statistic:
            case "rows":
                return self._rows
            case "duplicate_rows":
                return self._rows - self._whole.count()
            case "age_days":
                latest = self._extremes.get((name, "max"))
                return None if latest is None or now is None else (now - micros_of(latest)) / DAY
            case "word_rank":
                words = list(self._words[name].words.compact().counts) if name in self._words else []
                return words.index(str(node.argument)) + 1 if node.argument in words else KEPT + 1
            case "null_share":
                return 1 - present / self._rows if self._rows else None
            case "distinct":
                return self._different[name].count() if name in self._different else 0
            case "duplicates":
                return present - self._different[name].count() if name in self._different else 0
            case "near_duplicates":
                looks = self._looks.get(name)
                return present - count_alike(pl.concat(looks).to_numpy()) if looks else 0
            case "share":
                return self._levels[name, str(node.argument)] / present if present else None
            case "mean":
                return moments.mean if moments.n else None
            case "sd":
                return moments.sd
            case "quantile":
                if name not in self._sketches or not moments.n:
                    return None
                return float(self._sketches[name].quantiles([float(node.argument or 0)])[0])
            case _:
                found = self._extremes.get((name, node.statistic))
                return float(found) if isinstance(found, (bool, int)) else found


def _identity(column: pl.Series) -> pl.Series:
    """Return what tells a column's values apart: of media the hash of their bytes."""
    return column.struct.field("content").alias(column.name) if column.dtype == pl.Struct else column


class _Different:
    """Exactly how many different values there are, by 64-bit hashes of them.

    Two of n values share a hash with a chance of n² / 2^65: 3 in 10,000 for a hundred million different ones.
    """

    def __init__(self) -> None:
        self._parts: list[pl.Series] = []

    def add(self, hashes: pl.Series) -> None:
        if hashes.len():
            self._parts.append(hashes.unique().sort())

    def count(self) -> int:
        """Count range by range of the hashes, so that no more than a part of them is copied at once."""
        if len(self._parts) < 2:
            return sum(part.len() for part in self._parts)
        arrays = [part.to_numpy() for part in self._parts]
        edges = np.array([place * (2**64 // _RANGES) for place in range(1, _RANGES)], dtype=np.uint64)
        cuts = [np.concatenate([[0], np.searchsorted(array, edges), [array.size]]) for array in arrays]
        return sum(
            int(np.unique(np.concatenate([a[c[r] : c[r + 1]] for a, c in zip(arrays, cuts, strict=True)])).size)
            for r in range(_RANGES)
        )


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and value - value != 0 else value
