"""A small project, a store and a catalog in a temporary folder."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from holdtrue.catalog import Catalog, VersionRecord, open_catalog
from holdtrue.checks import CheckVerdict
from holdtrue.contracts import ContractSpec, EncoderSpec
from holdtrue.gates import GateDecision
from holdtrue.project import FilesSource
from holdtrue.store import Store, open_store
from holdtrue.versions import (
    DataManifest,
    ModelManifest,
    RunManifest,
    capture_code,
    capture_environment,
    capture_files,
    capture_table,
    get_manifest,
    put_manifest,
    run_record,
)

Write = Callable[..., Path]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def write(root: Path) -> Write:
    """Write files into the project: `write({"model.py": "..."})`."""

    def into(files: dict[str, str | bytes], base: Path = root) -> Path:
        for path, content in files.items():
            file = base / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return base

    return into


@pytest.fixture
def git(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run git in the project, blind to the machine's own settings."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def run(*arguments: str, cwd: Path = root) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
        return subprocess.run(["git", *who, *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout

    return run


class Maker:
    """Trains nothing, and leaves behind what a training run leaves behind."""

    def __init__(self, store: Store, catalog: Catalog, root: Path) -> None:
        self.store = store
        self.catalog = catalog
        self.root = root

    def version(
        self,
        *,
        at: int,
        metrics: dict[str, float] | None = None,
        parameters: dict[str, int] | None = None,
        passed: bool = True,
        served: pl.DataFrame | None = None,
        environ: dict[str, str] | None = None,
        approved: str | None = None,
    ) -> VersionRecord:
        """Capture the project as it is now, and register a version of it."""
        store = self.store
        data = {"sales": capture_files("sales", sorted(self.root.glob("data/*.csv")), store, root=self.root, at=at)}
        if served is not None:
            data["served"] = capture_table("served", served, store, at=at)
        sales = FilesSource(pattern="data/*.csv", name="sales")
        run = RunManifest(
            id=f"run-{at}",
            model="house",
            data=data,
            code=capture_code(self.root, store, at=at, sources=(sales,)),
            environment=capture_environment(store, at=at, environ=environ or {"TZ": "UTC"}),
            recipe="r",
            started=at,
            finished=at + 1,
            parameters=dict(parameters or {}),
            parts={"train": 8, "held": 2},
            why="a test",
        )
        blob = store.put_blob(b"some bytes")
        model = ModelManifest(
            model="house",
            run=put_manifest(store, run),
            flavor="lightgbm",
            files={"model.txt": store.put_blob(f"tree {at}".encode())},
            contract=ContractSpec(name="Sale", fields=()),
            encoder=EncoderSpec(features=()),
            baseline=blob,
            explainer="lightgbm",
            background=blob,
            metrics=dict(metrics or {"mae": 100.0}),
            checks=(CheckVerdict(name="must hold", passed=True),),
            gate=GateDecision(passed=passed, results=()),
            selftest=blob,
            target="price",
            created=at + 1,
            approved_baseline=approved,
        )
        model_id = put_manifest(store, model)
        store.commit()
        for name, data_id in data.items():
            rows = get_manifest(store, data_id, DataManifest).rows
            self.catalog.data.add(name, data_id, at, rows or 0)
        self.catalog.runs.end(run_record(model.run, run, model_id, model, {}))
        return self.catalog.versions.add("house", model_id, at + 1, run.id, passed, model.metrics, run.recipe)


@pytest.fixture
def maker(store: Store, catalog: Catalog, root: Path) -> Maker:
    return Maker(store, catalog, root)
