"""Lists and embeddings: how a whole list is read, and what rules can ask of one.

A list is of one kind of item; an embedding is a list of so many numbers. A list with an item that is missing (where
none may be) or not of its kind is, as a whole, not of its kind. `frame_decoding.py` decides the same for columns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np

from holdtrue.contracts.decoding import DECODERS, INVALID
from holdtrue.contracts.expressions import ITEM_KINDS
from holdtrue.contracts.plain_values import is_missing, plain_value
from holdtrue.contracts.spec import FieldSpec

Decoder = Callable[[Any], Any]


def decoder_of(field: FieldSpec) -> Decoder:
    """Return the function that decodes a field's value that is not missing, or gives INVALID.

    Example:
        >>> read = decoder_of(FieldSpec(name="sizes", kind="list[int]"))
        >>> read([1, 2.0]), read([1, "a"]), read([1, None]), read("1")
        ([1, 2], INVALID, INVALID, INVALID)
    """
    if field.kind not in ITEM_KINDS:
        return DECODERS[field.kind]

    def decode(raw: Any) -> Any:
        listed = listed_value(raw)
        if listed is None or (field.length is not None and len(listed) != field.length):
            return INVALID
        items = [decoded_item(field, item) for item in listed]
        return INVALID if any(item is INVALID for item in items) else items

    return decode


def listed_value(raw: Any) -> list[Any] | None:
    """Return a list, tuple or one-dimensional array as a list; None for anything else."""
    if isinstance(raw, np.ndarray):
        return list(raw.tolist()) if raw.ndim == 1 else None
    return list(raw) if isinstance(raw, (list, tuple)) else None


def decoded_item(field: FieldSpec, item: Any) -> Any:
    """Return an item's logical value, None for a missing one that may be missing, else INVALID."""
    plain = plain_value(item)
    if is_missing(plain):
        return None if field.items is not None and field.items.null else INVALID
    return DECODERS[ITEM_KINDS[field.kind]](plain)


def list_of_text(text: str) -> Any:
    """Read how CSV spells a list, which is as JSON; INVALID for what is no list.

    Example:
        >>> list_of_text("[1, 2.5]"), list_of_text("1, 2")
        ([1, 2.5], INVALID)
    """
    try:
        found = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return INVALID
    return found if isinstance(found, list) else INVALID


def _sum(items: list[Any]) -> Any:
    return _finite(lambda: math.fsum(_present(items)))


def _mean(items: list[Any]) -> Any:
    present = _present(items)
    return _finite(lambda: math.fsum(present) / len(present)) if present else None


def _least(items: list[Any]) -> Any:
    return min(_present(items), default=None)


def _most(items: list[Any]) -> Any:
    return max(_present(items), default=None)


def _norm(items: list[Any]) -> Any:
    return _finite(lambda: math.hypot(*_present(items)))


def _present(items: list[Any]) -> list[Any]:
    return [item for item in items if item is not None]


def _finite(compute: Callable[[], float]) -> float | None:
    try:
        value = compute()
    except OverflowError:
        return None
    return value if value - value == 0 else None


LIST_CALLS: Mapping[str, Callable[[list[Any]], Any]] = {
    "sum": _sum,
    "mean": _mean,
    "min": _least,
    "max": _most,
    "norm": _norm,
}
"""What both compilers call for a method of a list: one function, so that a row and a table get the same to the bit.

Sums are exactly rounded (Shewchuk, "Adaptive precision floating-point arithmetic", by `math.fsum`), so they do not
depend on the order of the items.
"""
