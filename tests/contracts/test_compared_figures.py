"""Figures that hold a table against earlier data, other tables, other columns and languages."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import holdtrue as ht
from holdtrue.contracts import (
    ContractSpec,
    OtherColumn,
    Past,
    Statistic,
    TableFigures,
    TableResult,
    check_table,
    judge_table,
    keys_in,
    other_columns,
    statistic_name,
    validate,
)
from holdtrue.contracts.expressions import Binary, Constant
from holdtrue.foundation import ContractError, DataUnreadable
from holdtrue.profiles import TableProfile, profile_table

NO_LAST = "not judged: there is no earlier version"


class Sale(ht.Contract):
    """A sale, held against everything."""

    price: ht.Float = ht.field(null=True)
    beds: ht.Int = ht.field(null=True)
    wall: ht.Category = ht.field(null=True)
    pool: ht.Bool
    sold: ht.Date
    store: ht.Int
    remark: ht.Text = ht.field(null=True)

    @ht.table_test
    def as_many_rows(table):
        return table.rows >= 0.5 * table.last.rows

    @ht.table_test
    def figures_as_before(table):
        price, beds, sold = (table.last.column(name) for name in ("price", "beds", "sold"))
        return (
            (price.mean > 0)
            & (price.sd > 0)
            & (price.null_share < 1)
            & (price.quantile(0.5) > 0)
            & (beds.distinct >= 0)
            & (beds.min <= beds.max)
            & (sold.max >= dt.date(1996, 1, 1))
            & (table.last.column("wall").share("wood") > 0)
            & (table.last.column("pool").mean >= 0)
            & (table.last.column("remark").word_rank("garden") <= 3)
        )

    @ht.table_test
    def nothing_moved(table):
        return (
            (table.column("price").drift_from(table.last) < 0.5)
            & (table.column("wall").drift_from(table.baseline) < 0.5)
            & (table.column("pool").drift_from(table.last) < 0.5)
        )

    @ht.table_test(severity="warn")
    def known_walls(table):
        return table.column("wall").unseen_share(table.last) == 0

    @ht.table_test
    def larger_is_dearer(table):
        return table.correlation("beds", "price") > 0.1

    @ht.table_test
    def known_stores(table):
        return table.column("store").orphans("stores", "id") == 0

    @ht.table_test
    def english(table):
        return table.column("remark").language_share("en") > 0.6


ENGLISH, GERMAN = "A large garden and a new roof, number {}.", "Ein großer Garten und ein neues Dach, Nummer {}."
STORES = {'store.orphans("stores", "id")': pl.Series([1, 2, 3])}


def sales(seed: int, n: int, *, walls: tuple[str, ...] = ("wood", "brick"), german: float = 0.1) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    beds = draw.integers(1, 6, n)
    texts = [(GERMAN if draw.random() < german else ENGLISH).format(place) for place in range(n)]
    frame = pl.DataFrame(
        {
            "price": (beds * 20 + draw.normal(0, 20, n)).tolist(),
            "beds": beds.tolist(),
            "wall": [str(each) for each in draw.choice(walls, n)],
            "pool": (draw.random(n) < 0.2).tolist(),
            "sold": [dt.date(1996, 1, 1) + dt.timedelta(days=int(day)) for day in draw.integers(0, 300, n)],
            "store": draw.integers(1, 4, n).tolist(),
            "remark": texts,
        }
    )
    gaps = pl.Series(draw.random(n) < 0.1)
    return frame.with_columns(
        pl.when(gaps).then(None).otherwise(pl.col(name)).alias(name) for name in ("price", "wall", "remark")
    )


def past(frame: pl.DataFrame, name: str = "house:v1") -> Past:
    return Past(name=name, profile=profile_table(frame, texts=["remark"]))


def pasts() -> dict[str, Past]:
    then = sales(0, 500)
    return {"last": past(then), "baseline": past(then.select("price", "wall"), "the baseline of house:v1")}


def judged(frame: pl.DataFrame, earlier: dict[str, Past], keys: dict[str, pl.Series]) -> dict[str, TableResult]:
    return {each.test.removeprefix("table."): each for each in check_table(Sale.spec, frame, pasts=earlier, keys=keys)}


def test_a_table_like_the_last_passes() -> None:
    found = judged(sales(1, 400), pasts(), STORES)
    assert {name: each.passed for name, each in found.items()} == dict.fromkeys(found, True)
    assert "rows is 400, last.rows is 500" in found["as_many_rows"].message


def test_the_first_table_is_not_held_against_anything() -> None:
    found = judged(sales(1, 400), {}, {})
    assert [name for name, each in found.items() if each.passed is not None] == ["larger_is_dearer", "english"]
    assert NO_LAST in found["as_many_rows"].message and found["as_many_rows"].value["last.rows"] is None
    assert "not judged: the table stores was not read" in found["known_stores"].message
    only_last = judged(sales(1, 400), {"last": pasts()["last"]}, STORES)["nothing_moved"]
    assert only_last.passed is None and "no version has been in production" in only_last.message


def test_what_has_moved_is_said_and_where() -> None:
    now = sales(2, 300, walls=("wood", "straw", "straw")).with_columns(pl.col("price") + 60, store=pl.lit(7))
    found = judged(now, pasts(), STORES)
    moved = found["nothing_moved"]
    assert moved.passed is False
    assert moved.value["wall.drift_from(baseline)"] == pytest.approx(0.6, abs=0.05)
    assert '("straw": 0% in the baseline of house:v1, 6' in moved.message and "by chance up to 0.1" in moved.message
    assert found["known_walls"].passed is False and found["known_walls"].severity == "warn"
    assert found["known_walls"].examples == ('wall: "straw" does not occur in house:v1',)
    assert found["known_stores"].value == {'store.orphans("stores", "id")': 300}
    assert found["known_stores"].examples == ("store: 7 is not among id of stores",)
    assert not judged(sales(1, 300, german=0.6), pasts(), STORES)["english"].passed


def test_of_a_handful_of_rows_it_is_not_judged_how_far_they_moved() -> None:
    class Held(ht.Contract):
        price: ht.Float

        @ht.table_test
        def near(table):
            return table.column("price").drift_from(table.last) < 0.1

        @ht.table_test
        def not_far(table):
            return table.column("price").drift_from(table.last) <= 0.3

        @ht.table_test
        def nearer_than_ever(table):
            return table.column("price").drift_from(table.last) < table.last.column("price").sd

        @ht.table_test
        def the_same(table):
            return table.column("price").drift_from(table.last) == 0

    draw = np.random.default_rng(0)
    before = pl.DataFrame({"price": draw.normal(size=10_000)})
    earlier = {"last": Past(name="house:v1", profile=profile_table(before))}

    def judged(now: pl.DataFrame) -> dict[str, TableResult]:
        found = check_table(Held.spec, now, pasts=earlier)
        return {each.test.removeprefix("table."): each for each in found}

    two = judged(before[:2])
    assert two["near"].passed is None
    assert "price.drift_from(last) < 0.1: not judged: too few rows (2; from 404 on), " in two["near"].message
    assert "too few rows (2; from 43 on)" in two["not_far"].message
    assert "too few rows (2; from 404 on)" in two["nearer_than_ever"].message
    assert two["the_same"].passed is False
    assert judged(before[:403])["near"].passed is None
    assert judged(before[:404])["near"].passed is True
    assert judged(before[:43])["not_far"].passed is True
    # What no chance would do is told of few rows too.
    assert judged(before[:20] + 9)["near"].passed is False
    small = {"last": Past(name="house:v1", profile=profile_table(before[:50]))}
    (found, *_) = check_table(Held.spec, before, pasts=small)
    assert "not judged: house:v1 has too few rows (50) for a limit of 0.1, " in found.message


def test_thousands_of_levels_are_told_from_new_ones() -> None:
    class Codes(ht.Contract):
        code: ht.Category = ht.field(null=True)

        @ht.table_test
        def none_new(table):
            return table.column("code").unseen_share(table.last) < 0.01

    then = pl.DataFrame({"code": [f"c{each % 5000}" for each in range(20_000)]})
    now = pl.DataFrame({"code": [*(f"c{each}" for each in range(4000, 5100)), None]})
    earlier = {"last": Past(name="codes:v1", profile=profile_table(then))}
    (found,) = check_table(Codes.spec, now, pasts=earlier)
    assert found.passed is False and found.value == {"code.unseen_share(last)": 100 / 1100}
    assert found.examples[0] == 'code: "c5000" does not occur in codes:v1' and len(found.examples) == 5
    many = {"last": Past(name="codes:v1", profile=profile_table(pl.DataFrame({"code": map(str, range(10_001))})))}
    (unknown,) = check_table(Codes.spec, now, pasts=many)
    assert unknown.passed is None
    assert "not judged: codes:v1 had more levels than are kept (10,000)" in unknown.message


def test_an_estimate_says_that_it_is_one() -> None:
    class Codes(ht.Contract):
        code: ht.Text
        wall: ht.Category

        @ht.table_test
        def as_many(table):
            return table.column("code").distinct >= table.last.column("code").distinct / 2

        @ht.table_test
        def as_many_walls(table):
            return table.column("wall").distinct == table.last.column("wall").distinct

    numbers = range(2000)
    frame = pl.DataFrame({"code": [f"c{each}" for each in numbers], "wall": [f"w{each % 900}" for each in numbers]})
    earlier = {"last": Past(name="house:v1", profile=profile_table(frame, texts=["code"]))}
    codes, walls = check_table(Codes.spec, frame, pasts=earlier)
    assert codes.passed and codes.message.endswith(" (an estimate, standard error 4.4%) [table.as_many]")
    # All its levels are kept: their number is no estimate.
    assert walls.passed and walls.words.endswith("holds, wall.distinct is 900, last.wall.distinct is 900")


def test_earlier_figures_are_those_that_the_table_had() -> None:
    then = sales(3, 200)
    spec = Sale.spec
    earlier = {"last": past(then)}
    figures = TableFigures((test.expression for test in spec.table_tests), kinds=spec.kinds, pasts=earlier)
    figures.add(then)
    found = figures.values()
    assert found["last.rows"] == 200
    assert found["last.price.mean"] == pytest.approx(then["price"].mean())
    assert found["last.price.sd"] == pytest.approx(then["price"].std())
    assert found["last.price.null_share"] == pytest.approx(then["price"].null_count() / 200)
    assert found["last.price.quantile(0.5)"] == pytest.approx(then["price"].quantile(0.5, "lower"))
    assert found["last.beds.distinct"] == then["beds"].n_unique()
    assert (found["last.beds.min"], found["last.beds.max"]) == (then["beds"].min(), then["beds"].max())
    assert found["last.sold.max"] == then["sold"].max()
    wood = (then["wall"] == "wood").sum() / then["wall"].count()
    assert found['last.wall.share("wood")'] == pytest.approx(wood)
    assert found["last.pool.mean"] == pytest.approx(then["pool"].mean())
    assert found["price.drift_from(last)"] == found["pool.drift_from(last)"] == 0
    assert found["wall.unseen_share(last)"] == 0


@pytest.mark.parametrize("flags", [[True], [False], [True, False], [False, False, True, True, True], [True, True]])
def test_yes_and_no_are_numbers_as_before(flags: list[bool]) -> None:
    class Flagged(ht.Contract):
        pool: ht.Bool

        @ht.table_test
        def same(table):
            now, then = table.column("pool"), table.last.column("pool")
            same = now.mean == then.mean
            for each in ("sd", "min", "max"):
                same = same & (abs(getattr(now, each) - getattr(then, each)) < 1e-12)
            for share in (0.0, 0.5, 0.6, 1.0):
                same = same & (now.quantile(share) == then.quantile(share))
            return same

    frame = pl.DataFrame({"pool": flags})
    (found,) = check_table(Flagged.spec, frame, pasts={"last": past(frame)})
    assert found.passed is (True if len(flags) > 1 else None), found.message  # one value has no sd


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 99), n=st.integers(1, 150), cuts=st.lists(st.integers(0, 150), max_size=4))
def test_parts_are_judged_as_the_whole(seed: int, n: int, cuts: list[int]) -> None:
    frame = sales(seed, n, walls=("wood", "straw", "tin")).with_columns(store=pl.col("store") * 2)
    spec, earlier = Sale.spec, pasts()
    parts = TableFigures((test.expression for test in spec.table_tests), kinds=spec.kinds, pasts=earlier, keys=STORES)
    for start, end in itertools.pairwise([0, *sorted(min(cut, n) for cut in cuts), n]):
        parts.add(frame[start:end])
    whole = check_table(spec, frame, pasts=earlier, keys=STORES)
    for one, other in zip(judge_table(spec, parts), whole, strict=True):
        assert (one.test, one.passed, one.examples) == (other.test, other.passed, other.examples)
        for name, value in other.value.items():
            assert one.value[name] == (pytest.approx(value) if isinstance(value, float) else value)


def test_a_stored_contract_asks_the_same() -> None:
    stored = msgspec.json.decode(msgspec.json.encode(Sale.spec), type=ContractSpec)
    validate(stored)
    assert stored == Sale.spec
    frame = sales(1, 100)
    assert check_table(stored, frame, pasts=pasts(), keys=STORES) == check_table(
        Sale.spec, frame, pasts=pasts(), keys=STORES
    )


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (Statistic("drift", "price"), "compares with nothing"),
        (Statistic("drift", "price", None, "tomorrow"), "no table.tomorrow"),
        (Statistic("drift", "remark", None, "last"), "text has no .drift"),
        (Statistic("unseen_share", "price", None, "last"), "a number has no .unseen_share"),
        (Statistic("duplicates", "price", None, "last"), "of table.last no .duplicates is kept"),
        (Statistic("correlation", "price", "walls"), '"walls", which is no field'),
        (Statistic("correlation", "price", "wall"), "a category has no .correlation"),
        (Statistic("language_share", "price", "en"), "a number has no .language_share"),
        (Statistic("mean"), "mean is of no column"),
    ],
)
def test_a_stored_test_that_cannot_be_is_refused(node: Statistic, message: str) -> None:
    test = msgspec.structs.replace(Sale.spec.table_tests[0], expression=Binary(">", node, Constant("float", 0.0)))
    with pytest.raises(ContractError, match=message):
        validate(msgspec.structs.replace(Sale.spec, table_tests=(test,)))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda t: t.column("price").drift_from("last") < 1, "compares with nothing"),
        (lambda t: t.last.column("price").drift_from(t.last) < 1, "compares with nothing"),
        (lambda t: t.column("sold").drift_from(t.last) < 1, "a date has no .drift"),
        (lambda t: t.last.column("prise").mean < 1, 'no field "prise"'),
        (lambda t: t.last.column("price").duplicates < 1, "no .duplicates is kept"),
        (lambda t: t.column("photo").orphans("photos", "file") == 0, "has no .orphans"),
        (lambda t: t.correlation("beds", "wall") < 1, "has no .correlation"),
        (lambda t: t.correlation("beds", "bets") < 1, 'no field "bets"'),
        (lambda t: t.column("remark").language_share("english") > 0, "no known language"),
        (lambda t: t.column("store").orphans("stores.csv", "id") == 0, "names no column of another table"),
    ],
)
def test_what_cannot_be_asked_says_so_when_the_class_is_made(wrong: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message):

        class Wrong(Sale):
            photo: ht.Image
            bad = ht.table_test(wrong)


def test_another_table_is_not_read_live() -> None:
    with pytest.raises(ContractError, match="cannot be judged live"):

        class Wrong(ht.Contract):
            store: ht.Int

            @ht.table_test(live=True)
            def known(table):
                return table.column("store").orphans("stores", "id") == 0


def test_what_reads_earlier_rows_depends_on_volume() -> None:
    volume = {test.name: test.volume for test in Sale.spec.table_tests}
    assert [name for name, counts in volume.items() if counts] == ["as_many_rows", "figures_as_before"]
    found = check_table(Sale.spec, sales(1, 20), slice=True, pasts=pasts(), keys=STORES)
    assert found[0].passed is None and "not judged on a slice" in found[0].message


def test_the_live_contract_has_no_test_that_reads_the_target() -> None:
    names = {test.name for test in Sale.spec.live("price").table_tests}
    assert names == {"as_many_rows", "known_walls", "known_stores", "english"}


def test_keys_are_read_in_the_fields_own_type() -> None:
    (other,) = other_columns(Sale.spec)
    assert (other.table, other.column, other.kind) == ("stores", "id", "int")
    assert other.figure == statistic_name(Statistic("orphans", "store", "stores:id"))
    assert keys_in(other, pl.DataFrame({"id": ["1", "02", "2", None]}), "csv").to_list() == [1, 2]
    with pytest.raises(DataUnreadable, match="no column id"):
        keys_in(other, pl.DataFrame({"ids": [1]}), "native")
    with pytest.raises(DataUnreadable, match="of the kind of the field"):
        keys_in(other, pl.DataFrame({"id": ["one"]}), "native")


def test_a_column_that_was_not_there_has_no_past() -> None:
    earlier = {"last": past(sales(0, 50).drop("wall")), "baseline": pasts()["baseline"]}
    found = judged(sales(1, 50), earlier, STORES)["known_walls"]
    assert found.passed is None and "house:v1 had no wall that was kept" in found.message
    other_kind = {"last": past(sales(0, 50).with_columns(price=pl.lit("dear"), wall=pl.lit(1.0)))}
    found = judged(sales(1, 50), other_kind, STORES)["figures_as_before"]
    assert found.passed is None and "house:v1 had none" in found.message
    assert judged(sales(1, 50), other_kind, STORES)["known_walls"].passed is None


def test_nothing_is_made_of_no_rows() -> None:
    found = judged(sales(1, 0), pasts(), STORES)
    assert found["nothing_moved"].passed is None and found["english"].passed is None
    empty = {"last": Past(name="house:v1", profile=TableProfile(rows=0, columns=past(sales(1, 0)).profile.columns))}
    now = judged(sales(1, 50), empty, STORES)
    assert now["nothing_moved"].passed is None and now["figures_as_before"].passed is None
    assert not any(math.isnan(value) for value in now["figures_as_before"].value.values() if isinstance(value, float))


def test_drift_of_thousands_of_levels_is_the_same_however_a_table_is_cut() -> None:
    class Levels(ht.Contract):
        wall: ht.Category

        @ht.table_test
        def as_before(table):
            return table.column("wall").drift_from(table.last) < 0.3

    draw = np.random.default_rng(0)
    then = pl.DataFrame({"wall": [f"level {each}" for each in draw.integers(0, 900, 20_000)]})
    now = pl.DataFrame({"wall": [f"level {each}" for each in draw.integers(0, 3000, 20_000)]})
    pasts = {"last": Past(name="earlier data", profile=profile_table(then))}
    found = []
    for size in (20_000, 5000, 700):
        figures = TableFigures(
            (test.expression for test in Levels.spec.table_tests), kinds=Levels.spec.kinds, pasts=pasts
        )
        for start in range(0, now.height, size):
            figures.add(now.slice(start, size))
        found.append(figures.values())
    assert found[0] == found[1] == found[2]
    exact = sum(max(0.0, b - a) for a, b in _shares(then, now))
    assert found[0]["wall.drift_from(last)"] == pytest.approx(exact)


def _shares(then: pl.DataFrame, now: pl.DataFrame) -> list[tuple[float, float]]:
    counts = [frame["wall"].value_counts().with_columns(pl.col("count") / frame.height) for frame in (then, now)]
    joined = counts[0].join(counts[1], on="wall", how="full", coalesce=True).fill_null(0.0)
    return [(a, b) for _, a, b in joined.iter_rows()]


def test_another_tables_column_may_have_a_name_that_looks_like_a_pattern() -> None:
    other = OtherColumn(figure="f", table="s", column="^i.*$", kind="int")
    frame = pl.DataFrame({"id": [7, 8], "^i.*$": [1, 2], "*": [3, 4]})
    assert keys_in(other, frame, "native").to_list() == [1, 2]
    star = OtherColumn(figure="f", table="s", column="*", kind="int")
    assert keys_in(star, frame, "native").to_list() == [3, 4]
