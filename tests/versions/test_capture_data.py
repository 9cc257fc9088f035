"""Data versions: files as they are, tables that holdtrue writes, the same id for the same content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from holdtrue.foundation import DataNotFound, DataUnreadable, WrongUse
from holdtrue.sources import file_hash, read_table
from holdtrue.store import Store, open_store
from holdtrue.versions import (
    DataManifest,
    FirstSeen,
    capture_environment,
    capture_files,
    capture_table,
    describe_environment,
    get_manifest,
)

Write = Callable[..., Path]


def restored(store: Store, data_id: str) -> pl.DataFrame:
    files = get_manifest(store, data_id, DataManifest).files
    frames = [read_table(b"".join(store.read_blob(entry.blob)), name=entry.path).frame for entry in files]
    return pl.concat(frames, how="diagonal_relaxed")


def test_files_are_kept_as_they_are(store: Store, root: Path, write: Write) -> None:
    write({"data/b.csv": "zip,beds\n00702,4\n", "data/a.csv": "zip,beds\n00701,3\n\n"})
    paths = [root / "data/b.csv", root / "data/a.csv"]
    data = capture_files("sales", paths, store, root=root, at=5)
    manifest = get_manifest(store, data, DataManifest)
    assert [entry.path for entry in manifest.files] == ["data/a.csv", "data/b.csv"]
    assert (manifest.rows, manifest.columns, manifest.table) == (2, {"zip": "String", "beds": "String"}, False)
    assert manifest.files[0].blob.id == file_hash(root / "data/a.csv")
    assert restored(store, data).rows() == [("00701", "3"), ("00702", "4")]
    assert capture_files("sales", paths[::-1], store, root=root, at=6) == data
    assert [get_manifest(store, note, FirstSeen).at for note in store.objects("first-seen")] == [5]
    write({"data/a.csv": "zip,beds\n00701,5\n"})
    assert capture_files("sales", paths, store, root=root, at=7) != data


def test_files_that_are_no_tables_have_no_rows(store: Store, root: Path, write: Write) -> None:
    write({"notes/1.txt": "a note"})
    data = capture_files("notes", [root / "notes/1.txt"], store, root=root, at=1)
    manifest = get_manifest(store, data, DataManifest)
    assert (manifest.rows, manifest.columns) == (None, {})


def test_an_image_is_a_row_and_beside_a_table_what_this_names(store: Store, root: Path, write: Write) -> None:
    write(
        {"images/1.png": b"1", "images/2.png": b"2", "sales.csv": "photo\nimages/1.png\nimages/2.png\nimages/1.png\n"}
    )
    images = [root / "images/1.png", root / "images/2.png"]
    for paths, rows, columns in (
        (images, 2, {"path": "String", "folder": "String"}),
        ([root / "sales.csv", *images], 3, {"photo": "String"}),
        ([*images, root / "model.bin"], None, {}),
    ):
        write({"model.bin": "x"})
        manifest = get_manifest(store, capture_files("images", paths, store, root=root, at=1), DataManifest)
        assert (manifest.rows, manifest.columns, len(manifest.files)) == (rows, columns, len(paths))


def test_parquet_is_counted_without_being_read(store: Store, root: Path) -> None:
    pl.DataFrame({"beds": [1, 2], "price": [1.5, None]}).write_parquet(root / "a.parquet")
    data = capture_files("sales", [root / "a.parquet"], store, root=root, at=1)
    manifest = get_manifest(store, data, DataManifest)
    assert (manifest.rows, manifest.columns) == (2, {"beds": "Int64", "price": "Float64"})


def test_what_cannot_be_captured_is_said(store: Store, root: Path, write: Write, tmp_path: Path) -> None:
    with pytest.raises(DataNotFound, match="no files for the data sales"):
        capture_files("sales", [], store, root=root, at=1)
    with pytest.raises(DataNotFound):
        capture_files("sales", [root / "gone.csv"], store, root=root, at=1)
    write({"bad.csv": "a,b\n1\n"})
    with pytest.raises(DataUnreadable, match=r"bad\.csv:2: 1 field"):
        capture_files("sales", [root / "bad.csv"], store, root=root, at=1)
    write({"x/s.csv": "a\n1\n", "y/s.csv": "a\n1\n"}, tmp_path / "far")
    far = [tmp_path / "far/x/s.csv", tmp_path / "far/y/s.csv"]
    with pytest.raises(WrongUse, match=r"would be kept as s\.csv"):
        capture_files("sales", far, store, root=root, at=1)


COLUMNS = st.fixed_dictionaries(
    {
        "whole": st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), min_size=3, max_size=3),
        "real": st.lists(st.one_of(st.none(), st.floats()), min_size=3, max_size=3),
        "text": st.lists(st.one_of(st.none(), st.text(max_size=5)), min_size=3, max_size=3),
        "day": st.lists(st.one_of(st.none(), st.dates()), min_size=3, max_size=3),
        "yes": st.lists(st.one_of(st.none(), st.booleans()), min_size=3, max_size=3),
    }
)
SCHEMA = {"whole": pl.Int64, "real": pl.Float64, "text": pl.String, "day": pl.Date, "yes": pl.Boolean}


@settings(max_examples=25, deadline=None)
@given(COLUMNS)
def test_a_table_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, columns: dict[str, list[object]]
) -> None:
    store = open_store(str(tmp_path_factory.mktemp("store")))
    frame = pl.DataFrame(columns, schema=SCHEMA)
    data = capture_table("served", frame, store, at=1)
    assert_frame_equal(restored(store, data), frame)
    parts = pl.concat([frame[:1], frame[1:]], rechunk=False)
    assert capture_table("served", parts, store, at=2) == data
    manifest = get_manifest(store, data, DataManifest)
    assert (manifest.rows, manifest.table, manifest.files[0].path) == (3, True, "served.parquet")


def test_versions_of_a_growing_table_share_their_bytes(store: Store) -> None:
    frame = pl.DataFrame({"n": range(300_000)}).with_columns(x=(pl.col("n") * 7919 % 100_003).sqrt())
    capture_table("served", frame, store, at=1)
    store.commit()
    first = store.usage().stored_bytes
    capture_table("served", pl.concat([frame, frame[:100]]), store, at=2)
    store.commit()
    assert store.usage().stored_bytes - first < first / 2


def test_an_environment_gives_names_of_variables_and_no_values(store: Store) -> None:
    environ = {"SECRET_THING": "hush-hush", "TZ": "UTC", "PATH": "/bin"}
    found = describe_environment(environ)
    assert found.variables == ("PATH", "SECRET_THING", "TZ")
    assert found.values == {"TZ": "UTC"}
    assert found.distributions["polars"] == pl.__version__
    environment = capture_environment(store, at=1, environ=environ)
    assert b"hush-hush" not in store.get_object(environment)
    assert capture_environment(store, at=2, environ=environ) == environment
