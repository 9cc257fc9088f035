"""What the log holds: answered rows, refused rows, labels and how the service ran, each as one MessagePack value.

Rows come back as they went in: dates, datetimes without a zone and whole numbers beyond 64 bits, which MessagePack has
no form for, travel as extension values. Structs are written as arrays; a new attribute may only be added at the end and
with a default, so that older segments stay readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct

_DATE, _NAIVE_DATETIME, _BIG_INTEGER = 1, 2, 3


class Prediction(Struct, frozen=True, kw_only=True, array_like=True, tag="p"):
    """One row that was answered.

    Attributes:
        id: the prediction's id, given by the client or made by the server. A row sent twice under one id may stand in
            the log twice; the first one counts.
        received: microseconds since 1970 by the clock of whoever answered.
        time: the row's own time by its contract, microseconds since 1970; None where the contract has none.
        version: the id of the model version that answered.
        row: the decoded row, derived fields included.
        value: the answer, in the unit of the target.
        odd: why this row is out of the ordinary, in words; None for an ordinary one.
        warnings: names of the tests that warned, such as `beds.warn.ge`.
        client: who asked: an address, or the name the client gave itself.
        fallback: empty for the model's own answer, else what answered in its stead.
        source: the road it came by: `server`, `batch`, `library` or `external`.
        alias: the alias that pointed at the version.
        epoch: how often that alias had moved; a watch takes the rows of one epoch.
        replaced: fields whose value in `row` is not what came, which failed a test, but what was stated to replace it.
    """

    id: str
    received: int
    version: str
    row: dict[str, Any]
    value: float
    time: int | None = None
    odd: str | None = None
    warnings: tuple[str, ...] = ()
    client: str = ""
    fallback: str = ""
    source: str = "server"
    alias: str = "production"
    epoch: int = 0
    replaced: tuple[str, ...] = ()

    @property
    def own(self) -> bool:
        """Whether it is the model's own answer to what was sent: no fallback, and nothing of the row replaced."""
        return not self.fallback and not self.replaced

    @property
    def moment(self) -> int:
        """The row's own time where it has one, else the time it was received."""
        return self.received if self.time is None else self.time


class FailedTest(Struct, frozen=True, kw_only=True, array_like=True):
    """One test that a refused row failed: the stored form of a contract's failure."""

    field: str
    value: Any
    test: str
    message: str
    severity: str = "refuse"


class Refusal(Struct, frozen=True, kw_only=True, array_like=True, tag="r"):
    """One row that was refused, with every test it failed; the row itself is not kept."""

    id: str
    received: int
    version: str
    failures: tuple[FailedTest, ...]
    client: str = ""
    source: str = "server"
    alias: str = "production"
    epoch: int = 0


class LabelRecord(Struct, frozen=True, kw_only=True, array_like=True, tag="l"):
    """What turned out to be true of one prediction. A later label of the same prediction corrects an earlier one.

    Attributes:
        prediction_id: the prediction it belongs to.
        value: the target's value.
        received: microseconds since 1970 by the server's clock.
        time: the data's own time at which the label became known, microseconds since 1970; None: when received.
    """

    prediction_id: str
    value: Any
    received: int
    time: int | None = None

    @property
    def moment(self) -> int:
        """The data's own time of the label where it is known, else the time it was received."""
        return self.received if self.time is None else self.time


class ServiceSample(Struct, frozen=True, kw_only=True, array_like=True, tag="s"):
    """How a server ran for some seconds, as far as one model is concerned.

    Attributes:
        server: the server's name in the log.
        received: when it ended, microseconds since 1970 by the server's clock.
        seconds: how long it was.
        requests: answered to clients of the model. failed: those among them that were the server's fault (status 500
            and above).
        typical, slow: the median and the 95th percentile of the seconds that the requests took; None without any.
        processor: cores the process was using on average, for whatever it did. memory: bytes it held at the end.
        alias, epoch: as of a prediction.
    """

    server: str
    received: int
    seconds: float
    requests: int = 0
    failed: int = 0
    typical: float | None = None
    slow: float | None = None
    processor: float = 0.0
    memory: int = 0
    alias: str = "production"
    epoch: int = 0

    @property
    def id(self) -> str:
        """What it is called where rows are called by their ids."""
        return f"{self.server}@{self.received}"


Record = Prediction | Refusal | LabelRecord | ServiceSample


def _restored(code: int, data: memoryview) -> Any:
    text = bytes(data).decode()
    if code == _DATE:
        return date.fromisoformat(text)
    if code == _NAIVE_DATETIME:
        return datetime.fromisoformat(text)
    if code == _BIG_INTEGER:
        return int(text, 16)
    raise ValueError(f"unknown extension {code} in a record of the prediction log")


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record, ext_hook=_restored)


def _storable(value: Any) -> Any:
    kind = value.__class__
    if kind is datetime and value.tzinfo is None:
        return msgspec.msgpack.Ext(_NAIVE_DATETIME, value.isoformat().encode())
    if kind is date:
        return msgspec.msgpack.Ext(_DATE, value.isoformat().encode())
    if kind is int and not -(2**63) <= value < 2**64:
        return msgspec.msgpack.Ext(_BIG_INTEGER, format(value, "x").encode())
    return value


def _storable_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _storable(value) for name, value in row.items()}


def encode_record(record: Record) -> bytes:
    """Return the bytes of a record.

    Example:
        >>> label = LabelRecord(prediction_id="a", value=date(1996, 7, 1), received=5)
        >>> decode_record(encode_record(label)) == label
        True
    """
    if isinstance(record, Prediction):
        record = msgspec.structs.replace(record, row=_storable_row(record.row))
    elif isinstance(record, LabelRecord):
        record = msgspec.structs.replace(record, value=_storable(record.value))
    elif isinstance(record, Refusal):
        failures = tuple(msgspec.structs.replace(failed, value=_storable(failed.value)) for failed in record.failures)
        record = msgspec.structs.replace(record, failures=failures)
    return _encoder.encode(record)


_PREDICTION = bytes(encode_record(Prediction(id="", received=0, version="", row={}, value=0.0))[:3])


def is_prediction(payload: bytes | memoryview) -> bool:
    """Return whether the bytes of a record are those of a prediction, by how they begin.

    Example:
        >>> is_prediction(encode_record(LabelRecord(prediction_id="a", value=1, received=5)))
        False
    """
    return payload[:3] == _PREDICTION


def decode_record(payload: bytes | memoryview) -> Record:
    """Return the record of bytes that `encode_record` made.

    Raises:
        msgspec.MsgspecError, ValueError: they are no such bytes.
    """
    record: Record = _decoder.decode(payload)
    return record
