"""A row that a version takes, to be shown: of what is in the middle, and of no single row that there was."""

from __future__ import annotations

import datetime as dt
import io
import math
import struct
import wave
import zlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from holdtrue.contracts import ITEM_KINDS, Bounds, ContractSpec, FieldSpec, RowChecker
from holdtrue.contracts.exchange import example_of
from holdtrue.foundation import datetime_of
from holdtrue.predicting import LoadedVersion
from holdtrue.profiles import ColumnProfile

_WORDS = "such as this "
_TRIED = 8
"""Values of one field that are tried in the place of the first."""


def example_row(loaded: LoadedVersion) -> dict[str, Any] | None:
    """Return a row that the version's contract takes.

    None where what is in the middle of each column is refused together, and so are a few others near it.
    """
    tried = {field.name: _passing(field, loaded.baseline.profiles.get(field.name)) for field in loaded.contract.fields}
    if not all(tried.values()):
        return None
    row = {name: values[0] for name, values in tried.items()}
    if not loaded.checker.check(row).refused:
        return row
    for name, values in tried.items():
        for value in values[1:]:
            other = {**row, name: value}
            if not loaded.checker.check(other).refused:
                return other
    return None


def example_label(target: FieldSpec) -> Any:
    """Return a value that the target may have; None where none was found."""
    return next(iter(_passing(target, None)), None)


def _passing(field: FieldSpec, profile: ColumnProfile | None) -> list[Any]:
    """Return values that the field's own tests take, the likeliest first."""
    alone = replace(field, column="", live={}, severities={})
    checker = RowChecker(ContractSpec(name="Row", fields=(alone,)))
    found: list[Any] = []
    for value in _values(field, profile):
        if len(found) < _TRIED and not checker.check({field.name: value}).refused:
            found.append(value)
    return found


def _values(field: FieldSpec, profile: ColumnProfile | None) -> Iterator[Any]:
    match field.kind:
        case "int" | "float":
            numbers = [*_quantiles(profile), *_between(field.refuse)]
            yield from ((round(number) if field.kind == "int" else number) for number in numbers)
        case "bool":
            yield from (True, False)
        case "date":
            yield from (day.isoformat() for day in _days(field.refuse, profile))
        case "datetime":
            yield from (f"{day.isoformat()}T12:00:00Z" for day in _days(field.refuse, profile))
        case "category":
            known = profile.top.counts if profile is not None else {}
            yield from [*known, *(field.allowed or ())] or _texts(field, "text")
        case "text":
            yield from _texts(field, "text")
        case "key":
            yield from _texts(field, "1001")
        case "image" | "audio" | "video":
            yield from _media(field.kind)
        case _:
            yield from _lists(field)
    if field.null:
        yield None


def _quantiles(profile: ColumnProfile | None) -> list[float]:
    if profile is None or profile.kind not in ("number", "time") or not profile.moments.n:
        return []
    return [float(each) for each in profile.quantiles.quantiles([0.5, 0.25, 0.75])]


def _between(limits: Bounds) -> list[float]:
    given = (limits.ge, limits.gt, limits.le, limits.lt)
    low, above, high, below = (float(each) if isinstance(each, (int, float)) else None for each in given)
    low, high = above if low is None else low, below if high is None else high
    if low is not None and high is not None:
        return [(low + high) / 2, low, high]
    return [low + 1, low] if low is not None else [high - 1, high] if high is not None else [1.0, 0.0]


def _days(limits: Bounds, profile: ColumnProfile | None) -> Iterator[dt.date]:
    yield from (datetime_of(int(micros)).date() for micros in _quantiles(profile))
    yield dt.date(2026, 1, 31)
    for limit, step in ((limits.ge, 0), (limits.gt, 1), (limits.le, 0), (limits.lt, -1)):
        if isinstance(limit, dt.date) and dt.date.min < limit < dt.date.max:
            yield limit + dt.timedelta(step)


def _texts(field: FieldSpec, usual: str) -> Iterator[str]:
    least, most = field.min_length or 0, field.max_length
    if field.pattern is not None:
        found = example_of(field.pattern, least=least, most=most)
        if found is not None:
            yield found
    text = usual if len(usual) >= least else (_WORDS * (least // len(_WORDS) + 1))[:least]
    yield text if most is None else text[:most]


def _lists(field: FieldSpec) -> Iterator[list[Any]]:
    item = field.items or FieldSpec(name=f"{field.name}[]", kind=ITEM_KINDS[field.kind])
    if field.length is not None:
        yield [1 / math.sqrt(field.length)] * field.length  # an embedding is often of length 1
    size = field.length or max(1, field.min_length or 0)
    size = size if field.max_length is None else min(size, field.max_length)
    for value in _passing(replace(item, name="item"), None):
        yield [value] * size


def _media(kind: str) -> Iterator[Any]:
    if kind == "image":
        yield _told(_picture(64, 48))
        yield _told(_picture(640, 480))
    if kind == "audio":
        yield _told(_sound(0.1))
        yield _told(_sound(1.0))
    yield dict(_FIGURES[kind])


def _told(data: bytes) -> str:
    return b64encode(data).decode()


def _picture(width: int, height: int) -> bytes:
    """Return a grey PNG, lighter from left to right."""

    def part(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    line = b"\0" + bytes(64 + 128 * x // width for x in range(width))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(line * height, 9)) + part(b"IEND", b"")
    )


def _sound(seconds: float) -> bytes:
    """Return a WAV of 440 Hz, one channel of 8 bits at 8 kHz."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        waves = (128 + round(64 * math.sin(2 * math.pi * 440 * n / 8000)) for n in range(int(8000 * seconds)))
        sound.writeframes(bytes(waves))
    return buffer.getvalue()


# What each figure of a usual file is, where the file itself is too long to be shown.
_FIGURES: dict[str, dict[str, Any]] = {
    "image": {
        "bytes": 120_000, "content": "0" * 64, "format": "JPEG", "width": 1280, "height": 960, "mode": "RGB",
        "brightness": 0.5, "contrast": 0.2, "sharpness": 500.0, "fingerprint": "0f" * 8,
    },
    "audio": {
        "bytes": 480_000, "content": "0" * 64, "format": "WAV", "sample_rate": 16_000, "channels": 1, "duration": 15.0,
        "loudness": 0.1, "silence": 0.1, "clipping": 0.0,
    },
    "video": {
        "bytes": 2_000_000, "content": "0" * 64, "format": "MP4", "width": 1280, "height": 720, "frame_rate": 25.0,
        "duration": 12.0, "frames": 300, "codec": "h264",
    },
}  # fmt: skip
