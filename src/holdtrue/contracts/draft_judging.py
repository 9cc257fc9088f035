"""A suggested contract as data, so that its table tests can be judged on the very table that it was drafted from.

What is drafted is Python for a person to read. Its table tests are read off that text, node by node: nothing runs.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from holdtrue.contracts.contract import counts_rows
from holdtrue.contracts.expressions import ITEM_KINDS
from holdtrue.contracts.inference import FieldDraft
from holdtrue.contracts.spec import ContractSpec, FieldSpec, Severity, TableTestSpec
from holdtrue.contracts.symbols import Symbol, SymbolicTable
from holdtrue.contracts.usual_values import BLOCK, DraftedTest, vary_tests

_OPERATORS: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.BitAnd: operator.and_,
    ast.Mult: operator.mul,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
}


def draft_tests(drafts: Sequence[FieldDraft]) -> dict[str, DraftedTest]:
    """Return a draft's table tests by names that no field has."""
    taken = {draft.name for draft in drafts}
    together = vary_tests([draft.name for draft in drafts if draft.varies])
    tests = {}
    for test, drafted in [*(each for draft in drafts for each in draft.tests.items()), *together.items(), BLOCK]:
        free = test
        while free in taken:
            free += "_"
        taken.add(free)
        tests[free] = drafted
    return tests


def draft_spec(name: str, drafts: Sequence[FieldDraft]) -> ContractSpec:
    """Return a draft's kinds and table tests; no other test, so that all rows of the right kinds count."""
    fields = tuple(
        FieldSpec(
            name=draft.name,
            kind=draft.kind,
            column="" if draft.column == draft.name else draft.column,
            missing=draft.missing,
            null=True,
            length=int(draft.options["length"]) if "length" in draft.options else None,
            items=FieldSpec(name=f"{draft.name}[]", kind=ITEM_KINDS[draft.kind], null=True)
            if draft.kind in ITEM_KINDS
            else None,
        )
        for draft in drafts
    )
    table = SymbolicTable(name, {field.name: field.kind for field in fields})
    tests = []
    for test, drafted in draft_tests(drafts).items():
        node = expression_of(drafted.source, table)
        tests.append(TableTestSpec(name=test, expression=node, severity=Severity.WARN, volume=counts_rows(node)))
    return ContractSpec(name=name, fields=fields, table_tests=tuple(tests))


def expression_of(source: str, table: SymbolicTable) -> Any:
    """Read the Python of a drafted table test.

    Example:
        >>> expression_of("table.rows >= 10", SymbolicTable("Sale", {})).op
        '>='
    """
    found = _value(ast.parse(source, mode="eval").body, table)
    assert isinstance(found, Symbol)  # our own text, and always a comparison
    return found.node


def _value(node: ast.expr, table: SymbolicTable) -> Any:
    match node:
        case ast.Name("table"):
            return table
        case ast.Constant(value):
            return value
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand, table)
        case ast.Attribute(value, name):
            return getattr(_value(value, table), name)
        case ast.Call(function, arguments):
            return _value(function, table)(*(_value(each, table) for each in arguments))
        case ast.Compare(left, [op], [right]):
            return _OPERATORS[type(op)](_value(left, table), _value(right, table))
        case ast.BinOp(left, op, right):
            return _OPERATORS[type(op)](_value(left, table), _value(right, table))
        case _:
            raise NotImplementedError(ast.dump(node))
