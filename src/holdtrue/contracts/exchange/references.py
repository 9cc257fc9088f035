"""The parts of a JSON Schema put together: `$ref` within the document, `allOf`, and `anyOf` or `oneOf` with null."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from holdtrue.contracts.exchange.foreign_values import short
from holdtrue.foundation import DataUnreadable

Say = Callable[[str], None]

_MOST = 64
_LOWER, _UPPER = ("minimum", "exclusiveMinimum", "minLength"), ("maximum", "exclusiveMaximum", "maxLength")
_WORDS = ("title", "description", "$comment", "examples", "example", "default", "deprecated")


class Resolver:
    """Resolves the parts of one document; nothing outside of it is ever looked up.

    Args:
        document: the whole of it. file: how messages name it.
    """

    def __init__(self, document: Any, file: str) -> None:
        self._document, self.file = document, file
        self._left = 10_000  # parts that may be put together: a document can name one part many times over

    def resolved(self, schema: Any, say: Say, depth: int = 0) -> dict[str, Any]:
        """Return a schema without `$ref`, `allOf` and the null of `anyOf`; what cannot be put together is said.

        Raises:
            DataUnreadable: a reference that leads nowhere, or in a circle.
        """
        self._left -= 1
        if depth > _MOST or self._left < 0:
            raise DataUnreadable(f"{self.file}: its $ref lead in a circle, or on and on", hint="write the parts out")
        if not isinstance(schema, Mapping):
            if schema is not True:
                say("it is no schema" if schema is not False else "false: nothing may be there")
            return {}
        found = {key: value for key, value in schema.items() if key not in ("$ref", "allOf", "anyOf", "oneOf")}
        parts = []
        if "$ref" in schema:
            target = self._target(schema["$ref"], say)
            parts += [] if target is None else [self.resolved(target, say, depth + 1)]
        for key in ("allOf", "anyOf", "oneOf"):
            if key in schema:
                parts += self._joined(key, schema[key], say, depth)
        for part in parts:
            found = _both(found, part, say)
        return found

    def _joined(self, key: str, given: Any, say: Say, depth: int) -> list[dict[str, Any]]:
        if not isinstance(given, list):
            say(f"{key} is no list")
            return []
        parts = [self.resolved(each, say, depth + 1) for each in given]
        if key == "allOf":
            return parts
        values = [part for part in parts if not _is_null(part)]
        null = {"nullable": True} if len(values) < len(parts) else {}
        if len(values) == 1:
            return [values[0] | null]
        listed = [_listed(part) for part in values]
        if values and all(each is not None for each in listed):
            return [{"enum": [level for levels in listed for level in levels or ()], **null}]
        told = " | ".join(str(part.get("type", part.get("format", "..."))) for part in values)
        say(f"{key}: {told[:120]}")
        return [null]

    def _target(self, reference: Any, say: Say) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#"):
            say(f"$ref: {reference} is in another document, and none is fetched")
            return None
        found = self._document
        if reference not in ("#", "#/") and not reference.startswith("#/"):
            raise DataUnreadable(f"{self.file}: $ref {reference} is no path", hint="write #/$defs/NAME")
        for step in reference[2:].split("/") if len(reference) > 2 else ():
            name = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and name.isdecimal() and len(name) < 10 and int(name) < len(found):
                found = found[int(name)]
            elif isinstance(found, dict) and name in found:
                found = found[name]
            else:
                raise DataUnreadable(f"{self.file}: $ref {reference} leads nowhere", hint="mend it there")
        return found


def _is_null(part: Mapping[str, Any]) -> bool:
    only = part.get("type")
    return only in ("null", ["null"]) or part.get("enum") == [None] or ("const" in part and part["const"] is None)


def _listed(part: Mapping[str, Any]) -> list[Any] | None:
    """Return the values that a part lists, where it does nothing else."""
    if not part.keys() <= {"const", "enum", "type", *_WORDS}:
        return None
    if "const" in part:
        return [part["const"]]
    levels = part.get("enum")
    return levels if isinstance(levels, list) else None


def _both(a: dict[str, Any], b: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Return a schema that asks for what both ask for; where one word cannot say that, the first stands."""
    found = dict(a)
    for key, value in b.items():
        if key not in found or found[key] == value:
            found[key] = value
        elif key == "properties" and _mappings(found[key], value):
            twice = found[key].keys() & value.keys()
            both = {each: {"allOf": [found[key][each], value[each]]} for each in twice}
            found[key] = {**value, **found[key], **both}
        elif key in ("$defs", "definitions", "x-holdtrue") and _mappings(found[key], value):
            found[key] = {**value, **found[key]}
        elif key == "required" and isinstance(value, list) and isinstance(found[key], list):
            found[key] = [*found[key], *(each for each in value if each not in found[key])]
        elif key in _LOWER and _numbers(found[key], value):
            found[key] = max(found[key], value)
        elif key in _UPPER and _numbers(found[key], value):
            found[key] = min(found[key], value)
        elif key == "type" and (types := _shared_types(found[key], value)):
            found[key] = types
        elif key not in _WORDS:
            say(f"{key}: {short(value)} besides another {key}")
    if found.get("nullable") is True and not (_takes_null(a) and _takes_null(b)):
        del found["nullable"]
    return found


def _takes_null(part: Mapping[str, Any]) -> bool:
    types = part.get("type", "null")
    return part.get("nullable") is True or types == "null" or (isinstance(types, list) and "null" in types)


def _shared_types(a: Any, b: Any) -> str | list[str]:
    """Return the types that both name, whole numbers being numbers too; none if they share none."""
    left, right = ([each] if isinstance(each, str) else each for each in (a, b))
    if not isinstance(left, list) or not isinstance(right, list):
        return []
    shared = [each for each in left if each in right or (each == "integer" and "number" in right)]
    shared += [each for each in right if each == "integer" and "number" in left and each not in shared]
    return shared[0] if len(shared) == 1 else shared


def _numbers(*values: Any) -> bool:
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)


def _mappings(*values: Any) -> bool:
    return all(isinstance(value, dict) for value in values)
