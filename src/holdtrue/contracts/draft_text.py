"""A suggested contract as Python, ready for a model.py."""

from __future__ import annotations

from collections.abc import Sequence

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
    "key": "Key",
    "date": "Date",
    "datetime": "DateTime",
    "list[int]": "List[ht.Int]",
    "list[float]": "List[ht.Float]",
    "list[bool]": "List[ht.Bool]",
    "list[text]": "List[ht.Text]",
    "embedding": "Embedding",
    "image": "Image",
    "audio": "Audio",
    "video": "Video",
}


def draft_text(name: str, drafts: Sequence[FieldDraft], source: str) -> str:
    """Write a class.

    Args:
        name: of the class.
        source: what it was inferred from, for its docstring.
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
        marker = "List[ht.Category]" if "allowed=" in options.get("items", "") else MARKERS[draft.kind]
        declared = f"    {draft.name}: ht.{marker}"
        lines += [f"    # {draft.why}", *_folded(f"{declared} = ht.field({given})" if given else declared)]
    taken = {draft.name for draft in drafts}
    tests = [test for draft in drafts for test in draft.tests.items()]
    for test, returned in [*tests, ("no_block_twice", "table.duplicate_rows <= 0.01 * table.rows")]:
        free = test
        while free in taken:
            free += "_"
        taken.add(free)
        lines += _test(free, returned)
    return "\n".join(lines) + "\n"


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
