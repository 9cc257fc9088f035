"""Rows that are in training and in the parts held out of it: what a model remembers of them looks like skill."""

from __future__ import annotations

import math

import polars as pl

from holdtrue.contracts import TableResult, shown
from holdtrue.foundation import TestsFailed, counted, share
from holdtrue.pipeline.fitted import SplitRows
from holdtrue.project import Model

PARTS_APART = "table.parts_apart"
"""The one table test that is of no contract: it is of how a run parts its rows."""
EXAMPLES = 3
_NAMED = 6
# A row is left out where so many others like it were to be expected even if its columns had nothing to do with each
# other: among yes and no, equal rows are no copies.
_BY_CHANCE = 0.01


def judge_parts(model: Model, rows: SplitRows) -> TableResult:
    """Look for rows of valid in train, and for rows of held in either: the same in features and target, or in key."""
    parts = {"train": rows.train.frame, "valid": rows.valid.frame, "held": rows.held.frame}
    same = [*model.features, model.target]
    seen = parts["train"]
    found: dict[str, int] = {}
    examples: list[str] = []
    for name in ("valid", "held"):
        twins = _twins(parts[name], seen, same, model.key)
        found[name] = twins.height
        examples += [_example(name, row, same, model.key) for row in twins.head(EXAMPLES).iter_rows(named=True)]
        seen = pl.concat([seen, parts[name]])
    held, valid = (
        f"{counted(found[name], f'{name} row')} of {parts[name].height:,} "
        f"({share(found[name] / max(parts[name].height, 1))})"
        for name in ("held", "valid")
    )
    passed = not any(found.values())
    how = "the same in features and target" + (", or in key" if model.key else "")
    failed = f"{held} and {valid} are in what the model learns from, {how}: remembering them looks like skill"
    return TableResult(
        test=PARTS_APART,
        passed=passed,
        value=dict(found),
        message=("no row is in training and held out of it" if passed else failed) + f" [{PARTS_APART}]",
        severity=model.leaks,
        examples=tuple(examples),
    )


def refuse_twins(result: TableResult) -> None:
    """End the run where rows are in several parts and the model says that must not be.

    Raises:
        TestsFailed: names how many, and some of them.
    """
    if result.passed is False and result.severity == "refuse":
        raise TestsFailed(
            "; ".join([result.message, *result.examples]),
            hint='drop the copies, or split by what they share: group="..."; leaks="warn" only warns',
        )


def _twins(part: pl.DataFrame, seen: pl.DataFrame, same: list[str], key: str | None) -> pl.DataFrame:
    """Return the rows of a part that were seen, in their order."""
    numbered, known = _comparable(part, same).with_row_index("?row"), _comparable(seen, same)
    equal = numbered.join(known.unique(), on=same, how="semi", nulls_equal=True)
    places = _telling(equal, known, same)["?row"]
    if key is not None:
        again = part.with_row_index("?row").filter(pl.col(key).is_in(seen[key].drop_nulls().implode()))["?row"]
        places = pl.concat([places, again]).unique()
    return part[places.sort()]


def _comparable(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Return columns that can be joined on: of lists and the like, a hash of each value."""
    return frame.select(pl.col(name).hash(seed=0) if frame.schema[name].is_nested() else pl.col(name) for name in names)


def _telling(equal: pl.DataFrame, seen: pl.DataFrame, same: list[str]) -> pl.DataFrame:
    """Return those rows that would not be there twice by chance."""
    expected = pl.Series([math.log(max(seen.height, 1))] * equal.height, dtype=pl.Float64)
    for name in same:
        counts = seen.group_by(name).agg(pl.len().alias("?count"))
        found = equal.select("?row", name).join(counts, on=name, how="left", nulls_equal=True, maintain_order="left")
        expected = expected + (found["?count"] / seen.height).log()
    return equal.filter(expected < math.log(_BY_CHANCE))


def _example(part: str, row: dict[str, object], same: list[str], key: str | None) -> str:
    names = [*([key] if key else []), *(name for name in same if name != key)]
    values = ", ".join(f"{name} {shown(row[name])}" for name in names[:_NAMED])
    return f"{part}: {values}" + (", ..." if len(names) > _NAMED else "")
