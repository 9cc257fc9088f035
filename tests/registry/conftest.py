"""A store and a catalog with versions in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdtrue.catalog import Catalog, VersionRecord, open_catalog
from holdtrue.contracts import ContractSpec, EncoderSpec
from holdtrue.foundation import ManualClock
from holdtrue.gates import GateDecision, GateResult
from holdtrue.store import Store, open_store
from holdtrue.versions import ModelManifest, put_manifest

FAILED = GateResult(condition='metric("mae") < 25_000', passed=False, value=27_110.0, message="27,110 on 500 held rows")
HELD = GateResult(condition="overfit() < 0.25", passed=True, value=0.1)


class House:
    """Registers versions v1, v2, ... of models, that passed their gate or did not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"sqlite:///{folder / 'catalog.db'}"
        self.store: Store = open_store(str(folder / "store"))
        self.catalog: Catalog = open_catalog(self.address)
        self.clock = ManualClock(1_000)

    def add(self, *, passed: bool = True, model: str = "house-price") -> VersionRecord:
        """Register the next version of a model."""
        self.clock.advance_to(self.clock.now() + 1_000)
        blob = self.store.put_blob(b"bytes")
        manifest = ModelManifest(
            model=model,
            run="0" * 64,
            flavor="lightgbm",
            files={},
            contract=ContractSpec(name="Sale", fields=()),
            encoder=EncoderSpec(features=()),
            baseline=blob,
            explainer="lightgbm",
            background=blob,
            metrics={"mae": 1.0},
            checks=(),
            gate=GateDecision(passed=passed, results=(HELD,) if passed else (HELD, FAILED)),
            selftest=blob,
            target="price",
            created=self.clock.now(),
        )
        version = put_manifest(self.store, manifest)
        self.store.commit()
        return self.catalog.versions.add(model, version, self.clock.now(), "run", passed, manifest.metrics)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)
