"""JSON lines whose values are of several sorts are judged value by value, as live rows are."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import holdtrue as ht
from holdtrue.contracts import BatchChecker, RowChecker, as_mixed, check_parts, gather, suggest, unmixed
from holdtrue.project import FilesSource
from holdtrue.sources import read_files, table_parts
from holdtrue.sources.faults import look_through_json


class Row(ht.Contract):
    """A row of several kinds."""

    id: ht.Key
    n: ht.Int = ht.field(ge=0, null=True)
    x: ht.Float = ht.field(null=True, le=5)
    b: ht.Bool = ht.field(null=True)
    name: ht.Text = ht.field(null=True, max_length=4)
    tags: ht.List[ht.Text] = ht.field(null=True)
    day: ht.Date = ht.field(null=True)


ROWS: list[dict[str, Any]] = [
    {"id": 1, "n": 3, "x": 1.5, "b": True, "name": "ann", "tags": ["a"], "day": "2020-01-31", "extra": 1},
    {"id": "two", "n": "3", "x": "1.5", "b": 1, "name": 7, "tags": "a", "day": 5, "extra": "x"},
    {"id": 3, "n": -1, "x": 9, "b": "true", "name": "longer", "tags": [], "day": "no", "extra": None},
    {"id": 4.5, "n": 3.0, "x": [1], "b": False, "name": {"a": 1}, "tags": ["a", "b"], "day": None, "extra": [1]},
    {"id": "five", "n": None, "x": None, "extra": {"y": 1}},
]

cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-9, 9),
    st.floats(-9, 9),
    st.text(max_size=5),
    st.lists(st.text(max_size=2), max_size=2),
)
tables = st.lists(
    st.fixed_dictionaries(
        {"id": st.one_of(st.integers(0, 9), st.text(max_size=3))},
        optional=dict.fromkeys(("n", "x", "b", "name", "tags", "day", "extra"), cells),
    ),
    min_size=1,
    max_size=8,
)


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)
    return path


def live(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Say what is wrong with each row, as a live row; a member that is not there is null in a table of others."""
    known = [name for name in Row.spec.kinds if any(name in row for row in rows)]
    checker = RowChecker(Row.spec)
    return [[each.message for each in checker.check({name: row.get(name) for name in known}).failures] for row in rows]


def told(frame: pl.DataFrame) -> list[list[str]]:
    return [[each.message for each in failures] for failures in BatchChecker(Row.spec).failures(frame)]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_verdicts_are_those_of_live_rows(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, ROWS)
    frame = read_files(tmp_path, FilesSource(pattern=name)).frame
    assert frame.height == 5 and told(frame) == live(ROWS)
    (part,) = table_parts([(path, name)])
    assert told(part.frame) == live(ROWS)
    assert look_through_json(write(tmp_path / "plain.jsonl", ROWS), "x") == (None, tuple(ROWS[0]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=tables)
def test_any_rows_get_the_verdicts_of_live_ones(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    path = write(tmp_path / "any.jsonl", rows)
    found = [failures for part in table_parts([(path, "any.jsonl")], rows=3) for failures in told(part.frame)]
    assert found == live(rows)


def test_yes_and_no_beside_numbers_are_found_too(tmp_path: Path) -> None:
    for rows in ([{"id": 0, "n": 0}, {"id": 1, "n": False}], [{"id": 0, "b": True}, {"id": 1, "b": 0}]):
        (part,) = table_parts([(write(tmp_path / "x.jsonl", rows), "x.jsonl")])
        assert told(part.frame) == live(rows)
        assert told(read_files(tmp_path, FilesSource(pattern="x.jsonl")).frame) == live(rows)


def test_parts_and_quarantine_hold_the_values(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", ROWS * 40)
    parts = list(table_parts([(path, "rows.jsonl")], rows=64))
    assert [part.rows_before for part in parts] == [0, 64, 128, 192]
    results = [result for _, result in check_parts(BatchChecker(Row.spec), parts)]
    assert sum(result.rows for result in results) == 200
    aside = pl.concat([unmixed(result.quarantine) for result in results])
    assert aside["n"].to_list()[:2] == ['"3"', "-1"] and aside["x"].to_list()[0] == '"1.5"'
    assert "extra" in aside.columns and aside["extra"].dtype == pl.String


def test_files_of_one_sort_and_of_several_go_together(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", [{"id": 1, "n": 3}, {"id": 2, "n": "three"}])
    write(tmp_path / "b.jsonl", [{"id": 3, "n": 4}])
    frame = read_files(tmp_path, FilesSource(pattern="*.jsonl")).frame
    assert told(frame) == [[], ['n: "three" is not a whole number [n.type]'], []]
    assert as_mixed(pl.Series("n", [4, None])).to_list() == [{"?json": "4"}, None]
    files = [(tmp_path / name, name) for name in ("a.jsonl", "b.jsonl")]
    assert [len(told(part.frame)) for part in table_parts(files)] == [2, 1]


def test_a_draft_goes_by_what_nearly_all_values_are(tmp_path: Path) -> None:
    rows = [{"rooms": n % 5, "area": n + 0.5, "code": n if n % 2 else f"x{n}"} for n in range(100)]
    rows[7]["rooms"], rows[8]["area"], rows[9]["area"] = "3", "large", 7
    (part,) = table_parts([(write(tmp_path / "d.jsonl", rows), "d.jsonl")])
    drafts = {
        name: suggest({name: gather(part.frame[name], part.spelling)})[0].kind for name in ("rooms", "area", "code")
    }
    assert drafts == {"rooms": "int", "area": "float", "code": "text"}
