"""From verdicts to answers: one path for the server, for batches of rows and for use within a process."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from holdtrue.contracts import Failure, Verdict
from holdtrue.foundation import EnvironmentFailed, micros_of
from holdtrue.monitors import oddity
from holdtrue.predicting.loaded import LoadedVersion
from holdtrue.predictionlog import FailedTest, Prediction, Refusal


class ModelFailed(EnvironmentFailed):
    """The model itself failed on rows that passed the contract."""

    code = "model-failed"


CONSTANT = "constant"
"""What answered where the model's stated fallback did."""


class Answer(Struct, frozen=True):
    """What became of one row.

    Attributes:
        verdict: what the contract says of it.
        value: the prediction, in the unit of the target; None if the row was refused.
        odd: why an accepted row is out of the ordinary, in words; None for an ordinary one.
        fallback: empty for the model's own answer, else what answered in its stead: `constant`.
    """

    verdict: Verdict
    value: float | None = None
    odd: str | None = None
    fallback: str = ""

    @property
    def refused(self) -> bool:
        """Whether the contract refused the row."""
        return self.verdict.row is None


class Asking(Struct, frozen=True, kw_only=True):
    """Who asks, when, and through what: the same for all rows of a request.

    Attributes:
        received: microseconds since 1970.
        client: an address, or the name the client gave itself.
        source: `server`, `batch`, `library` or `external`.
        alias, epoch: the alias that pointed at the version, and how often it had moved.
    """

    received: int
    client: str = ""
    source: str = "server"
    alias: str = "production"
    epoch: int = 0


def answer(loaded: LoadedVersion, verdicts: Sequence[Verdict]) -> list[Answer]:
    """Predict the rows that were accepted and mark the odd ones; one answer for each verdict, in order.

    A row that a live policy has fall back gets the version's stated fallback.

    Raises:
        ModelFailed: the model raised, or gave no finite number for a row.
    """
    rows = [verdict.row for verdict in verdicts if verdict.row is not None and not verdict.fall_back]
    try:
        values = iter(loaded.predict_rows(rows).tolist() if rows else ())
    except Exception as wrong:  # a model may raise anything
        raise ModelFailed(f"{loaded.model} {loaded.id[:12]} failed to predict: {wrong!r}") from wrong
    return [_answered(loaded, verdict, values) for verdict in verdicts]


def _answered(loaded: LoadedVersion, verdict: Verdict, values: Iterator[float]) -> Answer:
    row = verdict.row
    if row is None:
        return Answer(verdict)
    if verdict.fall_back:
        return Answer(verdict, loaded.manifest.fallback, fallback=CONSTANT)
    value = next(values)
    if not math.isfinite(value):
        raise ModelFailed(f"{loaded.model} {loaded.id[:12]} predicted {value} for {row}")
    mark = oddity(loaded.oddity, row)
    return Answer(verdict, value, None if mark is None else mark.reason)


def record_of(loaded: LoadedVersion, answered: Answer, prediction_id: str, asking: Asking) -> Prediction | Refusal:
    """Return what the log keeps of an answer."""
    row = answered.verdict.row
    if row is None or answered.value is None:
        return Refusal(
            id=prediction_id,
            received=asking.received,
            version=loaded.id,
            failures=failed_tests(answered.verdict.failures),
            client=asking.client,
            source=asking.source,
            alias=asking.alias,
            epoch=asking.epoch,
        )
    failures = answered.verdict.failures
    return Prediction(
        id=prediction_id,
        received=asking.received,
        version=loaded.id,
        row=row,
        value=answered.value,
        time=row_time(loaded, row),
        odd=answered.odd,
        warnings=tuple(failure.test for failure in failures) if failures else (),
        fallback=answered.fallback,
        replaced=answered.verdict.replaced,
        client=asking.client,
        source=asking.source,
        alias=asking.alias,
        epoch=asking.epoch,
    )


def row_time(loaded: LoadedVersion, row: Mapping[str, Any]) -> int | None:
    """Return a decoded row's own time in microseconds since 1970; None where the model has no time field."""
    field = loaded.manifest.time
    value = None if field is None else row.get(field)
    return None if value is None else micros_of(value)


def failed_tests(failures: Sequence[Failure]) -> tuple[FailedTest, ...]:
    """Return failures in the form the log keeps."""
    return tuple(
        FailedTest(
            field=failure.field,
            value=failure.value,
            test=failure.test,
            message=failure.message,
            severity=failure.severity.value,
        )
        for failure in failures
    )
