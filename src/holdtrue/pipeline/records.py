"""What a trip down the training road is asked for, needs and reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
from msgspec import Struct, field

from holdtrue.catalog import Catalog, VersionRecord
from holdtrue.checks import CheckVerdict
from holdtrue.contracts import TableResult, TestResult
from holdtrue.foundation import Clock
from holdtrue.gates import GateDecision
from holdtrue.monitors import WatchSettings
from holdtrue.monitors.rehearsal import Manner, Rehearsal
from holdtrue.store import Store

Asked = tuple[int, int, dict[str, int]]
"""Rows asked about live, those of them refused, and by test how many failed it."""


class RunRequest(Struct, frozen=True, kw_only=True):
    """What is asked for.

    Attributes:
        model: the model's name; empty where the project has one.
        slice: `5%` or a number of rows; empty for all. A slice is for a quick look: nothing is registered.
        force: do it again though nothing has changed.
        since: train for the regime that began at this data time (microseconds UTC): the rows since are split by
            themselves and the baseline comes from those of them that are held.
        why, actor: for the record.
        parameters: values that take the place of the defaults in the training function.
        at_time: the data's own time of the request, where a replay runs in the past.
    """

    model: str = ""
    slice: str = ""
    force: bool = False
    since: int | None = None
    why: str = "asked for"
    actor: str = "person"
    parameters: dict[str, Any] = field(default_factory=dict)
    at_time: int | None = None


class Ground(Struct, frozen=True):
    """The world the road is built on: everything with an effect comes in here.

    Attributes:
        root: the project's folder. cache: a folder for what can be made again.
        served: gives a model's answered rows whose label has come, in contract form, or None.
        asked: counts a model's live rows, those of them refused, and the tests they failed, since a moment of the
            rows' own time.
        environ: the environment variables.
        own_places: where holdtrue itself keeps things: never part of the project's code or data.
        watch: how often a model's watches may cry wolf. adopted: model to the season and block that its project's
            settings name; a declaration in `model.py` goes before.
    """

    root: Path
    store: Store
    catalog: Catalog
    clock: Clock
    cache: Path
    served: Callable[[str, str, tuple[str, ...]], pl.DataFrame | None]
    asked: Callable[[str, int | None], Asked]
    environ: dict[str, str]
    own_places: tuple[Path, ...] = ()
    watch: Callable[[str], WatchSettings] = lambda model: WatchSettings()
    adopted: Mapping[str, Manner] = {}


class StepReport(Struct, frozen=True, kw_only=True):
    """One step: how long it took and whether its result came from the cache."""

    name: str
    seconds: float
    cached: bool = False
    outcome: str = ""


class RunReport(Struct, frozen=True, kw_only=True):
    """What came of a run.

    Attributes:
        status: `registered`, `unchanged` (a version with this recipe exists: `version`), or `looked` (a slice).
        rows: rows read; refused: those set aside; quarantine: the data version that keeps them with their reasons,
            such as `house-price-refused@2`, empty where there is none.
        parts: rows in train, valid and held.
        explainer: what gives the version's reasons, such as `lightgbm-native`.
        explained_per_second: rows a second that it explained in this run; 0 where it explained none.
        faster_with: the command that installs a far faster explainer of such a model; empty where there is none.
        unestimated: why the version cannot estimate its errors without labels; empty where it can.
        rehearsal: what watching would have been like over history; None where none was made.
    """

    run_id: str
    model: str
    status: str
    version: VersionRecord | None
    steps: tuple[StepReport, ...] = ()
    rows: int = 0
    refused: int = 0
    quarantine: str = ""
    tests: tuple[TestResult, ...] = ()
    table_tests: tuple[TableResult, ...] = ()
    parts: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    checks: tuple[CheckVerdict, ...] = ()
    gate: GateDecision | None = None
    explainer: str = ""
    explained_per_second: float = 0.0
    faster_with: str = ""
    unestimated: str = ""
    rehearsal: Rehearsal | None = None
    note: str = ""
