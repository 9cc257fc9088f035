"""A draft of any table can be imported and passes on the table itself; where there are rows enough it trains."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from holdtrue.contracts import BatchChecker, Bounds, Contract, ContractSpec, FieldSpec, check_table
from holdtrue.foundation import DataUnreadable
from holdtrue.pipeline import RunRequest, travel
from holdtrue.workspace import draft_project, open_workspace, suggest_contract


def house(place: int) -> dict[str, Any]:
    return {
        "order id": f"A-{place:04d}",
        "sold": dt.date(2026, 1, 1) + dt.timedelta(days=place % 90),
        "garage": ["none", "one", "two"][place % 3],
        "remark": f"the house is by the sea, number {place}",
        "new": place % 2 == 0,
        "beds": place % 5,
        "Price ($)": 100_000.5 + 917 * (place % 37),
    }


def wide(rows: int) -> pl.DataFrame:
    draw = np.random.default_rng(0)
    columns: dict[str, Any] = {f"number {place}": draw.normal(place, 1, rows) for place in range(150)}
    columns |= {f"flag {place}": draw.integers(0, 2, rows) for place in range(75)}
    columns |= {f"level {place}": draw.choice(["a", "b", "c"], rows) for place in range(75)}
    return pl.DataFrame(columns).with_columns(y=pl.col("number 0") * 2 + pl.col("flag 0"))


def keywords(rows: int) -> pl.DataFrame:
    names = ["class", "def", "None", "import", "lambda", "self", "row", "table", "rule", "ht", "dt", "spec", "and", "y"]
    return pl.DataFrame({name: [(place * (at + 3)) % 50 for place in range(rows)] for at, name in enumerate(names)})


def unicode(rows: int) -> pl.DataFrame:
    names = ["Größe", "価格", "дата", "ﬁeld", "µ", "μ", "a b", "a_b", "a-b", " a b ", "😀", "2nd", "é", "e\u0301", "y"]
    return pl.DataFrame({name: [(place * (at + 3)) % 50 for place in range(rows)] for at, name in enumerate(names)})


TABLES: dict[str, tuple[pl.DataFrame, str]] = {
    "one row": (pl.DataFrame([house(0)]), ""),
    "five rows": (pl.DataFrame([house(place) for place in range(5)]), ""),
    "nineteen rows": (pl.DataFrame([house(place) for place in range(19)]), ""),
    "thirty rows": (pl.DataFrame([house(place) for place in range(30)]), ""),
    "many rows": (pl.DataFrame([house(place) for place in range(400)]), "Price ($)"),
    "all null": (pl.DataFrame({"a": [None] * 200, "b": [None] * 200, "y": range(200)}), ""),
    "constant": (
        pl.DataFrame({"zero": [0] * 300, "word": ["x"] * 300, "day": [dt.date(2026, 1, 1)] * 300,
                      "yes": [True] * 300, "size": [2.5] * 300, "y": [place % 7 for place in range(300)]}),
        "y",
    ),
    "mixed": (
        pl.DataFrame({"a": [["1", "x", "2026-01-01", "", "3.5", "true"][place % 6] for place in range(300)],
                      "b": [["1", "2.5"][place % 2] for place in range(300)],
                      "c": ["yes" if place % 50 else "no" for place in range(300)],
                      "y": [str(place % 7) for place in range(300)]}),
        "y",
    ),
    "wide": (wide(300), "y"),
    "keywords": (keywords(300), "y"),
    "unicode": (unicode(300), "y"),
    "rare": (
        pl.DataFrame({"flag": [int(place == 3) for place in range(400)], "gap": [None, *range(399)],
                      "zeros": [max(0, place - 390) * 1000 for place in range(400)],
                      "y": [place % 7 for place in range(400)]}),
        "y",
    ),
}  # fmt: skip


def declared(text: str, name: str) -> ContractSpec:
    scope: dict[str, Any] = {}
    exec(compile(text, "<draft>", "exec"), scope)  # noqa: S102 (as a person would paste it)
    contract: type[Contract] = scope[name]
    return contract.spec


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize("table", TABLES)
def test_a_draft_passes_on_its_own_table(tmp_path: Path, table: str, ending: str) -> None:
    frame, _ = TABLES[table]
    file = tmp_path / f"my table.{ending}"
    {"csv": frame.write_csv, "parquet": frame.write_parquet, "jsonl": frame.write_ndjson}[ending](file)
    found = suggest_contract(file)
    spec = declared(found.text, found.name)
    assert {field.column or field.name for field in spec.fields} == set(frame.columns)
    read = pl.read_csv(file, infer_schema=False) if ending == "csv" else frame
    if ending == "jsonl":
        read = pl.read_ndjson(file, infer_schema_length=None)
    result = BatchChecker(spec).check(read, spelling="csv" if ending == "csv" else "native")
    assert [test.message for test in result.failed] == []
    tables = check_table(spec, result.accepted)
    assert [test.message for test in tables if test.passed is not True] == []


@pytest.mark.parametrize("table", [name for name, (_, target) in TABLES.items() if target])
def test_a_draft_trains_as_it_is(tmp_path: Path, table: str) -> None:
    frame, target = TABLES[table]
    file = tmp_path / "my table.csv"
    frame.write_csv(file)
    draft_project(tmp_path / "mine", file, target)
    report = travel(RunRequest(why="a test"), open_workspace(tmp_path / "mine", environ={}).ground)
    assert (report.status, report.refused) == ("registered", 0)


def test_a_column_that_is_named_twice_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b,a\n1,2,3\n")
    with pytest.raises(DataUnreadable, match="a"):
        suggest_contract(tmp_path / "x.csv")


def test_few_rows_give_no_limits(tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    TABLES["five rows"][0].write_parquet(file)
    found = suggest_contract(file)
    assert all(not {"ge", "gt", "le", "lt", "allowed", "pattern", "max_length"} & set(f.options) for f in found.fields)
    assert "too few for limits" in found.text
    assert [test.name for test in declared(found.text, "X").table_tests] == ["no_block_twice"]


def test_a_wide_table_has_few_tests(tmp_path: Path) -> None:
    file = tmp_path / "x.parquet"
    TABLES["wide"][0].write_parquet(file)
    spec = declared(suggest_contract(file).text, "X")
    names = [test.name for test in spec.table_tests]
    assert sum(name.endswith("_as_usual") for name in names) == 30
    assert [name for name in names if not name.endswith("_as_usual")] == [
        "columns_vary", *(f"columns_vary_{place}" for place in range(2, 8)), "no_block_twice",
    ]  # fmt: skip


def by_column(tmp_path: Path, columns: dict[str, list[Any]]) -> tuple[ContractSpec, str]:
    file = tmp_path / "x.parquet"
    pl.DataFrame(columns).write_parquet(file)
    found = suggest_contract(file)
    return declared(found.text, "X"), found.text


def test_each_kind_of_column_is_given_what_a_person_would_write(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    rows = 2000
    spec, text = by_column(
        tmp_path,
        {
            "won": (draw.random(rows) < 0.03).astype(int).tolist(),
            "rooms": draw.integers(1, 9, rows).tolist(),
            "visits": draw.poisson(0.1, rows).tolist(),
            "price": np.exp(draw.normal(10, 2, rows)).tolist(),
            "balance": draw.normal(0, 100, rows).tolist(),
            "age": draw.integers(18, 67, rows).tolist(),
            "yearBuilt": draw.integers(1900, 2020, rows).tolist(),
            "year": draw.integers(2020, 2026, rows).tolist(),
            "lat": draw.normal(41.6, 0.1, rows).tolist(),
            "sale_date": [240_101 + place % 28 for place in range(rows)],
            "fixed": [7] * rows,
            "plate": [f"{draw.integers(100, 999)}-AB" for _ in range(rows)],
        },
    )
    limits = {field.name: (field.refuse.ge, field.refuse.gt, field.refuse.le) for field in spec.fields}
    assert limits["won"] == (0, None, 1)
    assert limits["rooms"] == (1, None, 12)
    assert limits["visits"][0] == 0
    assert limits["price"][:2] == (None, 0)
    assert limits["balance"][0] < -300
    assert limits["age"] == (0, None, 130)
    assert limits["yearBuilt"] == (1800, None, 2100)
    assert limits["year"] == (1900, None, 2100)
    assert limits["lat"] == (-90, None, 90)
    assert spec.field("plate").pattern == "[0-9]+\\-[A-Z]+"  # type: ignore[union-attr]
    tests = {test.name for test in spec.table_tests}
    # What moves on with time, is fixed, or is 0 or 1, has no middle to keep to.
    assert tests == {
        "rooms_as_usual", "visits_as_usual", "price_as_usual", "balance_as_usual", "age_as_usual", "yearBuilt_as_usual",
        "lat_as_usual", "columns_vary", "no_block_twice",
    }  # fmt: skip
    assert '(table.column("visits").mean <= 0.2' in text
    told = (
        "0 or 1, of which ", "an age by its name", "a year by its name", "always 7", "if these are days in digits",
        "# the mean was 0.", "half of the values were from", "it had more than one value",
    )  # fmt: skip
    for said in told:
        assert said in text


def test_no_limit_of_a_mean_lies_beyond_the_values(tmp_path: Path) -> None:
    rows = 1000
    spec, text = by_column(tmp_path, {"zeros": [place == 5 for place in range(rows)],
                                      "amounts": [0] * 900 + [place * 1000 for place in range(100)]})  # fmt: skip
    assert "-" not in text.split("class X")[1].replace("->", "")
    assert {test.name for test in spec.table_tests} == {"amounts_as_usual", "columns_vary"}


KEYS = [
    ("id", 25, True), ("id", 10, False), ("customer_id", 25, False), ("customer_id", 120, True),
    ("PassengerId", 120, True), ("number", 25, False), ("number", 120, True), ("orderNo.", 120, True),
    ("paid", 120, False), ("grid", 120, False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "rows", "key"), KEYS)
def test_a_key_is_the_same_to_a_draft_and_to_a_new_project(tmp_path: Path, name: str, rows: int, key: bool) -> None:
    file = tmp_path / "x.csv"
    pl.DataFrame({name: range(rows), "b": [place % 9 for place in range(rows)], "y": range(rows)}).write_csv(file)
    kinds = {field.column: field.kind for field in suggest_contract(file).fields}
    drafted = draft_project(tmp_path / "mine", file, "y")
    assert (kinds[name] == "key") is key
    assert any(note.startswith("the key is") for note in drafted.notes) is key


def test_a_constant_tells_no_range_but_a_flag_has_two_values(tmp_path: Path) -> None:
    rows = 120
    spec, text = by_column(
        tmp_path,
        {
            "on": [1] * rows,
            "off": [0.0] * rows,
            "few": [7] * rows,
            "far": [-12.5] * rows,
            "year": [2024] * rows,
            "free": [float(place) for place in range(rows)],
        },
    )
    limits = {field.name: field.refuse for field in spec.fields}
    assert limits["on"] == limits["off"] == Bounds(ge=0, le=1)
    assert limits["few"] == limits["far"] == Bounds()
    assert limits["year"] == Bounds(ge=1900, le=2100)
    assert "always 1\n    on: ht.Int = ht.field(ge=0, le=1)\n" in text


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_whole_numbers_beyond_doubles_are_written_to_the_last_figure(tmp_path: Path, ending: str) -> None:
    far = 91 * 10**15  # doubles are 16 apart there
    columns = {
        "code": [far + 1 + place % 2 for place in range(120)],
        "same": [-far - 3] * 120,
        "free": [place / 7 for place in range(120)],
    }
    file = tmp_path / f"x.{ending}"
    frame = pl.DataFrame(columns)
    frame.write_csv(file) if ending == "csv" else frame.write_parquet(file)
    text = suggest_contract(file).text
    assert "91,000,000,000,000,001 to 91,000,000,000,000,002\n" in text
    assert "always -91,000,000,000,000,003\n" in text
    code = declared(text, "X").field("code")
    assert isinstance(code, FieldSpec) and code.refuse.le == 92 * 10**15 and code.refuse.ge == far
