"""A suggested contract as Python, ready for a model.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from holdtrue.contracts.draft_judging import draft_tests
from holdtrue.contracts.expressions import Kind
from holdtrue.contracts.inference import FieldDraft
from holdtrue.contracts.python_text import comment, docstring, folded
from holdtrue.contracts.usual_values import DraftedTest

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


def draft_text(
    name: str,
    drafts: Sequence[FieldDraft],
    source: str,
    tests: Mapping[str, DraftedTest] | None = None,
    left_out: Iterable[str] = (),
    unheld: Iterable[str] = (),
) -> str:
    """Write a class.

    Args:
        name: of the class.
        source: what it was inferred from, for its docstring.
        tests: its table tests by name; by default all of the draft.
        left_out: what is said of tests that are not among them. unheld: what is said of columns without a field.
    """
    said = f"Inferred from {source}: check every line, and fill in units."
    dates = any("dt." in option for draft in drafts for option in draft.options.values() if draft.kind in _DATED)
    lines = ["import datetime as dt", ""] if dates else []
    lines += ["import holdtrue as ht", "", "", f"class {name}(ht.Contract):", f"    {docstring(said)}", ""]
    for draft in drafts:
        options = dict(draft.options)
        if draft.kind in ("int", "float") and options.get("le") != "1":
            options["unit"] = '""'
        given = ", ".join(f"{option}={value}" for option, value in options.items())
        marker = "List[ht.Category]" if "allowed=" in options.get("items", "") else MARKERS[draft.kind]
        declared = f"    {draft.name}: ht.{marker}"
        lines += [*comment(draft.why), *folded(f"{declared} = ht.field({given})" if given else declared)]
    for test, drafted in (draft_tests(drafts) if tests is None else tests).items():
        lines += _test(test, drafted)
    unkept = [f"left out: {each}" for each in unheld]
    unkept += [f"left out, as this table does not keep to it: {each}" for each in left_out]
    lines += [""] * bool(unkept) + [line for each in unkept for line in comment(each)]
    return "\n".join(lines) + "\n"


def _test(name: str, drafted: DraftedTest) -> list[str]:
    return [
        "",
        *comment(drafted.why),
        '    @ht.table_test(severity="warn")',
        f"    def {name}(table):",
        *folded(f"        return {drafted.source}"),
    ]
