"""Figures that hold a table against something else: earlier data, another column, another table, a language.

Each is gathered part by part, and says in words what a person should know of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from holdtrue.contracts.expression_text import statistic_name
from holdtrue.contracts.expressions import AGAINST_THE_PAST, PASTS, Kind, Statistic
from holdtrue.contracts.past import Past, past_figure
from holdtrue.contracts.plain_values import shown
from holdtrue.foundation import figure, share
from holdtrue.profiles import (
    HALF,
    MOST_KNOWN,
    Chance,
    ColumnProfile,
    Comoments,
    Frequent,
    TextSample,
    by_chance,
    comoments_of,
    drift,
    kind_of_column,
    known_levels,
    merge,
    merge_comoments,
    profile_column,
)

EXAMPLES = 5


class Unsure(Struct, frozen=True, kw_only=True):
    """How far a column has moved, and how far it seems to by chance; `past` is what it has moved from."""

    effect: float
    chance: Chance
    past: str

    def too_few(self, limit: float) -> str:
        """Say that these are too few rows to be held to a limit; "" where they are enough.

        They are enough where chance stays under the limit, or where it moved farther than by chance all the same.

        Example:
            >>> two, fifty = (Chance(factor=1.95, error=0.0, before=10_000, now=rows) for rows in (2, 50))
            >>> Unsure(effect=1.0, chance=two, past="house:v1").too_few(0.1)
            'too few rows (2; from 396 on)'
            >>> Unsure(effect=0.2, chance=fifty, past="house:v1").too_few(0.1)
            'too few rows (50; from 396 on)'
            >>> Unsure(effect=0.4, chance=fifty, past="house:v1").too_few(0.1)
            ''
        """
        bound = self.chance.bound
        if bound <= limit or (bound < self.effect and bound <= HALF):
            return ""
        fewest = self.chance.fewest(limit)
        if fewest is None:
            return f"{self.past} has too few rows ({self.chance.before:,}) for a limit of {figure(limit, digits=2)}"
        return f"too few rows ({self.chance.now:,}; from {fewest:,} on)"


class Gathered(Protocol):
    """One figure in the making.

    Attributes:
        remark: what to know of it, in words; where it has no value, why.
        examples: what speaks against it, in words.
        unsure: of what is off by chance, how far; None of the others, and before `value`.
    """

    remark: str
    examples: tuple[str, ...]
    unsure: Unsure | None

    def add(self, frame: pl.DataFrame) -> None:
        """Take in the next part of the table."""

    def value(self) -> Any:
        """Return the figure of all parts; None where there is none."""


def gathered_of(
    node: Statistic, pasts: Mapping[str, Past], keys: Mapping[str, pl.Series], kinds: Mapping[str, Kind]
) -> Gathered | None:
    """Return what gathers a figure; None for those of the table alone.

    Args:
        pasts: earlier data by `last` and `baseline`, as far as there is any.
        keys: of other tables, the values that figures are held against, by the figures' names.
        kinds: of the fields and derived fields.
    """
    if node.past:
        past = pasts.get(node.past)
        if past is None:
            return _Nothing(PASTS[node.past])
        if node.column and node.column not in past.profile.columns:
            return _Nothing(f"{past.name} had no {node.column} that was kept")
        if node.statistic not in AGAINST_THE_PAST:
            return _Kept(node, past, kinds.get(node.column))
        return _Drift(node, past) if node.statistic == "drift" else _Unseen(node, past)
    match node.statistic:
        case "correlation":
            return _Correlation(node)
        case "language_share":
            return _Language(node)
        case "orphans":
            table, _, column = str(node.argument).partition(":")
            known = keys.get(statistic_name(node))
            if known is None:
                return _Nothing(f"the table {table} was not read")
            return _Orphans(node, known, f"{column} of {table}")
    return None


class _Figure:
    def __init__(self) -> None:
        self.remark = ""
        self.examples: tuple[str, ...] = ()
        self.unsure: Unsure | None = None

    def add(self, frame: pl.DataFrame) -> None:
        pass

    def value(self) -> Any:
        return None


class _Nothing(_Figure):
    """A figure that has no value, and why."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.remark = why


class _Kept(_Figure):
    """A figure as it was."""

    def __init__(self, node: Statistic, past: Past, kind: Kind | None) -> None:
        super().__init__()
        self._found = past_figure(node, past, kind)
        if self._found is None:
            self.remark = f"{past.name} had none"
        elif node.statistic == "distinct" and not past.profile.columns[node.column].different_exact:
            self.remark = "an estimate, standard error 4.4%"

    def value(self) -> Any:
        return self._found


