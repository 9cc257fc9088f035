"""A suggested contract as data, so that its table tests can be judged on the very table that it was drafted from.

What is drafted is Python for a person to read. Its table tests are read off that text, node by node: nothing runs.
"""

from __future__ import annotations

from collections.abc import Sequence

from holdtrue.contracts.contract import counts_rows
from holdtrue.contracts.expression_source import value_of
from holdtrue.contracts.expressions import ITEM_KINDS
from holdtrue.contracts.inference import FieldDraft
from holdtrue.contracts.spec import ContractSpec, FieldSpec, Severity, TableTestSpec
from holdtrue.contracts.symbols import SymbolicTable
from holdtrue.contracts.usual_values import BLOCK, DraftedTest, vary_tests
from holdtrue.foundation import free_name


def draft_tests(drafts: Sequence[FieldDraft]) -> dict[str, DraftedTest]:
    """Return a draft's table tests by names that no field has."""
    taken = {draft.name for draft in drafts}
    together = vary_tests([draft.name for draft in drafts if draft.varies])
    tests = {}
    for test, drafted in [*(each for draft in drafts for each in draft.tests.items()), *together.items(), BLOCK]:
        free = free_name(test, taken)
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
        node = value_of(drafted.source, table).node
        tests.append(TableTestSpec(name=test, expression=node, severity=Severity.WARN, volume=counts_rows(node)))
    return ContractSpec(name=name, fields=fields, table_tests=tuple(tests))
