"""Files compared: of two formats, with strays, in parts, with what could be read only of the whole."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl
import pytest

import holdtrue as ht
from holdtrue.foundation import DataNotFound
from holdtrue.monitors.comparison import ColumnComparison, ComparisonSettings
from holdtrue.sources import parts
from holdtrue.workspace import ComparedTables, TableToCompare, compare


def compared(before: Path, now: Path, **options: object) -> ComparedTables:
    return compare(TableToCompare.of(before, ""), TableToCompare.of(now, ""), ComparisonSettings(), **options)  # type: ignore[arg-type]


def column(found: ComparedTables, name: str) -> ColumnComparison:
    return next(each for each in found.comparison.columns if each.name == name)


def in_parts_of(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real = parts.table_parts
    small = partial(real, rows=rows)
    monkeypatch.setattr("holdtrue.workspace.comparing.table_parts", small)


def frame(rows: int) -> pl.DataFrame:
    number = pl.int_range(rows, eager=True)
    return pl.DataFrame(
        {
            "price": (number * 7919 % 1000) / 4,
            "beds": number % 5,
            "wall": pl.Series(["wood", "brick", "stone"])[(number % 3).to_list()],
            "sold": pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 1, 1) + pl.duration(days=rows - 1), eager=True),
        }
    )


def test_one_table_in_four_formats_is_the_same(tmp_path: Path) -> None:
    table = frame(1000)
    table.write_csv(tmp_path / "t.csv")
    table.write_parquet(tmp_path / "t.parquet")
    table.with_columns(pl.col("sold").cast(pl.String)).write_ndjson(tmp_path / "t.jsonl")
    table.write_csv(tmp_path / "t.tsv", separator="\t")
    for other in ("t.parquet", "t.jsonl", "t.tsv"):
        found = compared(tmp_path / "t.csv", tmp_path / other).comparison
        assert {each.name: (each.kind, each.moved) for each in found.columns} == {
            "price": ("float", 0.0),
            "beds": ("int", 0.0),
            "wall": ("category", 0.0),
            "sold": ("date", 0.0),
        }
        assert not found.changed


def test_parts_give_what_the_whole_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame(1500).write_csv(tmp_path / "a.csv")
    frame(900).with_columns(pl.col("beds") + 1).write_csv(tmp_path / "b.csv")
    whole = compared(tmp_path / "a.csv", tmp_path / "b.csv").comparison
    in_parts_of(100, monkeypatch)
    in_parts = compared(tmp_path / "a.csv", tmp_path / "b.csv").comparison
    assert {*in_parts.changed} == {*whole.changed} == {"beds", "sold"}
    verdicts = [{each.name: each.verdict for each in found.columns} for found in (in_parts, whole)]
    assert verdicts[0] == verdicts[1]


def test_values_of_another_kind_are_counted_and_told(tmp_path: Path) -> None:
    frame(1000).write_csv(tmp_path / "a.csv")
    spoilt = frame(1000).with_columns(
        beds=pl.when(pl.int_range(pl.len()) % 50 == 0).then(pl.lit("many")).otherwise(pl.col("beds").cast(pl.String))
    )
    spoilt.write_csv(tmp_path / "b.csv")
    beds = column(compared(tmp_path / "a.csv", tmp_path / "b.csv"), "beds")
    assert beds.kind == "int" and beds.now is not None and beds.now.missing == pytest.approx(0.02)
    assert "20 values of" in " ".join(beds.remarks) and "cannot be read as whole numbers" in " ".join(beds.remarks)


def test_a_column_that_the_first_rows_did_not_show_is_read_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first part says whole numbers; later ones have halves, then words."""
    in_parts_of(200, monkeypatch)
    number = pl.int_range(1000, eager=True)
    rows = [f"{n},{n}" if n < 500 else f"{n}.5,word" for n in number]
    (tmp_path / "b.csv").write_text("\n".join(["n,m", *rows]))
    found = {each.name: each for each in compared(tmp_path / "b.csv", tmp_path / "b.csv").comparison.columns}
    assert found["n"].kind == "float" and found["n"].now is not None and found["n"].now.missing == 0
    assert found["m"].kind == "text" and found["m"].now is not None and found["m"].now.missing == 0


def test_a_file_that_is_not_there_or_empty_is_told(tmp_path: Path) -> None:
    frame(10).write_csv(tmp_path / "a.csv")
    (tmp_path / "none.csv").write_text("price,beds\n")
    for other in ("missing.csv", "none.csv"):
        with pytest.raises(DataNotFound):
            compared(tmp_path / "a.csv", tmp_path / other)


def test_all_missing_columns_take_the_kind_of_the_other_table(tmp_path: Path) -> None:
    frame(400).write_csv(tmp_path / "a.csv")
    frame(400).with_columns(price=None).write_csv(tmp_path / "b.csv")
    price = column(compared(tmp_path / "a.csv", tmp_path / "b.csv"), "price")
    assert (price.kind, price.verdict, price.event, price.event_now) == ("float", "changed", "(missing)", 1.0)


def test_a_table_without_rows_is_no_table_without_changes() -> None:
    rows = pl.DataFrame({"beds": [1, 2, 3]})
    found = ht.compare(rows, rows.head(0))
    assert not found.changed and "Nothing to compare: no rows in now" in found.html()
    assert "Nothing to compare: no rows in now" in str(found)
