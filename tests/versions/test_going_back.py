"""Versions back on disk, compared, walked back from, and the index made again from the store alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from holdtrue.catalog import Catalog, Index, open_catalog
from holdtrue.foundation import StoreDamaged, UnknownReference, WrongUse
from holdtrue.store import Store, open_store
from holdtrue.testing.damage import spoil
from holdtrue.versions import (
    VERSION_FOLDER,
    DataManifest,
    ModelManifest,
    RunManifest,
    checkout,
    diff,
    find_gaps,
    get_manifest,
    is_whole,
    rebuild_index,
    require_whole,
    show,
)

Write = Callable[..., Path]
PROJECT: dict[str, str | bytes] = {
    "model.py": "import helpers\n",
    "helpers.py": "x = 1\n",
    "data/a.csv": "zip,beds\n00701,3\n",
}


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_version_comes_back_whole(store: Store, root: Path, write: Write, maker: Any, tmp_path: Path) -> None:
    write(PROJECT)
    served = pl.DataFrame({"beds": [1, 2]})
    version = maker.version(at=10, served=served)
    write({"model.py": "changed\n", "data/a.csv": "other\n1\n"})
    done = checkout(store, version.id, tmp_path / "deep/back")
    found = tree(tmp_path / "deep/back")
    assert {path: found[path] for path in PROJECT} == {path: str(text).encode() for path, text in PROJECT.items()}
    assert found[f"{VERSION_FOLDER}/model/model.txt"] == b"tree 10"
    assert pl.read_parquet(found[f"{VERSION_FOLDER}/tables/served.parquet"]).equals(served)
    assert f"polars=={pl.__version__}\n".encode() in found[f"{VERSION_FOLDER}/requirements.txt"]
    assert msgspec.json.decode(found[f"{VERSION_FOLDER}/manifest.json"])["model"] == "house"
    assert sorted(path.name for path in done.code) == ["helpers.py", "model.py"]
    assert {path.name for path in done.data} == {"a.csv", "served.parquet"}
    assert all(path.is_file() for path in (*done.code, *done.data, *done.model))
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["back"]


def test_a_checkout_harms_no_folder_with_something_in_it(
    store: Store, root: Path, write: Write, maker: Any, tmp_path: Path
) -> None:
    write(PROJECT)
    version = maker.version(at=10)
    full, empty, file = tmp_path / "full", tmp_path / "empty", tmp_path / "file"
    write({"mine.txt": "mine"}, full)
    empty.mkdir()
    file.write_text("mine")
    for target in (full, file):
        with pytest.raises(WrongUse, match="exists and is not an empty folder"):
            checkout(store, version.id, target)
    assert tree(full) == {"mine.txt": b"mine"}
    checkout(store, version.id, empty)
    assert "model.py" in tree(empty)


def test_parts_of_a_version_come_back_by_their_own_ids(
    store: Store, root: Path, write: Write, maker: Any, tmp_path: Path
) -> None:
    write(PROJECT)
    model = get_manifest(store, maker.version(at=10).id, ModelManifest)
    run = get_manifest(store, model.run, RunManifest)
    for name, part, files in (
        ("code", run.code, {"model.py", "helpers.py", f"{VERSION_FOLDER}/manifest.json"}),
        ("data", run.data["sales"], {"data/a.csv", f"{VERSION_FOLDER}/manifest.json"}),
        ("run", model.run, {*PROJECT, f"{VERSION_FOLDER}/manifest.json", f"{VERSION_FOLDER}/requirements.txt"}),
    ):
        checkout(store, part, tmp_path / name)
        assert set(tree(tmp_path / name)) == files
    with pytest.raises(WrongUse, match="which has no files"):
        checkout(store, run.environment, tmp_path / "environment")
    with pytest.raises(UnknownReference):
        checkout(store, "0" * 64, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_version_does_not_differ_from_itself(store: Store, root: Path, write: Write, maker: Any) -> None:
    write(PROJECT)
    first, again = maker.version(at=10), maker.version(at=20)
    assert first.id != again.id
    assert diff(store, first.id, again.id).same


def test_differences_are_named(store: Store, root: Path, write: Write, maker: Any) -> None:
    write(PROJECT)
    first = maker.version(at=10, parameters={"trees": 200, "depth": 4}, environ={"TZ": "UTC"})
    write({"helpers.py": "x = 2\n", "new.py": "", "data/b.csv": "zip,beds,wall\n1,2,wood\n", "weights.bin": b"\xff\0"})
    second = maker.version(
        at=20,
        parameters={"trees": 400, "depth": 4},
        metrics={"mae": 90.0},
        served=pl.DataFrame({"beds": [1]}),
        environ={"TZ": "CET"},
    )
    found = diff(store, first.id, second.id)
    assert not found.same
    assert [(change.path, change.kind) for change in found.code] == [
        ("helpers.py", "changed"),
        ("new.py", "added"),
        ("weights.bin", "added"),
    ]
    assert found.code[0].lines[-2:] == ("-x = 1", "+x = 2")
    assert found.code[2].lines == ()
    sales, served = found.data
    assert (served.name, served.before, served.rows_after) == ("served", None, 1)
    assert (sales.rows_before, sales.rows_after) == (1, 2)
    assert [(change.path, change.kind) for change in sales.files] == [("data/b.csv", "added")]
    assert [change.name for change in sales.columns] == ["wall"]
    assert [(change.name, change.before, change.after) for change in found.parameters] == [("trees", 200, 400)]
    assert [(change.name, change.before, change.after) for change in found.metrics] == [("mae", 100.0, 90.0)]
    assert [(change.name, change.before, change.after) for change in found.environment] == [("$TZ", "UTC", "CET")]
    assert found.definitions == ()
    back = diff(store, second.id, first.id)
    assert {change.kind for change in back.code} == {"changed", "removed"}


def test_lineage_leads_back_to_code_data_and_tests(
    store: Store, catalog: Catalog, root: Path, write: Write, maker: Any
) -> None:
    write(PROJECT)
    first = maker.version(at=10)
    write({"data/a.csv": "zip,beds\n00701,3\n2,2\n"})
    second = maker.version(at=20, approved=first.id)
    catalog.aliases.move("house", "production", second.id, by="person:a", why="", forced=False, at=30)
    found = show(store, catalog, second)
    assert (found.ref, found.run_id, found.why) == ("house:v2", "run-20", "a test")
    assert [(data.ref, data.rows, data.files) for data in found.data] == [("sales@2", 2, 1)]
    assert (found.code.commit, found.code.files) == ("", 2)
    assert [check.name for check in found.checks] == ["must hold"]
    assert [alias.alias for alias in found.aliases] == ["production"]
    assert found.approved_baseline == "house:v1"
    assert show(store, catalog, first).aliases == ()
    assert msgspec.json.encode(found)


def test_the_index_is_made_again_from_the_store_alone(
    store: Store, catalog: Catalog, root: Path, write: Write, maker: Any
) -> None:
    write(PROJECT)
    maker.version(at=10)
    write({"data/a.csv": "zip,beds\n00701,3\n2,2\n"})
    maker.version(at=20, passed=False, metrics={"mae": 90.0})
    maker.version(at=30)
    before = (catalog.data.list(), catalog.runs.list(), catalog.versions.list())
    catalog.aliases.move("house", "production", before[2][1].id, by="a", why="", forced=True, at=40)
    pointers = catalog.aliases.list()
    catalog.refill_index(Index)
    assert catalog.versions.list() == ()
    for _ in range(2):
        done = rebuild_index(store, catalog)
        assert (done.data, done.runs, done.versions) == (2, 3, 3)
        assert (catalog.data.list(), catalog.runs.list(), catalog.versions.list()) == before
    assert catalog.aliases.list() == pointers


def test_a_lost_catalog_is_made_again_with_the_same_numbers(
    store: Store, catalog: Catalog, root: Path, write: Write, maker: Any, tmp_path: Path
) -> None:
    write(PROJECT)
    for at in (10, 20, 30):
        maker.version(at=at, metrics={"mae": float(at)})
    fresh = open_catalog(f"sqlite:///{tmp_path / 'fresh.db'}")
    rebuild_index(store, fresh)
    assert fresh.versions.list() == catalog.versions.list()
    assert fresh.data.list() == catalog.data.list()
    assert fresh.runs.list() == catalog.runs.list()


def test_a_manifest_that_cannot_be_read_is_left_out_and_named(
    store: Store, catalog: Catalog, root: Path, write: Write, maker: Any, tmp_path: Path
) -> None:
    write(PROJECT)
    versions = [maker.version(at=at) for at in (10, 20, 30)]
    assert spoil(tmp_path / "store", [versions[1].id]) == 1
    done = rebuild_index(open_store(tmp_path / "store"), catalog)
    assert [(each.id, each.kind) for each in done.unreadable] == [(versions[1].id, "model")]
    assert versions[1].id in done.unreadable[0].message
    assert catalog.versions.list() == (versions[0], versions[2])
    assert (done.data, done.runs, done.versions) == (1, 3, 2)


def test_what_was_in_the_index_and_is_in_no_pack_is_named(
    store: Store, catalog: Catalog, root: Path, write: Write, maker: Any, tmp_path: Path
) -> None:
    write(PROJECT)
    version = maker.version(at=10)
    for file in (tmp_path / "store" / "packs").iterdir():
        file.unlink()
    done = rebuild_index(open_store(tmp_path / "store"), catalog)
    assert {(each.kind, each.id) for each in done.unreadable} >= {("model", version.id)}
    assert catalog.versions.list() == ()


def test_gaps_are_found_though_the_packs_went_with_their_indexes(
    store: Store, catalog: Catalog, root: Path, write: Write, maker: Any, tmp_path: Path
) -> None:
    write(PROJECT)
    version = maker.version(at=10)
    packs = sorted((tmp_path / "store" / "packs").glob("*.pack"), key=lambda pack: len(pack.read_bytes()))
    assert find_gaps(open_store(tmp_path / "store"), {version.id: ("model", "house:v1")}) == ()
    for pack in packs:  # one holds chunks, the other manifests: each is missed
        content = {file: file.read_bytes() for file in (pack, pack.with_suffix(".index"))}
        for file in content:
            file.unlink()
        opened = open_store(tmp_path / "store")
        assert opened.check() == ()
        gaps = find_gaps(opened, {version.id: ("model", "house:v1")})
        assert any(gap.message.startswith("house:v1: ") and gap.lost for gap in gaps)
        assert {gap.kind for gap in gaps} == {"gap"}
        for file, kept in content.items():
            file.write_bytes(kept)


def test_gaps_name_what_was_found_bad(
    store: Store, catalog: Catalog, root: Path, write: Write, maker: Any, tmp_path: Path
) -> None:
    write(PROJECT)
    version = maker.version(at=10)
    model = get_manifest(store, version.id, ModelManifest)
    data = get_manifest(store, get_manifest(store, model.run, RunManifest).data["sales"], DataManifest)
    chunk = data.files[0].blob.chunks[0]
    assert spoil(tmp_path / "store", [chunk]) == 1
    assert is_whole(open_store(tmp_path / "store"), version.id)  # to serve it needs no data
    opened = open_store(tmp_path / "store")
    assert len(opened.check()) == 1
    gaps = find_gaps(opened, {version.id: ("model", "house:v1")})
    assert [(gap.lost, gap.message.endswith(f"its file {data.files[0].path} cannot be read")) for gap in gaps] == [
        ((chunk,), True)
    ]
    assert spoil(tmp_path / "store", model.files["model.txt"].chunks) == 1
    with pytest.raises(StoreDamaged, match=r"house:v1 cannot be used, its file model.txt is damaged"):
        require_whole(open_store(tmp_path / "store"), version.id, "house:v1")
