"""A table judged in parts is judged as the whole."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import holdtrue as ht
from holdtrue.contracts import (
    AT_ONCE,
    BatchChecker,
    BatchTally,
    TableFigures,
    check_parts,
    check_table,
    judge_table,
    named_by,
)
from holdtrue.contracts.batch_checker import EXAMPLES
from holdtrue.foundation import ContractError, DataUnreadable
from holdtrue.sources import TablePart


class Sale(ht.Contract):
    """A sale, with a figure of every sort in its table tests."""

    price: ht.Float = ht.field(gt=0, null=True)
    beds: ht.Int = ht.field(ge=0, le=9, warn=ht.bounds(ge=1))
    wall: ht.Category = ht.field(null=True)
    sold: ht.Date

    @ht.rule
    def dear_houses_have_beds(row):
        return (row.price < 90) | (row.beds > 0)

    @ht.table_test
    def figures(table):
        price, wall = table.column("price"), table.column("wall")
        return (
            (table.rows >= 0)
            & (price.mean > 0)
            & (price.sd >= 0)
            & (price.null_share < 2)
            & (price.quantile(0.5) > 0)
            & (wall.share("wood") >= 0)
            & (wall.distinct >= 0)
            & (wall.duplicates >= 0)
            & (table.column("sold").min <= table.column("sold").max)
        )


def sales(seed: int, n: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    price = [None if rng.random() < 0.1 else float(value) for value in rng.integers(-5, 100, n)]
    return pl.DataFrame(
        {
            "price": price,
            "beds": rng.integers(-1, 11, n).tolist(),
            "wall": [None if rng.random() < 0.1 else str(value) for value in rng.choice(["wood", "brick"], n)],
            "sold": [dt.date(1996, 1, 1) + dt.timedelta(days=int(day)) for day in rng.integers(0, 300, n)],
        },
        schema={"price": pl.Float64, "beds": pl.Int64, "wall": pl.String, "sold": pl.Date},
    )


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 999), n=st.integers(1, 120), cuts=st.lists(st.integers(0, 120), max_size=5))
def test_counts_examples_and_figures_are_those_of_the_whole(seed: int, n: int, cuts: list[int]) -> None:
    frame, checker = sales(seed, n), BatchChecker(Sale.spec)
    whole = checker.check(frame)
    tally, figures = BatchTally(), TableFigures(test.expression for test in Sale.spec.table_tests)
    edges = [0, *sorted(min(cut, n) for cut in cuts), n]
    for start, end in itertools.pairwise(edges):
        part = checker.check(frame[start:end], rows_before=start)
        tally.add(part)
        figures.add(part.accepted)
    assert (tally.rows, tally.refused) == (whole.rows, whole.quarantine.height)
    assert tally.tests == whole.tests
    assert all(len(test.examples) == min(test.failed, EXAMPLES) for test in tally.tests)
    (by_parts,), (at_once,) = judge_table(Sale.spec, figures), check_table(Sale.spec, whole.accepted)
    assert by_parts.passed == at_once.passed
    for name, value in at_once.value.items():
        assert by_parts.value[name] == (pytest.approx(value) if isinstance(value, float) else value)


def test_figures_are_what_they_are_called() -> None:
    frame = pl.DataFrame({"k": ["a", "b", "a", None], "x": [1.0, 2.0, 4.0, None]})

    class Table(ht.Contract):
        k: ht.Category = ht.field(null=True)
        x: ht.Float = ht.field(null=True)

        @ht.table_test
        def all_of_them(table):
            k, x = table.column("k"), table.column("x")
            return (k.distinct == 2) & (k.duplicates == 1) & (x.quantile(0.5) == 2) & (x.quantile(1) == 4)

    (result,) = check_table(Table.spec, BatchChecker(Table.spec).check(frame).accepted)
    assert result.passed
    assert result.value == {"k.distinct": 2, "k.duplicates": 1, "x.quantile(0.5)": 2.0, "x.quantile(1.0)": 4.0}


def test_different_values_are_counted_exactly_over_many_parts() -> None:
    class Keyed(ht.Contract):
        id: ht.Text

        @ht.table_test
        def unique(table):
            return table.column("id").duplicates == 0

    ids = [f"row {place}" for place in range(50_000)]
    for more, passed in (([], True), (["row 7", "row 31000"], False)):
        figures = TableFigures(test.expression for test in Keyed.spec.table_tests)
        for start in range(0, 50_000, 9_000):
            figures.add(pl.DataFrame({"id": ids[start : start + 9_000]}))
        figures.add(pl.DataFrame({"id": more}, schema={"id": pl.String}))
        (result,) = judge_table(Keyed.spec, figures)
        assert result.passed is passed
        assert result.value == {"id.duplicates": len(more)}


@pytest.mark.parametrize("share", [-0.1, 1.5, "half"])
def test_a_quantile_is_of_a_share(share: object) -> None:
    with pytest.raises(ContractError, match="is of no share"):

        class Wrong(ht.Contract):
            x: ht.Float

            @ht.table_test
            def middle(table):
                return table.column("x").quantile(share) > 0


def test_a_table_may_use_the_fields_names_or_those_that_files_have() -> None:
    class Sale(ht.Contract):
        price: ht.Int = ht.field(column="Sale Price ($)")
        other: ht.Int = ht.field(column="price", null=True)

    checker = BatchChecker(Sale.spec)
    named = pl.DataFrame({"Sale Price ($)": [1], "price": [2]})
    assert checker.check(named).accepted.to_dicts() == [{"price": 1, "other": 2}]
    ours = pl.DataFrame({"price": [1], "other": [2]})
    assert named_by(Sale.spec, named).columns == ["price", "other"]
    assert checker.check(ours.rename({"price": "Sale Price ($)"})).accepted.to_dicts() == [{"price": 1, "other": 2}]


def test_parts_judged_side_by_side_come_back_in_their_order() -> None:
    class Row(ht.Contract):
        x: ht.Int = ht.field(ge=0)

    frame = pl.DataFrame({"x": [place if place % 7 else -1 for place in range(1000)]})
    asked: list[int] = []

    def parts() -> Iterator[TablePart]:
        for start in range(0, 1000, 10):
            asked.append(start)
            yield TablePart(path="x", rows_before=start, frame=frame[start : start + 10], spelling="native")

    checker, tally = BatchChecker(Row.spec), BatchTally()
    for place, (part, result) in enumerate(check_parts(checker, parts())):
        assert part.rows_before == 10 * place and len(asked) <= place + 1 + AT_ONCE
        tally.add(result)
    whole = checker.check(frame)
    assert tally.tests == whole.tests and tally.refused == int(whole.refused.sum())


def test_a_part_that_cannot_be_had_ends_it_at_once() -> None:
    def parts() -> Iterator[TablePart]:
        yield TablePart(path="x", rows_before=0, frame=pl.DataFrame({"x": [1]}), spelling="native")
        raise DataUnreadable("x: cut off")

    with pytest.raises(DataUnreadable, match="cut off"):
        list(check_parts(BatchChecker(Sale.spec), parts()))
