"""A contract taken over from another form, and the Python that declares it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from holdtrue.contracts.contract import counts_rows, unique_test
from holdtrue.contracts.declarations import WINDOW
from holdtrue.contracts.draft_text import MARKERS
from holdtrue.contracts.expression_source import source_of
from holdtrue.contracts.expressions import INT_MAX, INT_MIN
from holdtrue.contracts.fields import Declaration, field_spec
from holdtrue.contracts.places import Place
from holdtrue.contracts.python_text import comment, docstring, folded, literal
from holdtrue.contracts.spec import (
    Bounds,
    ContractSpec,
    DeriveSpec,
    FieldSpec,
    LivePolicy,
    RuleSpec,
    Severity,
    TableTestSpec,
)
from holdtrue.foundation import ContractError


class Imported(Struct, frozen=True, kw_only=True):
    """A contract taken over.

    Attributes:
        name: of the class. doc: what it says of itself.
        tests: its table tests, less those that its unique fields bring with them.
        notes: what could not be taken over: of a field by its name, of the whole under "".
    """

    name: str
    fields: tuple[FieldSpec, ...]
    doc: str = ""
    derives: tuple[DeriveSpec, ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    tests: tuple[TableTestSpec, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def spec(self) -> ContractSpec:
        """The contract that its Python declares."""
        written = {test.name for test in self.tests}
        brought = (unique_test(field) for field in self.fields if field.unique)
        return ContractSpec(
            name=self.name,
            fields=self.fields,
            derives=self.derives,
            rules=self.rules,
            table_tests=(*self.tests, *(test for test in brought if test.name not in written)),
        )


def checked(field: FieldSpec, file: str) -> FieldSpec:
    """Return a field if a contract can have it.

    Raises:
        ContractError: no value can pass, or an option does not fit the kind; the message begins with the file.
    """
    declared = _declaration(field, Place(file, 0))
    try:
        return field_spec(field.name, field.kind, declared)
    except ContractError as wrong:
        message = wrong.message.replace(f"{file}:0: ", f"{file}: ", 1)
        raise ContractError(message, hint="mend it there first") from None


def _declaration(field: FieldSpec, place: Place) -> Declaration:
    return Declaration(
        place=place,
        column=field.column,
        missing=field.missing,
        null=field.null,
        unit=field.unit,
        doc=field.doc,
        refuse=field.refuse,
        warn=field.warn,
        allowed=field.allowed,
        pattern=field.pattern,
        min_length=field.min_length,
        max_length=field.max_length,
        length=field.length,
        items=None if field.items is None else _declaration(field.items, place),
        unique=field.unique if field.kind == "key" or field.unique else None,
        seen=field.seen,
        severity=_severities(field),
        live=dict(field.live) or None,
    )


def contract_text(contracts: Sequence[Imported], source: str) -> str:
    """Write contracts as Python, ready for a model.py; what could not be taken over is said in comments.

    Args:
        source: what they were read from, for the docstrings.
    """
    classes = [_class(each, source) for each in contracts]
    dates = any("dt." in line for lines in classes for line in lines if not line.lstrip().startswith(("#", '"""')))
    lines = ["import datetime as dt", ""] if dates else []
    lines += ["import holdtrue as ht"]
    for each in classes:
        lines += ["", "", *each]
    return "\n".join(lines) + "\n"


def _class(contract: Imported, source: str) -> list[str]:
    doc = contract.doc.rstrip(".")
    said = f"{doc}. Taken over from {source}." if doc else f"Taken over from {source}."
    lines = [f"class {contract.name}(ht.Contract):", f"    {docstring(said)}", ""]
    known = {field.name for field in contract.fields}
    whole = [note for name, note in contract.notes if name not in known]
    lines += [line for note in whole for line in comment(f"not taken over: {note}")]
    lines += [""] * bool(whole)
    for field in contract.fields:
        lines += [
            line for name, note in contract.notes if name == field.name for line in comment(f"not taken over: {note}")
        ]
        given = ", ".join(f"{option}={value}" for option, value in _options(field).items())
        of_levels = field.items is not None and field.items.kind == "category"
        declared = f"    {field.name}: ht.{'List[ht.Category]' if of_levels else MARKERS[field.kind]}"
        lines += folded(f"{declared} = ht.field({given})" if given else declared)
    for derive in contract.derives:
        lines += _function("ht.derive", "", derive.name, "row", derive.doc, source_of(derive.expression))
    for rule in contract.rules:
        options = [f'severity="{rule.severity.value}"'] if rule.severity is not Severity.REFUSE else []
        options += ["live=ht.fall_back()"] if rule.live is not None else []
        lines += _function("ht.rule", ", ".join(options), rule.name, "row", rule.message, source_of(rule.expression))
    for test in contract.tests:
        source = source_of(test.expression)
        lines += _function("ht.table_test", _given(test), test.name, "table", test.message, source)
    return lines


