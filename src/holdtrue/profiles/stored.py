"""How profiles come back from what the store keeps of them: one check of the form for all."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Struct

from holdtrue.foundation import WrongUse

Stored = TypeVar("Stored")


class _Format(Struct):
    format: int


def stored_form(data: bytes, decoder: msgspec.msgpack.Decoder[Stored], known: int, kind: str, whole: str) -> Stored:
    """Read MessagePack that says its format.

    Args:
        known: the format that this release reads. kind, whole: what it should be, in words.

    Raises:
        WrongUse: it is of another format, or not that at all.
    """
    try:
        found = msgspec.msgpack.decode(data, type=_Format).format
        if found != known:
            raise WrongUse(f"a {kind} of format {found} cannot be read", hint="use the release that wrote it")
        return decoder.decode(data)
    except msgspec.DecodeError as broken:
        raise WrongUse(f"these bytes are no {whole}: {broken}") from broken
