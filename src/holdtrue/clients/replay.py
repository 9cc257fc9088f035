"""Sends rows of a table as live traffic in the order of their own time, and their labels once the data's time has come.

The data's time is the largest row time sent so far: a label of a row of 1 March with a delay of 30 days goes out before
the first row of 31 March or later.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct

from holdtrue.clients.connection import Connection, ConnectionLost, Reply
from holdtrue.foundation import DAY, DataUnreadable, WrongUse, datetime_of, micros_of, new_id

Moment = int | date | datetime | str
_LABELS_AT_ONCE = 500
_PAUSE = 0.1
_END = 2**62


class Reason(Struct, frozen=True):
    """A test of the contract that refused rows: how many, and what it said of the first."""

    test: str
    rows: int
    example: str


class ReplayReport(Struct, frozen=True, kw_only=True):
    """How a replay went so far.

    Attributes:
        sent: rows sent; `answered`, `refused` (by the contract) and `failed` (any other answer) add up to it.
        seconds: time spent replaying, pauses between calls of `run_until` left out.
        per_second: rows sent a second.
        p50, p99: milliseconds from sending a row to its answer, over the newest 100,000 rows; 0 without rows.
        labels: labels that the server recorded; `labels_refused`: those it did not.
        reasons: why rows were refused, the most frequent first; a row may have several.
        resent: requests sent again because the connection was lost; each carries the same prediction id.
        time: the data's time reached, microseconds since 1970; None before the first row.
    """

    sent: int
    answered: int
    refused: int
    failed: int
    seconds: float
    per_second: float
    p50: float
    p99: float
    labels: int
    labels_refused: int = 0
    resent: int = 0
    time: int | None = None
    reasons: tuple[Reason, ...] = ()


class Exchange(Struct, frozen=True):
    """A row that was sent, under which id, and what the server answered."""

    row: Mapping[str, Any]
    prediction_id: str
    reply: Reply


class _Failure(Struct):
    test: str
    message: str
    severity: str


class _Refusal(Struct):
    failures: list[_Failure]


_refusal = msgspec.json.Decoder(_Refusal)


class _Flight(Struct):
    connection: Connection
    row: Mapping[str, Any]
    body: bytes
    prediction_id: str
    when: int
    begun: float
    lost: float | None = None


class Replay:
    """A replay that can be taken step by step: `run_until` a date, do something else, go on.

    Args:
        rows: rows with their time and label; sorted by time here, equal times keep their order.
        url: the server, such as `http://127.0.0.1:8000`.
        model: the model's name.
        time_field: the field with the row's time: date, datetime, or either as ISO text. It is sent with the row.
        label_field: the field with the label; it is never sent with the row. None: send no labels.
        label_delay_days: days of data time after which a row's label is known.
        rate: at most so many rows a second.
        days_per_second: at most so many days of data time a second.
        connections: rows under way at once, each on a connection of its own; with 1 the server sees the exact order.
        omit: further fields not to send.
        patience: seconds to go on trying while the server is away.
        on_progress: hears the report after every thousand rows and at each end.
        on_exchange: hears every row and its answer.
        stop: asked before each row; True ends the run after what is under way.

    Raises:
        DataUnreadable: a row without a readable time.
    """

    def __init__(
        self,
        rows: Iterable[Mapping[str, Any]],
        url: str,
        model: str,
        *,
        time_field: str,
        label_field: str | None = None,
        label_delay_days: float = 30,
        rate: float | None = None,
        days_per_second: float | None = None,
        connections: int = 1,
        omit: Sequence[str] = (),
        on_progress: Callable[[ReplayReport], None] = lambda report: None,
        on_exchange: Callable[[Exchange], None] = lambda exchange: None,
        patience: float = 5.0,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        timed = [(_moment_of(row.get(time_field), time_field, number), row) for number, row in enumerate(rows, 1)]
        self._rows = deque(sorted(timed, key=lambda pair: pair[0]))
        self._label_field, self._delay = label_field, round(label_delay_days * DAY)
        self._left_out = {*omit, *([label_field] if label_field else [])}
        self._path, self._feedback = f"/models/{model}/predict", f"/models/{model}/feedback"
        self._rate, self._days_per_second = rate, days_per_second
        self._idle = deque(Connection(url) for _ in range(max(1, connections)))
        self._labelling = Connection(url)
        self._under_way: deque[_Flight] = deque()
        self._due: deque[tuple[int, str, Any]] = deque()
        self._patience = patience
        self._progress, self._exchange, self._stop = on_progress, on_exchange, stop
        self._name = new_id(time.time_ns() // 1000)
        self._waits: deque[float] = deque(maxlen=100_000)
        self._sent = self._answered = self._refused = self._failed = self._resent = 0
        self._labels = self._labels_refused = 0
        self._reasons: dict[str, Reason] = {}
        self._seconds = 0.0
        self._reached: int | None = None

    @property
    def left(self) -> int:
        """Rows not sent yet."""
        return len(self._rows)

    def run(self) -> ReplayReport:
        """Send everything that is left. Labels still not due at the last row's time stay unsent."""
        return self.run_until(_END)

    def run_until(self, moment: Moment) -> ReplayReport:
        """Send the rows before a moment and the labels known by then; return the report. A date is its midnight, UTC.

        All answers are in when it returns. If the server is away, a row is sent again for some seconds, under the same
        prediction id, so that it counts once.

        Raises:
            ConnectionLost: the server stayed away. Rows without an answer are kept and sent by the next call.
        """
        end = moment if isinstance(moment, int) else _micros(moment)
        if end is None:
            raise WrongUse(f"{moment!r} is no moment", hint="give a date, a time, or either as ISO text")
        begun, first, started = time.perf_counter(), self._sent, self._reached
        if started is None:
            started = self._rows[0][0] if self._rows else 0
        try:
            while self._rows and self._rows[0][0] < end and not self._stop():
                when, row = self._rows[0]
                self._pace(begun, self._sent - first, when, started)
                self._send_labels(when)
                self._rows.popleft()
                self._send(when, row)
                if self._sent % 1000 == 0:
                    self._progress(self._report(begun))
            while self._under_way:
                self._land()
            if end != _END and not (self._rows and self._rows[0][0] < end):
                self._reached = max(end, self._reached or end)
                self._send_labels(end)
        except ConnectionLost:
            self._keep_unanswered()
            raise
        finally:
            self._seconds += time.perf_counter() - begun
        report = self.report
        self._progress(report)
        return report

    @property
    def report(self) -> ReplayReport:
        """How it went so far."""
        return self._report(time.perf_counter())

    def close(self) -> None:
        """Close the connections."""
        for connection in (*self._idle, *(flight.connection for flight in self._under_way), self._labelling):
            connection.close()

    def __enter__(self) -> Replay:
        return self

    def __exit__(self, *ending: object) -> None:
        self.close()

    def _report(self, begun: float) -> ReplayReport:
        seconds = self._seconds + max(0.0, time.perf_counter() - begun)
        waits = sorted(self._waits)
        return ReplayReport(
            sent=self._sent,
            answered=self._answered,
            refused=self._refused,
            failed=self._failed,
            seconds=seconds,
            per_second=self._sent / seconds if seconds else 0.0,
            p50=waits[len(waits) // 2] if waits else 0.0,
            p99=waits[len(waits) * 99 // 100] if waits else 0.0,
            labels=self._labels,
            labels_refused=self._labels_refused,
            resent=self._resent,
            time=self._reached,
            reasons=tuple(sorted(self._reasons.values(), key=lambda reason: (-reason.rows, reason.test))),
        )

    def _pace(self, begun: float, sent: int, when: int, started: int) -> None:
        due = 0.0
        if self._rate:
            due = sent / self._rate
        if self._days_per_second:
            due = max(due, (when - started) / DAY / self._days_per_second)
        while (wait := begun + due - time.perf_counter()) > 0 and not self._stop():
            if self._under_way:
                self._land()
            else:
                time.sleep(min(wait, 0.1))

    def _send(self, when: int, row: Mapping[str, Any]) -> None:
        if not self._idle:
            self._land()
        body = msgspec.json.encode({name: value for name, value in row.items() if name not in self._left_out})
        self._reached = when
        self._sent += 1
        name = f"{self._name}-{self._sent}"
        flight = _Flight(self._idle.popleft(), row, body, name, when, time.perf_counter())
        self._under_way.append(flight)
        self._launch(flight)

    def _launch(self, flight: _Flight) -> None:
        while True:
            try:
                headers = f"Holdtrue-Prediction-Id: {flight.prediction_id}\r\n"
                flight.connection.send(self._path, flight.body, headers)
            except ConnectionLost:
                self._again(flight)
            else:
                return

    def _again(self, flight: _Flight) -> None:
        """Note that a row's connection was lost; return when it is to be sent again."""
        now = time.perf_counter()
        if flight.lost is None:
            flight.lost = now  # at once: a server that restarts or drains is there again already
        elif now - flight.lost >= self._patience:
            raise ConnectionLost(f"the server at {flight.connection.address} stayed away", hint="is it running?")
        else:
            time.sleep(min(_PAUSE, self._patience))
        self._resent += 1

    def _land(self) -> None:
        flight = self._under_way[0]
        while True:
            try:
                reply = flight.connection.receive()
            except ConnectionLost:
                self._again(flight)
                self._launch(flight)
            else:
                break
        self._waits.append((time.perf_counter() - flight.begun) * 1000)
        self._under_way.popleft()
        self._idle.append(flight.connection)
        if reply.status == 200:
            self._answered += 1
            if self._label_field is not None and flight.row.get(self._label_field) is not None:
                self._due.append((flight.when + self._delay, flight.prediction_id, flight.row[self._label_field]))
        elif reply.status == 422:
            self._refused += 1
            self._count_reasons(reply)
        else:
            self._failed += 1
        self._exchange(Exchange(flight.row, flight.prediction_id, reply))

    def _count_reasons(self, reply: Reply) -> None:
        for failure in _refusal.decode(reply.body).failures:
            if failure.severity == "refuse":
                known = self._reasons.get(failure.test, Reason(failure.test, 0, failure.message))
                self._reasons[known.test] = Reason(known.test, known.rows + 1, known.example)

    def _send_labels(self, now: int) -> None:
        while self._due and self._due[0][0] <= now:
            while self._under_way:  # what was sent before the labels is heard before them
                self._land()
            batch = [due for due in islice(self._due, _LABELS_AT_ONCE) if due[0] <= now]
            labels = [{"prediction_id": name, "label": value, "time": datetime_of(due)} for due, name, value in batch]
            self._post_labels(msgspec.json.encode(labels), len(batch))
            for _ in batch:
                self._due.popleft()

    def _post_labels(self, body: bytes, count: int) -> None:
        lost: float | None = None
        while True:
            try:
                self._labelling.send(self._feedback, body)
                reply = self._labelling.receive()
                break
            except ConnectionLost:
                now = time.perf_counter()
                lost = now if lost is None else lost
                if now - lost > self._patience:
                    raise
                time.sleep(_PAUSE if now > lost else 0.0)
        recorded = msgspec.json.decode(reply.body).get("recorded", 0) if reply.status in (200, 422) else 0
        self._labels += recorded
        self._labels_refused += count - recorded

    def _keep_unanswered(self) -> None:
        for flight in reversed(self._under_way):
            flight.connection.close()
            self._idle.append(flight.connection)
            self._rows.appendleft((flight.when, flight.row))
            self._sent -= 1
        self._under_way.clear()


def replay(
    rows: Iterable[Mapping[str, Any]],
    url: str,
    model: str,
    *,
    time_field: str,
    label_field: str | None = None,
    label_delay_days: float = 30,
    rate: float | None = None,
    **options: Any,
) -> ReplayReport:
    """Replay all rows and return the report; the arguments are those of `Replay`."""
    with Replay(
        rows,
        url,
        model,
        time_field=time_field,
        label_field=label_field,
        label_delay_days=label_delay_days,
        rate=rate,
        **options,
    ) as running:
        return running.run()


def _moment_of(value: Any, field: str, number: int) -> int:
    moment = _micros(value)
    if moment is None:
        message = f"row {number} has no readable time in {field}: {value!r}"
        raise DataUnreadable(message, hint="replay rows that have one")
    return moment


def _micros(value: Any) -> int | None:
    if isinstance(value, date):  # a datetime is a date too
        return micros_of(value)
    if isinstance(value, str):
        try:
            return micros_of(datetime.fromisoformat(value))
        except ValueError:
            return None
    return None