def _given(test: TableTestSpec) -> str:
    """Return what `table_test(...)` is given."""
    given = [f'severity="{test.severity.value}"'] if test.severity is not Severity.REFUSE else []
    given += ["live=True"] if test.live else []
    given += [f"window={test.window}"] if test.window != WINDOW else []
    given += [f"volume={test.volume}"] if test.volume != counts_rows(test.expression) else []
    return ", ".join(given)


def _function(decorator: str, given: str, name: str, argument: str, said: str, returned: str) -> list[str]:
    lines = ["", f"    @{decorator}({given})" if given else f"    @{decorator}", f"    def {name}({argument}):"]
    lines += [f'        """{literal(said)[1:-1]}."""'] if said else []
    return [*lines, *folded(f"        return {returned}")]


def _severities(field: FieldSpec) -> dict[str, str]:
    """Return a field's severities as `field(...)` is given them: that an unseen level refuses must be said."""
    seen = {"seen": "refuse"} if field.seen else {}
    return seen | {test: severity.value for test, severity in field.severities.items()}


def _options(field: FieldSpec) -> dict[str, str]:
    """Return what `ht.field(...)` is given, as Python source."""
    options = {"column": literal(field.column)} if field.column else {}
    options |= _limits(field.refuse)
    if field.warn is not None:
        options["warn"] = f"ht.bounds({', '.join(f'{side}={value}' for side, value in _limits(field.warn).items())})"
    if field.allowed is not None:
        options["allowed"] = f"[{', '.join(map(literal, field.allowed))}]"
    if field.pattern is not None:
        plain = field.pattern.isprintable() and '"' not in field.pattern and not field.pattern.endswith("\\")
        options["pattern"] = f'r"{field.pattern}"' if plain and "\\" in field.pattern else literal(field.pattern)
    for name, value in (("min_length", field.min_length), ("max_length", field.max_length)):
        if value is not None:
            options[name] = str(value)
    if field.length is not None:
        options["length"] = str(field.length)
    if field.items is not None:
        inner = ", ".join(f"{option}={value}" for option, value in _options(field.items).items())
        options["items"] = f"ht.field({inner})"
    if field.null:
        options["null"] = "True"
    if field.unique != (field.kind == "key"):
        options["unique"] = str(field.unique)
    if field.seen:
        options["seen"] = "True"
    severities = _severities(field)
    if severities and not (field.seen and severities == {"seen": "warn"}):
        options["severity"] = _mapping({test: literal(severity) for test, severity in severities.items()})
    if field.live:
        options["live"] = _mapping({test: _policy(policy) for test, policy in field.live.items()})
    if field.missing:
        options["missing"] = f"[{', '.join(map(literal, field.missing))}]"
    options |= {name: literal(text) for name, text in (("unit", field.unit), ("doc", field.doc)) if text}
    return options


def _mapping(given: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{literal(key)}: {value}" for key, value in given.items()) + "}"


def _policy(policy: LivePolicy) -> str:
    if policy.action == "fall_back":
        return "ht.fall_back()"
    value = policy.value
    return f"ht.replace({literal(value) if isinstance(value, str) else repr(value)})"


def _limits(limits: Bounds) -> dict[str, str]:
    given = {side: getattr(limits, side) for side in ("ge", "gt", "le", "lt")}
    return {side: _value(limit) for side, limit in given.items() if limit is not None}


def _value(limit: Any) -> str:
    if isinstance(limit, dt.date):
        return f"dt.date({limit.year}, {limit.month}, {limit.day})"
    if isinstance(limit, float) and limit.is_integer() and abs(limit) < 1e15 and str(limit) != "-0.0":
        limit = int(limit)
    return (
        f"{limit:_}" if isinstance(limit, int) and INT_MIN <= limit <= INT_MAX and abs(limit) >= 10_000 else repr(limit)
    )
