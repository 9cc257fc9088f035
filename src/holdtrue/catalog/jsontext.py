"""Plain values as they are kept in a column of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from holdtrue.foundation import canonical

_decoder = msgspec.json.Decoder(dict[str, Any])


def to_text(value: Mapping[str, Any]) -> str:
    """Return a mapping as canonical JSON.

    Example:
        >>> to_text({"b": 1.5, "a": None})
        '{"a":null,"b":1.5}'
    """
    return canonical(value).decode()


def from_text(text: str) -> dict[str, Any]:
    """Return the mapping that was kept.

    Example:
        >>> from_text('{"a":null,"b":1.5}')
        {'a': None, 'b': 1.5}
    """
    return _decoder.decode(text)
