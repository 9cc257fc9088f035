"""The contract as data: what travels in a model version, and what both compilers start from."""

from __future__ import annotations

import datetime as dt
import keyword
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from holdtrue.contracts.expressions import (
    STRINGS,
    Expression,
    FieldRef,
    Kind,
    Statistic,
    kind_of,
    nodes_of,
    require_shallow,
)
from holdtrue.foundation import ContractError, EnvironmentFailed, digest_of

FORMAT = 1
RESERVED = ("row", "rule", "table")
"""First parts of the ids of tests that belong to no field."""


class Severity(StrEnum):
    """What a failed test does: `refuse` the row, `warn` about it, or only `note` it."""

    REFUSE = "refuse"
    WARN = "warn"
    NOTE = "note"


class LivePolicy(Struct, frozen=True, kw_only=True):
    """What a live row that fails a refusing test gets in place of a refusal.

    Attributes:
        action: `replace`: the value is taken as if `value` had been sent; `fall_back`: the row is answered with the
            model's stated fallback.
        value: what replaces it, of the field's own kind; dates and times as ISO text.
    """

    action: Literal["replace", "fall_back"]
    value: bool | int | float | str | None = None


class Bounds(Struct, frozen=True, kw_only=True):
    """Limits of a number or date; None is no limit. For datetimes a date means its midnight, UTC."""

    ge: int | float | dt.date | None = None
    gt: int | float | dt.date | None = None
    le: int | float | dt.date | None = None
    lt: int | float | dt.date | None = None


class FieldSpec(Struct, frozen=True, kw_only=True):
    """One field: its kind and the tests of its value.

    Attributes:
        column: what tables call it, where that is no name in Python; a table may use the field's own name too.
        missing: texts that stand for no value in CSV files, such as `NA`.
        null: whether a row may leave it out.
        refuse, warn: limits beyond which a row is refused, or only warned about.
        allowed: the levels of a category, in the order of their codes; None: any text.
        pattern: a regular expression that the whole text must match.
        min_length, max_length: limits of a text's length in characters (code points).
        length: how many numbers an embedding has.
        items: the tests of each item of a list; its name is the list's with `[]`.
        unique: whether no value may stand in a table twice; the contract then has a table test `NAME_unique`.
        seen: whether a category's level must have been in the training rows; not judged before training.
        levels: those of the training rows, once a version is trained.
        severities: of tests that do not refuse, by the test's name: `{"allowed": Severity.WARN}`.
        live: what a live row gets in place of a refusal, by the name of the test it fails.
    """

    name: str
    kind: Kind
    column: str = ""
    missing: tuple[str, ...] = ()
    null: bool = False
    unit: str = ""
    doc: str = ""
    refuse: Bounds = Bounds()
    warn: Bounds | None = None
    allowed: tuple[str, ...] | None = None
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    length: int | None = None
    items: FieldSpec | None = None
    unique: bool = False
    seen: bool = False
    levels: tuple[str, ...] | None = None
    severities: dict[str, Severity] = {}
    live: dict[str, LivePolicy] = {}


class RuleSpec(Struct, frozen=True, kw_only=True):
    """A test between fields of one row: broken where its expression is false, not judged where it is null.

    Attributes:
        live: what a live row that breaks it gets in place of a refusal; only `fall_back`.
    """

    name: str
    expression: Expression
    severity: Severity = Severity.REFUSE
    message: str = ""
    reads: tuple[str, ...] = ()
    live: LivePolicy | None = None


class DeriveSpec(Struct, frozen=True, kw_only=True):
    """A field computed from others of the same row."""

    name: str
    expression: Expression
    kind: Kind
    doc: str = ""
    reads: tuple[str, ...] = ()


class TableTestSpec(Struct, frozen=True, kw_only=True):
    """A test of a whole table.

    Attributes:
        live: whether it is also judged on windows of live rows, of `window` rows each.
        volume: whether it depends on how many rows there are, and is therefore not judged on a slice.
    """

    name: str
    expression: Expression
    severity: Severity = Severity.REFUSE
    message: str = ""
    live: bool = False
    volume: bool = False
    window: int = 500
    reads: tuple[str, ...] = ()


