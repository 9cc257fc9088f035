"""Canonical bytes and content hashes: equal values give equal ids on every machine."""

from __future__ import annotations

from typing import Any

import msgspec
from blake3 import blake3

_encoder = msgspec.json.Encoder(order="deterministic")


def canonical(value: Any) -> bytes:
    """Encode a struct or plain value as JSON with sorted keys and no spaces.

    Example:
        >>> canonical({"b": 1, "a": 2})
        b'{"a":2,"b":1}'
    """
    return _encoder.encode(value)


def digest(data: bytes | memoryview) -> str:
    """Return the BLAKE3 hash of bytes, 64 hexadecimal letters.

    Example:
        >>> digest(b"")[:8]
        'af1349b9'
    """
    return blake3(data).hexdigest()


def digest_of(value: Any) -> str:
    """Return the hash of a value's canonical bytes."""
    return digest(canonical(value))
