"""The story's traffic: real sales in the order of their days, told about as they are answered and watched."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec
import polars as pl

from holdtrue.clients import Exchange, Replay, ReplayReport
from holdtrue.demo.stage import MODEL, Stage
from holdtrue.foundation import Event

_STRIDE = timedelta(days=4)
# While a new version is trained traffic goes on, but slowly: months would pass in the seconds that it takes.
_CALM_ROWS = 40.0
_SALES_A_DAY = 13.0

_ENDINGS = {"retrain.finished", "retrain.refused", "retrain.failed"}


class Traffic:
    """Replays sales and listens to what comes of them.

    Args:
        rows: sales in any order. hear: told every event, in order.

    Attributes:
        odd: rows that were marked, with the reason. versions: rows answered by each version;
        version: which answered the last.
        answers: version, row and prediction of every answered row. events: everything that was told.
    """

    def __init__(self, stage: Stage, rows: pl.DataFrame, hear: Callable[[Event], None]) -> None:
        self._stage, self._hear = stage, hear
        self.odd: list[tuple[dict[str, Any], str]] = []
        self.versions: dict[str, int] = {}
        self.version = ""
        self.answers: list[tuple[str, dict[str, Any], float]] = []
        self.events: list[Event] = []
        self.position: date = rows["sdate"].min()  # type: ignore[assignment]
        self._replay = Replay(
            rows.to_dicts(),
            stage.url,
            MODEL,
            time_field="sdate",
            label_field="price",
            label_delay_days=30,
            on_exchange=self._exchanged,
        )
        self._training = False
        for _ in stage.new_events():
            pass  # what happened before the first request was told when it was done

    @property
    def report(self) -> ReplayReport:
        """How the traffic went so far."""
        return self._replay.report

    def run(self, until: date) -> ReplayReport:
        """Send all sales before a day at full speed; say what came of them when all are watched."""
        report = self._replay.run_until(until)
        self.position = until
        self._listen()
        return report

    def follow(self, until: date, enough: Callable[[], bool] = lambda: False) -> ReplayReport:
        """Send sales up to a day a few days at a time, telling every event when it happens.

        While a retraining runs, one day of sales at a time, slowly. Ends early when `enough` says so.
        """
        while self.position < until and not enough():
            step = timedelta(days=1) if self._training else _STRIDE
            self.position = min(until, self.position + step)
            self._replay.run_until(self.position)
            if self._training:
                time.sleep(_SALES_A_DAY / _CALM_ROWS)
                self._hear_new()
            else:
                self._listen()
        return self._replay.report

    def finish_training(self) -> None:
        """Wait for a retraining that still runs."""
        while self._training:
            time.sleep(0.1)
            self._hear_new()
        self._listen()

    def close(self) -> None:
        """Close the connections."""
        self._replay.close()

    def _listen(self) -> None:
        self._stage.settle()
        self._hear_new()

    def _hear_new(self) -> None:
        for event in self._stage.new_events():
            self.events.append(event)
            if event.kind == "retrain.started":
                self._training = True
            elif event.kind in _ENDINGS:
                self._training = False
            self._hear(event)

    def _exchanged(self, exchange: Exchange) -> None:
        if exchange.reply.status != 200:
            return
        answer = msgspec.json.decode(exchange.reply.body)
        self.version = answer["version"]
        self.versions[self.version] = self.versions.get(self.version, 0) + 1
        self.answers.append((self.version, dict(exchange.row), answer["prediction"]))
        if answer.get("odd"):
            self.odd.append((dict(exchange.row), answer["odd"]))
