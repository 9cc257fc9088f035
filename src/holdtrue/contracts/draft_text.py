"""A suggested contract as Python, ready for a model.py."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from holdtrue.contracts.draft_judging import draft_tests
from holdtrue.contracts.expressions import Kind
from holdtrue.contracts.inference import FieldDraft

WIDTH = 110
_DATED = ("date", "datetime")
MARKERS: dict[Kind, str] = {
    "int": "Int",
    "float": "Float",
    "bool": "Bool",
    "category": "Category",
    "text": "Text",
    "date": "Date",
    "datetime": "DateTime",
}


def draft_text(
    name: str,
    drafts: Sequence[FieldDraft],
    source: str,
    tests: Mapping[str, str] | None = None,
    left_out: Iterable[str] = (),
) -> str:
    """Write a class.

    Args:
        name: of the class.
        source: what it was inferred from, for its docstring.
        tests: its table tests, name to Python source; by default all of the draft.
        left_out: what is said of tests that are not among them.
    """
    said = f"Inferred from {source}: check every line, and fill in units."
    said = said.replace("\\", "\\\\").replace('"', '\\"')
    dates = any("dt." in option for draft in drafts for option in draft.options.values() if draft.kind in _DATED)
    lines = ["import datetime as dt", ""] if dates else []
    lines += ["import holdtrue as ht", "", "", f"class {name}(ht.Contract):", f'    """{said}"""', ""]
    for draft in drafts:
        options = dict(draft.options)
        if draft.kind in ("int", "float") and options.get("le") != "1":
            options["unit"] = '""'
        given = ", ".join(f"{option}={value}" for option, value in options.items())
        declared = f"    {draft.name}: ht.{MARKERS[draft.kind]}"
        lines += [*comment(draft.why), *_folded(f"{declared} = ht.field({given})" if given else declared)]
    for test, returned in (draft_tests(drafts) if tests is None else tests).items():
        lines += _test(test, returned)
    unkept = [f"left out, as this table does not keep to it: {each}" for each in left_out]
    lines += [""] * bool(unkept) + [line for each in unkept for line in comment(each)]
    return "\n".join(lines) + "\n"


def comment(text: str, indent: str = "    ") -> list[str]:
    """Write a comment, in as many lines as it needs; whatever breaks a line in Python is a blank.

    Example:
        >>> comment("in metres")
        ['    # in metres']
    """
    return textwrap.wrap(
        text, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}#   ", break_on_hyphens=False
    )


def _test(name: str, returned: str) -> list[str]:
    return [
        "",
        '    @ht.table_test(severity="warn")',
        f"    def {name}(table):",
        *_folded(f"        return {returned}"),
    ]


def _split(text: str, at: str) -> list[str]:
    """Split Python at a separator outside of its quoted text, which is all in double quotes."""
    parts, begin, place, quoted = [], 0, 0, False
    while place < len(text):
        if text[place] == "\\" and quoted:
            place += 2
            continue
        if text[place] == '"':
            quoted = not quoted
        elif not quoted and text.startswith(at, place):
            parts.append(text[begin:place])
            begin = place = place + len(at)
            continue
        place += 1
    return [*parts, text[begin:]]


def _folded(line: str) -> list[str]:
    """Fold a line that is too long: within its brackets, or at each `&`."""
    if len(line) <= WIDTH:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    if line.lstrip().startswith("return "):
        parts = _split(line.strip().removeprefix("return "), " & ")
        joined = [f"{indent}    {'& ' if place else ''}{part}" for place, part in enumerate(parts)]
        return [f"{indent}return (", *joined, f"{indent})"]
    head, _, rest = line.partition(" = ht.field(")
    lines, current = [f"{head} = ht.field("], ""
    parts = _split(rest.removesuffix(")"), ", ")
    for piece in [*(f"{part}," for part in parts[:-1]), parts[-1]]:
        if current and len(indent) + 5 + len(current) + len(piece) > WIDTH:
            lines.append(f"{indent}    {current}")
            current = piece
        else:
            current = f"{current} {piece}" if current else piece
    return [*lines, f"{indent}    {current}", f"{indent})"]
