"""Rules, derived fields and table tests, which other forms have no test for: told in words, and carried as trees."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from holdtrue.contracts.contract import counts_rows, unique_test
from holdtrue.contracts.declarations import FEWEST, MOST, WINDOW
from holdtrue.contracts.exchange.foreign_values import short
from holdtrue.contracts.expression_source import read_back
from holdtrue.contracts.expression_text import expression_text
from holdtrue.contracts.expressions import Expression, Kind, Statistic, kind_of, nodes_of, reads_of, require_shallow
from holdtrue.contracts.python_text import class_name
from holdtrue.contracts.spec import (
    ContractSpec,
    DeriveSpec,
    FieldSpec,
    LivePolicy,
    RuleSpec,
    Severity,
    TableTestSpec,
    check_name,
)
from holdtrue.contracts.symbols import SymbolicRow, SymbolicTable
from holdtrue.foundation import ContractError

DEEPEST = 40
"""How deep a tree may be to be carried: a document has only so many parts in each other."""

UNUSABLE = ("ht", "dt", "spec")
"""Names that functions of a class cannot have where `ht` and `dt` are modules."""


class Told(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule, derived field or table test in a document.

    Attributes:
        expression: in words. tree: as data; None where it is deeper than `DEEPEST`.
        message: of a rule or test. doc: of a derived field.
        live: of a rule what a live row gets in place of a refusal, of a table test whether it is judged live.
        volume: where it is not what the test's figures say. window: of a test that is judged live.
    """

    name: str
    expression: str = ""
    severity: Severity = Severity.REFUSE
    message: str = ""
    doc: str = ""
    live: LivePolicy | bool | None = None
    volume: bool | None = None
    window: int = WINDOW
    tree: Expression | None = None


