"""From what a row holds of a picture, sound or film to its figures: bytes, base64 text, or figures already.

Text is base64 everywhere, never a path: files that a table names are read by `sources`, which puts in their place
figures that say which `file` they are of and, where it could not be read, the `fault`.
"""

from __future__ import annotations

import binascii
import io
import math
import re
from collections.abc import Mapping
from typing import Any, BinaryIO

import msgspec

from holdtrue.contracts.plain_values import plain, shown
from holdtrue.contracts.spec import ContractSpec
from holdtrue.contracts.unread import Unread
from holdtrue.media import (
    FIGURES,
    MEDIA,
    MOST_SAMPLES,
    MediaKind,
    MediaUnreadable,
    Spend,
    read_figures,
    require_library,
    unlimited,
)

FILE, FAULT = "file", "fault"
_DATA_URI = re.compile(r"data:([^;,]*)(?:;[^;,]*)*;base64,", re.IGNORECASE)
_LONGEST_PREFIX = 200
_NOT_FINITE = "a figure that is not finite"
_NEEDED = "needed are its bytes, in JSON as base64"


def read_value(
    kind: MediaKind, raw: Any, most_samples: int = MOST_SAMPLES, spend: Spend = unlimited
) -> dict[str, Any] | Unread:
    """Return the figures of a value that is not missing, or why there are none.

    Args:
        raw: bytes; text, which is bytes in base64, also as browsers write it (`data:image/png;base64,...`); or
            figures as a mapping.
        most_samples: so many of a sound are decoded; one with more is refused.
        spend: hears of the work of decoding before it is done.

    Raises:
        MissingExtra: the library that reads this kind is not installed.

    Example:
        >>> read_value("image", "cGhvdG8=").reason
        'not JPEG, PNG, WEBP, GIF, BMP or TIFF'
        >>> read_value("image", "photos/7.jpg").words, read_value("image", "photos/7.jpg").reason
        ('"photos/7.jpg"', 'text that is no base64')
    """
    if isinstance(raw, str):
        prefix = _DATA_URI.match(raw[:_LONGEST_PREFIX])
        if prefix is not None and not _may_hold(kind, prefix[1].lower()):
            return Unread(plain(raw), shown(raw), f"its own word is that it holds {prefix[1]}")
        try:
            raw = binascii.a2b_base64(raw[prefix.end() :] if prefix else raw, strict_mode=True)
        except ValueError:
            return Unread(plain(raw), shown(raw), "text that is no base64")
    if isinstance(raw, (bytes, bytearray, memoryview)):
        data = bytes(raw)
        return read_stream(kind, io.BytesIO(data), plain(data), shown(data), most_samples, spend)
    if isinstance(raw, Mapping):
        return _of_figures(kind, raw)
    return Unread(plain(raw), shown(raw), _NEEDED)


def read_stream(
    kind: MediaKind,
    stream: BinaryIO,
    value: Any,
    words: str,
    most_samples: int = MOST_SAMPLES,
    spend: Spend = unlimited,
) -> dict[str, Any] | Unread:
    """Return the figures of what a stream holds, or why there are none; `value` and `words` are what it is called."""
    try:
        figures = msgspec.structs.asdict(read_figures(kind, stream, most_samples=most_samples, spend=spend))
    except MediaUnreadable as fault:
        return Unread(value, words, fault.message)
    return figures if _all_finite(figures) else Unread(value, words, _NOT_FINITE)


def _may_hold(kind: MediaKind, said: str) -> bool:
    """Whether what a `data:` prefix says may be of a kind: its bytes say what it is. Sound and film share forms."""
    medium = said.partition("/")[0]
    return medium in ("", kind, "application") or {medium, kind} == {"audio", "video"}


def require_media(spec: ContractSpec) -> None:
    """Import the libraries that read the media of a contract.

    Raises:
        MissingExtra: one is not installed.
    """
    for medium in MEDIA:
        if any(field.kind == medium for field in spec.fields):
            require_library(medium)


def kept(found: dict[str, Any] | Unread, file: str | None) -> dict[str, Any]:
    """Return figures, or the want of them, as a table keeps them until the contract judges it.

    Args:
        file: its name, as the table has it; None where the table had the bytes.
    """
    if isinstance(found, Unread):
        return {FILE: found.value, FAULT: found.reason}
    return {**found, FILE: file, FAULT: None}


def _of_figures(kind: MediaKind, raw: Mapping[Any, Any]) -> dict[str, Any] | Unread:
    if raw.get(FAULT) is not None:
        found = raw.get(FILE)
        words = found if isinstance(found, str) and _is_size(found) else shown(found)
        return Unread(plain(found), words, str(plain(str(raw[FAULT]))))
    model = FIGURES[kind]
    given = {name: value for name, value in raw.items() if name not in (FILE, FAULT)}
    unknown = [name for name in given if name not in model.__struct_fields__]
    if unknown or not given:
        return Unread(plain(raw), shown(raw), _NEEDED)
    try:
        figures = msgspec.convert(given, model)
    except (msgspec.ValidationError, RecursionError) as wrong:
        return Unread(plain(raw), shown(raw), str(plain(str(wrong))))
    plainly = msgspec.structs.asdict(figures)
    return plainly if _all_finite(plainly) else Unread(plain(raw), shown(raw), _NOT_FINITE)


def _all_finite(figures: Mapping[str, Any]) -> bool:
    return all(math.isfinite(value) for value in figures.values() if isinstance(value, float))


def _is_size(words: str) -> bool:
    return words.startswith("<") and words.endswith(" bytes>") and words[1:-7].replace(",", "").isdigit()
