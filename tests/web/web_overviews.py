"""Overviews in the states that a project goes through."""

from __future__ import annotations

from typing import Any

from holdtrue.foundation import DAY, SECOND, FalseAlarms
from holdtrue.workspace import (
    AlarmOverview,
    Comparison,
    EventOverview,
    GroupEvidence,
    InputComparison,
    ModelOverview,
    Overview,
    ReasonShare,
    ReasonsOverview,
)

NOW = 1_795_529_400_000_000  # 24 November 2026, 14:10:00 UTC
JULY_1996 = 836_179_200_000_000  # 1 July 1996

MOVED = {"alias": "production", "from": None, "to": "v1"}


def event(number: int, kind: str = "alias.moved", **changes: Any) -> EventOverview:
    plain: dict[str, Any] = {
        "id": f"event-{number}",
        "at": NOW - 60 * SECOND,
        "time": None,
        "kind": kind,
        "model": "house-price",
        "subject": "house-price:v1",
        "actor": "person:ada",
        "why": "asked for",
        "data": MOVED,
    }
    return EventOverview(**{**plain, **changes})


def alarm(number: int = 1, **changes: Any) -> AlarmOverview:
    plain: dict[str, Any] = {
        "id": f"alarm-{number}",
        "group": "inputs",
        "quantity": "wall=wood",
        "message": "wall: wood was 52 % in baseline and is 29 % now",
        "status": "open",
        "raised_at": NOW - 70 * SECOND,
        "time": JULY_1996 + 4 * DAY,
        "version": "house-price:v1",
        "began_time": JULY_1996,
        "rows_taken": 41,
        "also": ("wall=metlvnyl",),
    }
    return AlarmOverview(**{**plain, **changes})


def model(**changes: Any) -> ModelOverview:
    plain: dict[str, Any] = {
        "name": "house-price",
        "version": "v1",
        "versions": 1,
        "promoted_at": NOW - 290 * SECOND,
        "promoted_by": "person:ada",
        "why": "asked for",
        "reference": "v1",
        "answered": 2263,
        "refused": 6,
        "odd": 4,
        "labelled": 1811,
        "per_second": 312.2,
        "data_time": JULY_1996 + 4 * DAY,
        "comparisons": (
            Comparison(name="average prediction", unit="USD", now=87_210.4, baseline=81_034.2, rows=500),
            Comparison(name="mean absolute error", unit="USD", now=21_480.0, baseline=16_920.0, rows=100),
        ),
        "evidence": (
            GroupEvidence(group="inputs", level=0.2, quantity="wall=wood", rows=2263),
            GroupEvidence(group="attributions", level=0.7, quantity="garagesqft", rows=2263),
        ),
        "error_series": (16_100.0, 17_300.0, 21_480.0),
        "error_baseline": 16_920.0,
        "unit": "USD",
        "input_rows": 500,
        "inputs": (
            InputComparison(name="wall", level="metlvnyl", now=0.31, baseline=0.083, moved=0.227, standing="open"),
            InputComparison(
                name="area", unit="sq ft", now=1_412.3, baseline=1_398.1, missing=0.04, missing_baseline=0.0, moved=0.05
            ),
        ),
        "reasons": ReasonsOverview(
            rows=2263,
            order=0.974,
            features=(
                ReasonShare(name="area", now=0.41, baseline=0.55),
                ReasonShare(name="garagesqft", now=0.32, baseline=0.08),
            ),
        ),
        "false_alarms": FalseAlarms(rows=100_000, days=30),
    }
    return ModelOverview(**{**plain, **changes})


def overview(*models: ModelOverview, **changes: Any) -> Overview:
    plain: dict[str, Any] = {
        "project": "houses",
        "root": "/home/ada/houses",
        "at": NOW,
        "models": models,
        "events": (event(1),) if models else (),
        "bytes_stored": 12_400_000,
        "month": 0.000285,
    }
    return Overview(**{**plain, **changes})
