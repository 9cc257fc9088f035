"""Real model versions, made and registered in a moment: what the training road would leave, without walking it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import lightgbm
import msgspec
import numpy as np
import polars as pl

from holdtrue.catalog import Catalog, VersionRecord, open_catalog
from holdtrue.contracts import (
    BatchChecker,
    Category,
    Contract,
    Date,
    Float,
    Int,
    bounds,
    derive,
    encode_frame,
    fall_back,
    field,
    fit_encoder,
    replace,
    rule,
)
from holdtrue.flavors import flavor_named
from holdtrue.gates import GateDecision
from holdtrue.profiles import build_baseline
from holdtrue.store import Store, open_store
from holdtrue.versions import ModelManifest, SelfTest, matrix_bytes, put_manifest

MODEL = "houses"
NOW = 1_700_000_000_000_000
FEATURES = ("area", "beds", "garage", "garagesqft", "lotsize", "wall", "age")
LIVE = ("yrbuilt", "area", "beds", "garage", "garagesqft", "lotsize", "wall", "sdate")


class Sale(Contract):
    """A house sale."""

    price: Float = field(gt=0, unit="USD")
    yrbuilt: Int = field(ge=1700, le=2100)
    area: Int = field(gt=0, le=20_000)
    beds: Int = field(ge=0, le=20, warn=bounds(ge=1, le=12))
    garage: Category = field(allowed=["no garage", "attached", "detached", "basement", "carport"])
    garagesqft: Int = field(ge=0, le=10_000, warn=bounds(le=3_000), unit="sq ft")
    wall: Category
    sdate: Date
    lotsize: Int = field(gt=0, null=True)

    @derive
    def age(row):
        return row.sdate.year() - row.yrbuilt

    @rule
    def no_garage_no_area(row):
        return (row.garage != "no garage") | (row.garagesqft == 0)


class Forgiving(Sale):
    """The same, less strict with live rows."""

    beds: Int = field(ge=0, le=20, live=replace(3))
    area: Int = field(gt=0, le=20_000, live=fall_back())


class Trained(msgspec.Struct):
    """What a training run gives, in bytes."""

    files: dict[str, bytes]
    encoder: Any
    baseline: bytes
    background: bytes
    selftest: bytes


@cache
def sales() -> pl.DataFrame:
    """Return the sales of 1993 to 1998, those of the contract's columns."""
    path = files("holdtrue") / "templates" / "houses" / "houses.parquet"
    return pl.read_parquet(str(path)).select("price", *LIVE)


def live_rows(count: int, start: int = 0) -> list[dict[str, Any]]:
    """Return accepted rows as a client would send them, dates as ISO text."""
    accepted = BatchChecker(Sale.spec).check(sales()[:12_000]).accepted
    rows = accepted.select(LIVE)[start : start + count].to_dicts()
    return msgspec.json.decode(msgspec.json.encode(rows))


@cache
def trained(times: float = 1.0, trees: int = 20) -> Trained:
    """Train on the first sales; `times` multiplies the price, so that versions can be told apart by their answers."""
    accepted = BatchChecker(Sale.spec).check(sales()[:6000]).accepted
    live = Sale.spec.live("price")
    encoder = fit_encoder(live, FEATURES, accepted)
    X, y = encode_frame(encoder, accepted), accepted["price"].to_numpy() * times  # noqa: N806
    options = {"n_estimators": trees, "num_leaves": 31, "verbose": -1, "num_threads": 2, "deterministic": True}
    model = lightgbm.LGBMRegressor(**options).fit(X[:5000], y[:5000])
    flavor = flavor_named("lightgbm")
    saved = flavor.save(model, X[:10])
    held, predictor = accepted[5000:], flavor.load(saved)
    predictions = predictor.predict(X[5000:])
    contributions = predictor.contributions(X[5000:])
    assert contributions is not None
    baseline = build_baseline(
        held.select(FEATURES),
        predictions=predictions,
        attributions=contributions[0],
        features=FEATURES,
        labels=y[5000:],
        odd_rows=accepted.select(FEATURES),
    )
    stored = live_rows(8)
    expected = predictor.predict(X[:8])
    return Trained(
        saved,
        encoder,
        baseline.to_bytes(),
        matrix_bytes(X[:50]),
        SelfTest(rows=tuple(stored), predictions=tuple(expected.tolist())).to_bytes(),
    )


def register(
    store: Store,
    catalog: Catalog,
    made: Trained | None = None,
    *,
    model: str = MODEL,
    changed: Mapping[str, bytes] | None = None,
    gate: bool = True,
    contract: type[Contract] = Sale,
    fallback: float | None = None,
) -> VersionRecord:
    """Put a version in the store and enter it in the catalog; `changed` replaces parts by their names."""
    made = made or trained()
    parts = {"baseline": made.baseline, "background": made.background, "selftest": made.selftest, **(changed or {})}
    manifest = ModelManifest(
        model=model,
        run="0" * 64,
        flavor="lightgbm",
        files={name: store.put_blob(body) for name, body in made.files.items()},
        contract=contract.spec,
        encoder=made.encoder,
        baseline=store.put_blob(parts["baseline"]),
        explainer="lightgbm-native",
        background=store.put_blob(parts["background"]),
        metrics={},
        checks=(),
        gate=GateDecision(passed=gate, results=()),
        selftest=store.put_blob(parts["selftest"]),
        target="price",
        time="sdate",
        created=NOW,
        fallback=fallback,
    )
    version = put_manifest(store, manifest)
    store.commit()
    return catalog.versions.add(model, version, NOW, "0" * 64, gate, {})


class Place:
    """A store, a catalog and a folder for logs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.logs = folder, folder / "logs"
        self.store, self.catalog = open_store(folder / "store"), open_catalog(folder / "catalog.db")

    def promote(self, record: VersionRecord, alias: str = "production") -> int:
        """Point an alias at a version; return its epoch."""
        moved = self.catalog.aliases.move(
            record.model, alias, record.id, by="person:test", why="to see", forced=False, at=NOW
        )
        return moved.epoch


def matrix(rows: int) -> np.ndarray:
    """Return encoded rows of the real sales."""
    accepted = BatchChecker(Sale.spec).check(sales()[:rows]).accepted
    return encode_frame(trained().encoder, accepted)
