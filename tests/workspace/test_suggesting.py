"""A contract drafted from real sales accepts them, and finds what is planted in later ones."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import holdtrue as ht
from holdtrue.contracts import BatchChecker, Contract, check_table
from holdtrue.foundation import DataNotFound, DataUnreadable, WrongUse, micros_of
from holdtrue.workspace import suggest_contract

HOUSES = Path(ht.__file__).parent / "templates" / "houses" / "houses.parquet"
ENGLISH = ["sold with the garden", "and a large garage", "near to the school", "in the old town", "the roof is new"]
FRENCH = ["vendue avec jardin", "et un grand garage", "près de l'école", "en vieille ville", "le toit est neuf"]


def remarks(phrases: list[str], n: int) -> pl.Series:
    rng = np.random.default_rng(0)
    return pl.Series([", ".join(phrases[place] for place in row) for row in rng.integers(0, 5, (n, 4))])


def drafted(text: str, name: str) -> type[Contract]:
    scope: dict[str, Any] = {"ht": ht, "dt": dt}
    exec(compile(text, "<draft>", "exec"), scope)  # noqa: S102 (as a person would paste it)
    contract: type[Contract] = scope[name]
    return contract


@pytest.fixture(scope="module")
def houses() -> pl.DataFrame:
    frame = pl.read_parquet(HOUSES)
    return frame.with_columns(remark=remarks(ENGLISH, frame.height))


@pytest.fixture(scope="module")
def contract(houses: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> type[Contract]:
    file = tmp_path_factory.mktemp("draft") / "sales.csv"
    houses.filter(pl.col("sdate") < dt.date(1996, 1, 1)).write_csv(file)
    found = suggest_contract(file, "Sale")
    fresh = '\n    @ht.table_test\n    def fresh(table):\n        return table.column("sdate").age_days < 45\n'
    return drafted(found.text + fresh, "Sale")


@pytest.fixture(scope="module")
def later(houses: pl.DataFrame) -> pl.DataFrame:
    return houses.filter(pl.col("sdate") >= dt.date(1998, 1, 1))


def found_by(contract: type[Contract], frame: pl.DataFrame) -> set[str]:
    """Return the tests that more than 1 % of the rows, or the table, fail."""
    result = BatchChecker(contract.spec).check(frame)
    now = micros_of(dt.date(1998, 10, 31))
    tables = check_table(contract.spec, result.accepted, now=now)
    rows = {test.test for test in result.tests if test.failed > 0.01 * result.rows}
    return rows | {table.test for table in tables if table.passed is False}


def test_it_accepts_what_it_was_made_of(contract: type[Contract], houses: pl.DataFrame) -> None:
    sales = houses.filter(pl.col("sdate") < dt.date(1996, 1, 1))
    result = BatchChecker(contract.spec).check(sales)
    assert result.refused.mean() <= 0.001
    tables = check_table(contract.spec, result.accepted, now=micros_of(dt.date(1996, 1, 1)))
    assert [table.message for table in tables if table.passed is not True] == []


def test_it_accepts_later_sales_in_which_nothing_is_planted(contract: type[Contract], later: pl.DataFrame) -> None:
    assert BatchChecker(contract.spec).check(later).refused.mean() < 0.005
    assert found_by(contract, later) == set()


def shifted(frame: pl.DataFrame) -> pl.DataFrame:
    """Each column has the values of the one before it."""
    before = [frame.columns[-1], *frame.columns[:-1]]
    return frame.select(pl.col(old).alias(new) for new, old in zip(frame.columns, before, strict=True))


def with_straw(frame: pl.DataFrame) -> pl.DataFrame:
    every_twentieth = pl.int_range(pl.len()) % 20 == 0
    return frame.with_columns(wall=pl.when(every_twentieth).then(pl.lit("straw")).otherwise("wall"))


PLANTED = {
    "sign flipped": (lambda f: f.with_columns(-pl.col("garagesqft")), {"garagesqft.ge"}),
    "square metres": (lambda f: f.with_columns((pl.col("area") * 0.0929).cast(pl.Int64)), {"table.area_as_usual"}),
    "shifted by one": (shifted, {"stories.type"}),
    "swapped": (
        lambda f: f.rename({"beds": "baths", "baths": "beds"}),
        {"table.beds_as_usual", "table.baths_as_usual"},
    ),
    "text cut": (lambda f: f.with_columns(pl.col("garage").str.slice(0, 4)), {"garage.allowed"}),
    "a block twice": (lambda f: pl.concat([f, f[:300]]), {"table.no_block_twice"}),
    "stale": (lambda f: f.with_columns(pl.col("sdate").dt.offset_by("-1y")), {"table.fresh"}),
    "new category": (with_straw, {"wall.allowed"}),
    "constant": (lambda f: f.with_columns(rooms=pl.lit(6)), {"table.rooms_as_usual"}),
    "another language": (
        lambda f: f.with_columns(remark=remarks(FRENCH, f.height)),
        {"table.remark_in_the_usual_language"},
    ),
}


@pytest.mark.parametrize("defect", PLANTED)
def test_planted_defects_are_found(contract: type[Contract], later: pl.DataFrame, defect: str) -> None:
    plant, expected = PLANTED[defect]
    assert expected <= found_by(contract, plant(later))


def test_columns_of_any_name_and_kind_make_a_contract_that_runs(tmp_path: Path) -> None:
    rows = 400
    frame = pl.DataFrame(
        {
            "Sale Price ($)": [None if place % 10 == 0 else 100.5 + place for place in range(rows)],
            "class": [f"c{place % 3}" for place in range(rows)],
            "order id": [f"AB-{place:05d}" for place in range(rows)],
            "2nd": [place % 2 == 0 for place in range(rows)],
            "at": [dt.datetime(2026, 1, 1) + dt.timedelta(hours=place) for place in range(rows)],
            "whole with gaps": [None if place == 7 else float(place) for place in range(rows)],
            "empty": pl.Series([None] * rows, dtype=pl.String),
            "back\\slash": ["a", "b"] * (rows // 2),
        }
    )
    for file, write in ((tmp_path / "x.parquet", frame.write_parquet), (tmp_path / "x.csv", frame.write_csv)):
        write(file)
        found = suggest_contract(file)
        contract = drafted(found.text, "X")
        kinds = {field.column or field.name: field.kind for field in contract.spec.fields}
        assert kinds == {
            "Sale Price ($)": "float",
            "class": "category",
            "order id": "key",
            "2nd": "bool",
            "at": "datetime",
            "whole with gaps": "int",
            "empty": "text",
            "back\\slash": "category",
        }
        read = frame if file.suffix == ".parquet" else pl.read_csv(file, infer_schema=False)
        result = BatchChecker(contract.spec).check(read, spelling="native" if file.suffix == ".parquet" else "csv")
        assert not result.refused.any(), result.quarantine["reasons"].to_list()[:3]
        assert all(table.passed for table in check_table(contract.spec, result.accepted))
        assert contract.spec.field("order_id").pattern is None  # type: ignore[union-attr]
        assert any(test.name == "order_id_unique" for test in contract.spec.table_tests)
    with pytest.raises(DataNotFound, match="no such file"):
        suggest_contract(tmp_path / "y.csv")


def test_a_few_typing_errors_do_not_change_a_column_s_kind(tmp_path: Path) -> None:
    values = [str(place) for place in range(20_000)]
    values[77] = "l77"
    pl.DataFrame({"n": values}).write_csv(tmp_path / "x.csv")
    (field,) = suggest_contract(tmp_path / "x.csv").fields
    assert field.kind == "int" and "1 is of another kind" in field.why


HOSTILE = {
    "sale price": [1, 2], "sale_price": [3, 4], "row": [1, 2], "row_": [1, 2], "Row!": [1, 2], "Area (m²)": [1.5, 2.5],
    "length_\u00b5m": [1, 2], "dt": [dt.date(2026, 1, 1)] * 2, "day": [dt.date(2026, 1, 2)] * 2, "ht": [1, 2],
    "spec": [1, 2], "x_as_usual": [1, 2], "x": [1, 2], "no_block_twice": [1, 2], "_": [1, 2], "__init__": [1, 2],
    "class": [True, False], "huge": [1e300, -1e300], "tiny": [1e-15, 2e-13], "hash": [2**63 - 1, -(2**63)],
    "big": [1e19, 3e19], "minus tiny": [-1e-15, -2e-13], "inf": [1.0, float("inf")], "list": [[1], [2]],
    "quoted": ['A-"1"', 'A-"2"'], "carriage": ["a\r1", "a\r2"], "constant": [0, 0], "year 0": [-44, -43],
}  # fmt: skip


def test_any_columns_make_a_contract_that_compiles_and_takes_its_own_rows(tmp_path: Path) -> None:
    frame = pl.DataFrame(HOSTILE)
    frame = pl.concat([frame] * 100)
    levels = [f"level number {place}, of some & more" for place in range(8)]
    frame = frame.with_columns(levels=pl.Series([levels[place % 8] for place in range(200)]))
    file = tmp_path / 'no"ne.parquet'
    frame.write_parquet(file)
    found = suggest_contract(file)
    assert set(frame.columns) == {field.column for field in found.fields}
    contract = drafted(found.text, found.name)
    result = BatchChecker(contract.spec).check(frame)
    wrong = {test.test for test in result.tests if test.failed}
    assert wrong == {"inf.type"}  # what is not finite is refused, whatever is suggested
    assert result.quarantine.height == 100
    for name in ("none.csv", "true.csv", "½ ²x.csv", "2024.csv"):
        frame.select("x").write_csv(tmp_path / name)
        other = suggest_contract(tmp_path / name)
        drafted(other.text, other.name)
    for name in ("class", "lambda", "ht", "dt"):
        with pytest.raises(WrongUse, match="cannot be the name of a class"):
            suggest_contract(file, name)


def test_codes_that_begin_with_0_are_text(tmp_path: Path) -> None:
    pl.DataFrame({"zip": [f"0{place}" for place in range(1000, 1200)]}).write_csv(tmp_path / "x.csv")
    (field,) = suggest_contract(tmp_path / "x.csv").fields
    assert (field.kind, field.options["pattern"]) == ("text", 'r"[0-9]{5}"')


def test_a_drafted_test_that_the_table_does_not_keep_to_is_left_out_and_said(tmp_path: Path) -> None:
    file = tmp_path / "twice.csv"
    rows = pl.DataFrame(
        {"order_id": [f"{place:05d}" for place in range(900)], "n": [place % 7 for place in range(900)]}
    )
    pl.concat([rows, rows[:80]]).write_csv(file)
    found = suggest_contract(file)
    contract = drafted(found.text, "Twice")
    assert {test.name for test in contract.spec.table_tests} == {"n_as_usual"}
    assert len(found.left_out) == 2
    assert "duplicate_rows is 80" in found.left_out[1]
    assert "left out, as this table does not keep to it: order_id.duplicates == 0" in found.text


def test_a_marker_among_numbers_is_read_as_no_value(tmp_path: Path) -> None:
    file = tmp_path / "gaps.csv"
    sizes = ["NA" if place % 20 == 0 else " ? " if place % 50 == 1 else str(place) for place in range(1000)]
    days = ["-" if place % 9 == 0 else f"2026-01-{place % 28 + 1:02d}" for place in range(1000)]
    levels = ["?" if place % 9 == 0 else "ab"[place % 2] for place in range(1000)]
    pl.DataFrame({"size": sizes, "day": days, "level": levels}).write_csv(file)
    found = suggest_contract(file)
    spec = drafted(found.text, "Gaps").spec
    assert [(field.kind, field.missing, field.null) for field in spec.fields] == [
        ("int", ("NA", "?"), True),
        ("date", ("-",), True),
        ("category", (), False),
    ]
    assert 'missing in 7% of the rows (50 "NA", 20 "?")' in found.text
    assert '112 "?" may stand for no value: then say missing=[...] and null=True' in found.text
    result = BatchChecker(spec).check(pl.read_csv(file, infer_schema=False), spelling="csv")
    assert not result.refused.any()
    assert result.accepted["size"].null_count() == 70
    native = BatchChecker(spec).check(pl.DataFrame({"size": ["NA"], "day": ["-"], "level": ["a"]}))
    assert [test.test for test in native.failed] == ["size.type", "day.type"]


def test_a_column_without_a_name_is_left_out_and_said(tmp_path: Path) -> None:
    file = tmp_path / "indexed.csv"
    file.write_text(",price,beds\n" + "".join(f"{row},{100 + row},{row % 5}\n" for row in range(50)), encoding="utf-8")
    found = suggest_contract(file, "Sale")
    assert [draft.name for draft in found.fields] == ["price", "beds"]
    assert "# left out: a column without a name" in found.text
    frame = pl.read_csv(file, infer_schema=False)
    assert BatchChecker(drafted(found.text, "Sale").spec).check(frame, spelling="csv").refused.sum() == 0


def test_a_key_has_no_limits_for_the_next_rows_have_other_ones(tmp_path: Path) -> None:
    pl.DataFrame({"order_id": range(100_000, 103_000), "y": [place % 7 for place in range(3000)]}).write_csv(
        tmp_path / "x.csv"
    )
    contract = drafted(suggest_contract(tmp_path / "x.csv").text, "X")
    assert (contract.spec.fields[0].kind, contract.spec.fields[0].unique) == ("key", True)
    later = pl.DataFrame({"order_id": ["111000", "7"], "y": ["1", "2"]})
    assert not BatchChecker(contract.spec).check(later, spelling="csv").refused.any()


@pytest.mark.parametrize("text", ["a;b;c\n1;2;x\n", "a;b\n1,5;2\n", "a\tb\n1\t2\n"])
def test_a_file_that_other_signs_part_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(DataUnreadable, match=r"fields parted by (;|tabs), where a .csv file has commas"):
        suggest_contract(tmp_path / "x.csv")


def test_a_column_that_was_counted_to_be_all_different_says_so(tmp_path: Path) -> None:
    codes = [f"SKU-{place:06d}" for place in range(5574)]
    frame = pl.DataFrame({"sku_code": codes, "shop_code": [*codes[:-1], codes[0]]})
    frame.write_parquet(tmp_path / "codes.parquet")
    found = suggest_contract(tmp_path / "codes.parquet")
    sku, shop = (field.why for field in found.fields)
    assert "def sku_code_is_unique" in found.text and "all different" in sku and "most or all" not in sku
    assert "def shop_code_is_unique" not in found.text and "most or all different" in shop
