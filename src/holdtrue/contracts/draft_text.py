"""A suggested contract as Python, ready for a model.py."""

from __future__ import annotations

import re
from collections.abc import Sequence

from holdtrue.contracts.expressions import Kind
from holdtrue.contracts.inference import FieldDraft

WIDTH = 110
MARKERS: dict[Kind, str] = {
    "int": "Int",
    "float": "Float",
    "bool": "Bool",
    "category": "Category",
    "text": "Text",
    "date": "Date",
    "datetime": "DateTime",
}


def draft_text(name: str, drafts: Sequence[FieldDraft], source: str) -> str:
    """Write a class.

    Args:
        name: of the class.
        source: what it was inferred from, for its docstring.
    """
    lines = [
        f"class {name}(ht.Contract):",
        f'    """Inferred from {source}: check every line, and fill in units."""',
        "",
    ]
    for draft in drafts:
        options = dict(draft.options)
        if draft.kind in ("int", "float") and options.get("le") != "1":
            options["unit"] = '""'
        given = ", ".join(f"{option}={value}" for option, value in options.items())
        declared = f"    {draft.name}: ht.{MARKERS[draft.kind]}"
        lines += [f"    # {draft.why}", *_folded(f"{declared} = ht.field({given})" if given else declared)]
    for draft in drafts:
        for test, returned in draft.tests.items():
            lines += _test(test, returned)
    lines += _test("no_block_twice", "table.duplicate_rows <= 0.01 * table.rows")
    return "\n".join(lines) + "\n"


def _test(name: str, returned: str) -> list[str]:
    return [
        "",
        '    @ht.table_test(severity="warn")',
        f"    def {name}(table):",
        *_folded(f"        return {returned}"),
    ]


def _folded(line: str) -> list[str]:
    """Fold a line that is too long: within its brackets, or at each `&`."""
    if len(line) <= WIDTH:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    if line.lstrip().startswith("return "):
        parts = line.strip().removeprefix("return ").split(" & ")
        joined = [f"{indent}    {'& ' if place else ''}{part}" for place, part in enumerate(parts)]
        return [f"{indent}return (", *joined, f"{indent})"]
    head, _, rest = line.partition(" = ht.field(")
    lines, current = [f"{head} = ht.field("], ""
    for piece in re.split(r"(?<=,) ", rest.removesuffix(")")):
        if current and len(indent) + 5 + len(current) + len(piece) > WIDTH:
            lines.append(f"{indent}    {current}")
            current = piece
        else:
            current = f"{current} {piece}" if current else piece
    return [*lines, f"{indent}    {current}", f"{indent})"]
