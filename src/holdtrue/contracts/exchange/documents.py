"""A document of someone else's, read with limits: JSON or YAML to plain values; nothing is run or fetched."""

from __future__ import annotations

import json
from typing import Any

from holdtrue.foundation import DataUnreadable, optional

LARGEST = 4 << 20
"""Characters that a document may have."""

DEEPEST = 64
"""How far its parts may stand in each other."""

_LONGEST = 14_000
"""Bits that a whole number may have; Python writes none that is much longer."""

_MEND = "write it anew, or take out what it does not need"


def read_document(text: str, name: str) -> Any:
    """Read JSON, or YAML where the name ends in .yaml or .yml.

    Args:
        name: how messages name it.

    Raises:
        DataUnreadable: it is neither, names a key twice, is too long or too deep, or (of YAML) uses aliases, which can
            make a few lines into gigabytes.
        MissingExtra: it is YAML, and the library for that is not installed.
    """
    if len(text) > LARGEST:
        raise DataUnreadable(f"{name} has more than {LARGEST >> 20} million characters", hint=_MEND)
    try:
        text.encode()
        value = _yaml(text, name) if name.lower().endswith((".yaml", ".yml")) else _json(text, name)
        _require_shallow(value, name)
    except RecursionError:
        raise _too_deep(name) from None
    except UnicodeEncodeError as wrong:
        raise DataUnreadable(f"{name}: holds half a letter, which is no text", hint=_MEND) from wrong
    return value


def _json(text: str, name: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        _require_once([key for key, _ in pairs], name)
        return dict(pairs)

    def no_number(word: str) -> Any:
        raise DataUnreadable(f"{name}: {word} is no number of JSON", hint=_MEND)

    try:
        return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=once, parse_constant=no_number)
    except ValueError as wrong:
        raise DataUnreadable(f"{name} is no JSON: {wrong}", hint="name a file that ends in .json or .yaml") from wrong


def _yaml(text: str, name: str) -> Any:
    yaml = optional("yaml", extra="yaml", purpose="reading YAML")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        depth = 0
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                where = event.start_mark.line + 1
                message = f"{name}, line {where}: *{event.anchor} stands for another part of the file"
                raise DataUnreadable(message, hint="write that part out")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise _too_deep(name)
        node = yaml.compose(text, Loader=loader)
        _require_keys(yaml, node, name)
        # Dates stay the text that they are: what they mean is the field's to say.
        return _value(yaml, node, loader(""), name)
    except yaml.YAMLError as wrong:
        raise DataUnreadable(f"{name} is no YAML: {' '.join(str(wrong).split())[:200]}", hint="mend it") from wrong


def _value(yaml: Any, node: Any, constructor: Any, name: str) -> Any:
    if node is None:
        return None
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _value(yaml, value, constructor, name) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(yaml, value, constructor, name) for value in node.value]
    if node.tag == "tag:yaml.org,2002:timestamp":
        return node.value
    if node.tag == "tag:yaml.org,2002:bool" and node.value.lower() not in ("true", "false"):
        return node.value  # yes, no, on and off are words since YAML 1.2
    try:
        value = constructor.construct_object(node)
    except (ValueError, LookupError, OverflowError) as wrong:  # what the library lets through, such as of 0x_
        where = f"{name}, line {node.start_mark.line + 1}"
        raise DataUnreadable(f"{where}: {node.value[:40]!r} is no {node.tag.rpartition(':')[2]}", hint=_MEND) from wrong
    if isinstance(value, int) and value.bit_length() > _LONGEST:
        where = f"{name}, line {node.start_mark.line + 1}"
        raise DataUnreadable(f"{where}: a number of {len(node.value):,} digits", hint=_MEND)
    return value


def _require_keys(yaml: Any, node: Any, name: str) -> None:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, yaml.MappingNode):
            if any(not isinstance(key, yaml.ScalarNode) for key, _ in each.value):
                raise DataUnreadable(f"{name}: a key is no plain text", hint=_MEND)
            _require_once([str(key.value) for key, _ in each.value], name)
            waiting += [value for _, value in each.value]
        elif isinstance(each, yaml.SequenceNode):
            waiting += each.value


def _require_once(keys: list[str], name: str) -> None:
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise DataUnreadable(f"{name}: {twice!r} stands twice in one object", hint="keep one of them")


def _require_shallow(value: Any, name: str) -> None:
    level, depth = [value], 0
    while level:
        if depth > DEEPEST:
            raise _too_deep(name)
        depth += 1
        level = [
            part
            for each in level
            if isinstance(each, (dict, list))
            for part in (each.values() if isinstance(each, dict) else each)
        ]


def _too_deep(name: str) -> DataUnreadable:
    return DataUnreadable(f"{name}: more than {DEEPEST} parts stand in each other", hint=_MEND)