class ContractSpec(Struct, frozen=True, kw_only=True):
    """A whole contract, ready for JSON (`msgspec.json`); equal contracts have equal digests."""

    name: str
    fields: tuple[FieldSpec, ...]
    derives: tuple[DeriveSpec, ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    table_tests: tuple[TableTestSpec, ...] = ()
    format: int = FORMAT

    @property
    def kinds(self) -> dict[str, Kind]:
        """The kind of every field and derived field, in the contract's order."""
        return {field.name: field.kind for field in self.fields} | {derive.name: derive.kind for derive in self.derives}

    def field(self, name: str) -> FieldSpec | None:
        """Return the field of that name; None for derived and unknown ones."""
        return next((field for field in self.fields if field.name == name), None)

    def live(self, target: str | None) -> ContractSpec:
        """Return the contract of live rows: less the target, and every derived field, rule and test that needs it."""
        if target is None:
            return self
        gone = {target}
        for derive in self.derives:  # in order: a derived field reads only those before it
            if gone.intersection(derive.reads):
                gone.add(derive.name)
        return replace(
            self,
            fields=tuple(field for field in self.fields if field.name not in gone),
            derives=tuple(derive for derive in self.derives if derive.name not in gone),
            rules=tuple(rule for rule in self.rules if not gone.intersection(rule.reads)),
            table_tests=tuple(test for test in self.table_tests if not gone.intersection(test.reads)),
        )

    def fitted(self, levels: Mapping[str, tuple[str, ...]]) -> ContractSpec:
        """Return the contract that has seen training rows: with the levels of its fields that ask for them."""
        fields = (replace(each, levels=levels[each.name]) if each.seen else each for each in self.fields)
        return replace(self, fields=tuple(fields))

    def digest(self) -> str:
        """Return the hash of the contract's content."""
        return digest_of(self)


def validate(spec: ContractSpec) -> None:
    """Check that a contract can be compiled; a spec read from a file must pass here before code is made of it.

    Raises:
        ContractError: a name twice or not an identifier, a rule that reads what is not there or gives no yes or no.
        EnvironmentFailed: the contract was written by a later release.
    """
    check_format("contract", spec.format)
    kinds: dict[str, Kind] = {}
    for name, kind in [(f.name, f.kind) for f in spec.fields]:
        check_name(name, kinds)
        kinds[name] = kind
    for derive in spec.derives:
        check_name(derive.name, kinds)
        _expect(f"derived field {derive.name}", derive.expression, kinds, derive.kind)
        kinds[derive.name] = derive.kind
    for rule in spec.rules:
        check_name(rule.name, {})
        _expect(f"rule {rule.name}", rule.expression, kinds, "bool")
    for test in spec.table_tests:
        check_name(test.name, {})
        require_shallow(test.expression)
        if any(isinstance(node, FieldRef) for node in nodes_of(test.expression)):
            raise ContractError(f"table test {test.name} reads a row's field", hint="write it as a rule")
        if kind_of(test.expression, kinds) != "bool":
            raise ContractError(f"table test {test.name} does not give a yes or no", hint="return a comparison")


def check_format(what: str, found: int) -> None:
    """Stop at a stored form that this release does not know."""
    if found != FORMAT:
        message = f"this {what} is of format {found}, and this release of holdtrue reads format {FORMAT}"
        raise EnvironmentFailed(message, hint="install a later release")


def check_name(name: str, taken: dict[str, Kind]) -> None:
    """Refuse a name that is taken, or that could not be an attribute of a row."""
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise ContractError(
            f"{name!r} cannot be a name in a contract", hint="use letters, digits and _, not first, and no keyword"
        )
    if name in RESERVED:
        raise ContractError(f"{name} cannot be a name in a contract", hint=f"tests are called {name}.something")
    if name in taken:
        raise ContractError(f"{name} is defined twice", hint="give the derived field another name")


def _expect(what: str, expression: Expression, kinds: dict[str, Kind], kind: Kind) -> None:
    require_shallow(expression)
    if any(isinstance(node, Statistic) for node in nodes_of(expression)):
        raise ContractError(f"{what} reads a table's figure", hint="write it as a table test")
    found = kind_of(expression, kinds)
    if found != kind and not {found, kind} <= set(STRINGS):
        raise ContractError(f"{what} gives {found} where {kind} is needed", hint="return a comparison")