class _Drift(_Figure):
    """How far a column has moved from earlier data.

    Levels are counted without leaving any out, so that it says the same however a table is cut.
    """

    def __init__(self, node: Statistic, past: Past) -> None:
        super().__init__()
        self._name, self._past = node.column, past
        self._profile: ColumnProfile | None = None
        self._levels: Counter[str] = Counter()

    def add(self, frame: pl.DataFrame) -> None:
        column = frame[self._name]
        if kind_of_column(column.dtype) == "name":
            counted = column.drop_nulls().cast(pl.String).value_counts(name="count")
            self._levels.update(dict(counted.iter_rows()))
            part = ColumnProfile(kind="name", count=column.len(), nulls=column.null_count())
        else:
            part = profile_column(column)
        self._profile = part if self._profile is None else merge(self._profile, part)

    def value(self) -> float | None:
        profile = self._profile
        if profile is not None and self._levels:
            profile = replace(profile, top=Frequent(counts=dict(self._levels)))
        then = self._past.profile.columns[self._name]
        moved = None if profile is None else drift(then, profile)
        if moved is None or profile is None:
            self.remark = f"there is nothing to compare with {self._past.name}"
            return None
        self.remark = (
            f"{moved.event}: {share(moved.before)} in {self._past.name}, {share(moved.now)} now; "
            f"by chance up to {figure(moved.chance, digits=2)}"
        )
        self.unsure = Unsure(effect=moved.effect, chance=by_chance(then, profile), past=self._past.name)
        return moved.effect


class _Unseen(_Figure):
    """Values whose level earlier data does not have."""

    def __init__(self, node: Statistic, past: Past) -> None:
        super().__init__()
        self._name, self._past = node.column, past
        self._known = known_levels(past.profile.columns[node.column])
        self._present = self._unseen = 0
        self._new: dict[str, None] = {}
        if self._known is None:
            self.remark = f"{past.name} had more levels than are kept ({MOST_KNOWN:,})"

    def add(self, frame: pl.DataFrame) -> None:
        if self._known is None:
            return
        present = frame[self._name].drop_nulls().cast(pl.String)
        new = present.filter(self._known.new(present))
        self._present += present.len()
        self._unseen += new.len()
        self._new |= dict.fromkeys(new.unique(maintain_order=True).head(EXAMPLES).to_list())
        self.examples = tuple(
            f"{self._name}: {shown(level)} does not occur in {self._past.name}" for level in list(self._new)[:EXAMPLES]
        )

    def value(self) -> float | None:
        return self._unseen / self._present if self._present and self._known is not None else None


class _Correlation(_Figure):
    """How two columns go together."""

    def __init__(self, node: Statistic) -> None:
        super().__init__()
        self._names = node.column, str(node.argument)
        self._both = Comoments()

    def add(self, frame: pl.DataFrame) -> None:
        x, y = (frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in self._names)
        self._both = merge_comoments(self._both, comoments_of(x, y))

    def value(self) -> float:
        return self._both.correlation


class _Language(_Figure):
    """How many of the different texts are in a language."""

    def __init__(self, node: Statistic) -> None:
        super().__init__()
        self._name, self._code = node.column, str(node.argument)
        self._sample = TextSample()

    def add(self, frame: pl.DataFrame) -> None:
        self._sample.add(frame[self._name])

    def value(self) -> float | None:
        found = self._sample.share(self._code)
        if found is None:
            self.remark = "no text is long enough to tell"
            return None
        if found[1]:
            self.remark = f"of {len(self._sample.texts):,} different texts; standard error {figure(found[1], digits=2)}"
        return found[0]


class _Orphans(_Figure):
    """Rows whose value is not in another table."""

    def __init__(self, node: Statistic, known: pl.Series, where: str) -> None:
        super().__init__()
        self._name, self._where = node.column, where
        self._known = known.drop_nulls().unique()
        self._count = 0
        self._first: dict[Any, None] = {}

    def add(self, frame: pl.DataFrame) -> None:
        present = frame[self._name].drop_nulls()
        lost = present.filter(~present.is_in(self._known.implode()))
        self._count += lost.len()
        if len(self._first) < EXAMPLES and lost.len():
            self._first |= dict.fromkeys(lost.unique(maintain_order=True).head(EXAMPLES).to_list())
            self.examples = tuple(
                f"{self._name}: {shown(value)} is not among {self._where}" for value in list(self._first)[:EXAMPLES]
            )

    def value(self) -> int:
        return self._count
