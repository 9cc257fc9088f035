"""How a person names a thing: `house-price:v3`, `house-price:production`, `sales@2`, `alarm:ID`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from msgspec import Struct

from holdtrue.foundation import WrongUse, is_data_name

LATEST = "latest"
_RECORDS = ("run", "prediction", "alarm")
_NAME = r"[A-Za-z][A-Za-z0-9_.-]*"
_SELECTOR = r"[A-Za-z0-9][A-Za-z0-9_.-]*"


class VersionRef(Struct, frozen=True):
    """A model version: `NAME[:vN|:ALIAS|:HASH|:latest]`. Either part may be empty where it was left out."""

    model: str
    selector: str

    def __str__(self) -> str:
        return f"{self.model}:{self.selector}" if self.selector else self.model


class DataRef(Struct, frozen=True):
    """A data version: `NAME@N` or `NAME@latest` (`number` None)."""

    name: str
    number: int | None

    def __str__(self) -> str:
        return f"{self.name}@{self.number or LATEST}"


class RecordRef(Struct, frozen=True):
    """A run, a prediction or an alarm by its id."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


Reference = VersionRef | DataRef | RecordRef


def parse_reference(text: str) -> Reference:
    """Read a REF. What it names need not exist.

    Raises:
        WrongUse: it is not of any form that a REF has.

    Example:
        >>> parse_reference("house-price:v3")
        VersionRef(model='house-price', selector='v3')
        >>> parse_reference("sales@latest")
        DataRef(name='sales', number=None)
    """
    text = text.strip()
    data = re.fullmatch(rf"([^@]+)@([0-9]+|{LATEST})", text)
    if data and is_data_name(data[1]):
        return DataRef(data[1], None if data[2] == LATEST else int(data[2]))
    left, colon, right = text.partition(":")
    if colon and left in _RECORDS and right:
        return RecordRef(left, right)
    if re.fullmatch(rf"(?:{_NAME})?(?::{_SELECTOR})?", text) and text:
        return VersionRef(left, right)
    if re.fullmatch(_SELECTOR, text):
        return VersionRef("", text)
    forms = "NAME, NAME:v3, NAME:production, NAME:HASH, DATA@3, DATA@latest, run:ID, prediction:ID or alarm:ID"
    raise WrongUse(f'"{text}" names nothing', hint=f"write {forms}")


def is_alias_name(alias: str) -> bool:
    """Say whether a word may be an alias: lower-case letters, digits and `-`, and not read as something else.

    Example:
        >>> [is_alias_name(word) for word in ("production", "v3", "latest", "Blue")]
        [True, False, False, False]
    """
    return bool(re.fullmatch(r"[a-z][a-z0-9-]*", alias)) and not re.fullmatch(r"v[0-9]+", alias) and alias != LATEST


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return what there is, and what the word may have meant, as a hint.

    Example:
        >>> suggestion("prodution", ["production", "v1", "v2"])
        'did you mean production? there are: production, v1, v2'
    """
    there = list(known)
    if not there:
        return "there is none yet"
    shown = ", ".join(there[:20]) + (f" and {len(there) - 20} more" if len(there) > 20 else "")
    listed = f"there is only {shown}" if len(there) == 1 else f"there are: {shown}"
    near = difflib.get_close_matches(word, there, n=1, cutoff=0.6)
    return f"did you mean {near[0]}? {listed}" if near else listed