class Found(Struct, frozen=True, kw_only=True):
    """What was read of a document; `notes` says of the rest what it was, in words."""

    derives: tuple[DeriveSpec, ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    tests: tuple[TableTestSpec, ...] = ()
    notes: tuple[str, ...] = ()


def told_rule(rule: RuleSpec) -> Told:
    """Return a rule as a document tells it."""
    return Told(
        name=rule.name,
        expression=expression_text(rule.expression),
        severity=rule.severity,
        message=rule.message,
        live=rule.live,
        tree=_carried(rule.expression),
    )


def told_derive(derive: DeriveSpec) -> Told:
    """Return a derived field as a document tells it."""
    text = expression_text(derive.expression)
    return Told(name=derive.name, expression=text, doc=derive.doc, tree=_carried(derive.expression))


def told_test(test: TableTestSpec) -> Told:
    """Return a table test as a document tells it."""
    return Told(
        name=test.name,
        expression=expression_text(test.expression),
        severity=test.severity,
        message=test.message,
        live=test.live or None,
        volume=None if test.volume == counts_rows(test.expression) else test.volume,
        window=test.window,
        tree=_carried(test.expression),
    )


def too_deep(spec: ContractSpec) -> list[str]:
    """Return notes on what is told in words alone."""
    parts = [(part.name, part.expression) for part in spec.rules]
    parts += [(part.name, part.expression) for part in spec.derives]
    parts += [(part.name, part.expression) for part in spec.table_tests]
    deep = [name for name, expression in parts if _carried(expression) is None]
    return [f"told in words alone, for they nest too deep: {', '.join(deep)}"] if deep else []


def own_tests(spec: ContractSpec) -> tuple[TableTestSpec, ...]:
    """Return a contract's table tests less those that its unique fields bring with them again."""
    return less_brought(spec.table_tests, spec.fields)


def less_brought(tests: Sequence[TableTestSpec], fields: Sequence[FieldSpec]) -> tuple[TableTestSpec, ...]:
    """Return tests less those at their end that unique fields bring with them, in the same order."""
    brought = [unique_test(field) for field in fields if field.unique]
    for place in range(len(tests) + 1):
        written = {test.name for test in tests[:place]}
        if list(tests[place:]) == [test for test in brought if test.name not in written]:
            return tuple(tests[:place])
    return tuple(tests)


class Reader:
    """Reads what our own export told of a contract, into what its fields allow.

    Args:
        name: of the contract.
    """

    def __init__(self, name: str, fields: Sequence[FieldSpec]) -> None:
        self._name = name
        self._allowed = {field.name: field.allowed for field in fields}
        self.kinds: dict[str, Kind] = {field.name: field.kind for field in fields}
        self._taken = set(self.kinds)
        self.derives: list[DeriveSpec] = []
        self.rules: list[RuleSpec] = []
        self.tests: list[TableTestSpec] = []
        self.notes: list[str] = []

    @property
    def found(self) -> Found:
        """What was read."""
        return Found(
            derives=tuple(self.derives), rules=tuple(self.rules), tests=tuple(self.tests), notes=tuple(self.notes)
        )

    @property
    def table(self) -> SymbolicTable:
        """Stands for a table of the contract."""
        return SymbolicTable(self._name, self.kinds)

    def derive(self, given: Any) -> None:
        """Take a derived field over, or say what it was."""
        told = self._told("derived field", given)
        if told is None or told.tree is None:
            return
        try:
            self._check(told.name, told.tree, "")
            found = read_back(told.tree, SymbolicRow(self._name, self.kinds, self._allowed))
            reads = reads_of(told.tree)
            if found is None or not reads:
                self._say("derived field", told)
                return
        except ContractError as wrong:
            self._say("derived field", told, wrong.message)
            return
        self._taken.add(told.name)
        self.kinds[told.name] = found.kind
        self.derives.append(
            DeriveSpec(name=told.name, expression=found.node, kind=found.kind, doc=told.doc, reads=reads)
        )

    def rule(self, given: Any) -> None:
        """Take a rule over, or say what it was."""
        told = self._told("rule", given)
        if told is None or told.tree is None:
            return
        live = told.live if isinstance(told.live, LivePolicy) else None
        fits = live is None or (live == LivePolicy(action="fall_back") and told.severity is Severity.REFUSE)
        try:
            self._check(told.name, told.tree, "bool")
            found = read_back(told.tree, SymbolicRow(self._name, self.kinds, self._allowed)) if fits else None
            reads = reads_of(told.tree)
            if found is None or not reads:
                self._say("rule", told)
                return
        except ContractError as wrong:
            self._say("rule", told, wrong.message)
            return
        self._taken.add(told.name)
        self.rules.append(
            RuleSpec(
                name=told.name,
                expression=found.node,
                severity=told.severity,
                message=told.message,
                reads=reads,
                live=live,
            )
        )

    def test(self, given: Any, tree: Expression | None = None) -> None:
        """Take a table test over, or say what it was.

        Args:
            tree: what the test is by the document's own words.
        """
        told = self._told("table test", given, tree)
        if told is None or told.tree is None:
            return
        live = told.live is True
        others = any(isinstance(node, Statistic) and node.statistic == "orphans" for node in nodes_of(told.tree))
        try:
            self._check(told.name, told.tree, "bool")
            fits = FEWEST <= told.window <= MOST and not (live and others)
            found = read_back(told.tree, self.table) if fits else None
            if found is None or not any(isinstance(node, Statistic) for node in nodes_of(told.tree)):
                self._say("table test", told)
                return
        except ContractError as wrong:
            self._say("table test", told, wrong.message)
            return
        self._taken.add(told.name)
        self.tests.append(
            TableTestSpec(
                name=told.name,
                expression=found.node,
                severity=told.severity,
                message=told.message,
                live=live,
                volume=counts_rows(found.node) if told.volume is None else told.volume,
                window=told.window,
                reads=reads_of(found.node),
            )
        )

    def _told(self, what: str, given: Any, tree: Expression | None = None) -> Told | None:
        """Read one entry; say what it was where it carries no tree that can be read."""
        try:
            told = msgspec.convert(given, Told)
        except msgspec.ValidationError:
            words = given if isinstance(given, Mapping) else {}
            said = f"{words.get('name')}: {words.get('expression')}" if words.get("name") else short(given)
            self.notes.append(f"{what} {said}")
            return None
        if tree is not None:
            return msgspec.structs.replace(told, tree=tree)
        if told.tree is None:
            self._say(what, told)
        return told

    def _say(self, what: str, told: Told, why: str = "") -> None:
        self.notes.append(f"{what} {told.name}: {told.expression}" + (f" ({_plain(why)})" if why else ""))

    def _check(self, name: str, tree: Expression, wanted: str) -> None:
        check_name(name, {})
        if name in self._taken or name in UNUSABLE:
            raise ContractError(f"{name} cannot be its name here", hint="give it another")
        require_shallow(tree)
        kind = kind_of(tree, self.kinds)
        if wanted and kind != wanted:
            raise ContractError(f"it gives {kind}, not a yes or no", hint="return a comparison")


def own_class_name(own: Any, title: str) -> str:
    """Return what a contract is called that a document describes: as our own export kept it, else made of a title."""
    kept = own.get("contract") if isinstance(own, Mapping) else None
    return kept if isinstance(kept, str) and kept.isidentifier() and not keyword.iskeyword(kept) else class_name(title)


def _carried(expression: Expression) -> Expression | None:
    return expression if _depth(expression) <= DEEPEST else None


def _depth(expression: Expression) -> int:
    level, depth = [expression], 0
    while level:
        depth += 1
        level = [
            part
            for node in level
            for part in (getattr(node, name, None) for name in ("left", "right", "operand"))
            if part is not None
        ]
    return depth


def _plain(message: str) -> str:
    """Return an error's words without the place, which is none of the user's."""
    return message.rpartition(": ")[2] if ".py:" in message else message
