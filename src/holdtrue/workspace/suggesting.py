"""A contract suggested by a table: read once, part by part."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from holdtrue.contracts import (
    BatchChecker,
    ContractSpec,
    Evidence,
    FieldDraft,
    TableFigures,
    add_evidence,
    class_name,
    draft_spec,
    draft_tests,
    draft_text,
    gather,
    judge_table,
    suggest,
)
from holdtrue.foundation import SILENT, Progress, WrongUse
from holdtrue.profiles import MOST_OR_ALL
from holdtrue.sources import bare_name, read_media, table_parts
from holdtrue.workspace.places import missing_file


class Suggestion(Struct, frozen=True, kw_only=True):
    """A contract drafted from a table of `rows` rows: its fields, and the Python that declares it.

    Attributes:
        left_out: table tests that were drafted and that the table itself does not keep to, with what they found.
    """

    name: str
    rows: int
    fields: tuple[FieldDraft, ...]
    text: str
    left_out: tuple[str, ...] = ()


def suggest_contract(file: Path, name: str = "", *, progress: Progress = SILENT) -> Suggestion:
    """Draft a contract from a table.

    Args:
        file: CSV, Parquet or JSON lines; read twice: to draft the tests, and to see whether it keeps to them.
        name: of the class; by default made of the file's name.

    Raises:
        DataNotFound, DataUnreadable: there is no table, or it cannot be read.
    """
    # A class called ht or dt would hide what the draft itself speaks of.
    if name and (not name.isidentifier() or keyword.iskeyword(name) or name in ("ht", "dt")):
        raise WrongUse(f"{name!r} cannot be the name of a class", hint="use letters and digits: --name Sale")
    rows, found = look_through(file, progress)
    fields = suggest(found)
    return suggestion_of(file, name or class_name(bare_name(file.name)), rows, fields, progress, unheld(found, fields))


def unheld(found: Collection[str], fields: Sequence[FieldDraft]) -> tuple[str, ...]:
    """Say of a table's columns which no field was drafted for, and why.

    Example:
        >>> unheld(["", "price"], [])
        ('a column without a name, such as a written index', 'no field can hold: price')
    """
    held = {draft.column for draft in fields}
    nameless = ("a column without a name, such as a written index",) if "" in found else ()
    others = ", ".join(column for column in found if column and column not in held)
    return (*nameless, f"no field can hold: {others}") if others else nameless


def look_through(file: Path, progress: Progress = SILENT) -> tuple[int, dict[str, Evidence]]:
    """Return how many rows a table has, and what each of its columns shows.

    Raises:
        DataNotFound, DataUnreadable: there is no table, or it cannot be read.
    """
    if not file.is_file():
        raise missing_file(file)
    found: dict[str, Evidence] = {}
    rows = 0
    for part in table_parts([(file, str(file))], progress=progress):
        rows += part.frame.height
        for column in part.frame.iter_columns():
            seen = gather(column, part.spelling)
            found[column.name] = add_evidence(found[column.name], seen) if column.name in found else seen
    return rows, found


def suggestion_of(
    file: Path,
    name: str,
    rows: int,
    fields: Sequence[FieldDraft],
    progress: Progress = SILENT,
    unheld: Sequence[str] = (),
) -> Suggestion:
    """Write a contract of drafted fields, less the table tests that the table does not keep to.

    Args:
        unheld: what is said of columns without a field.
    """
    broken = _broken_tests(file, draft_spec(name, fields), progress)
    keys = {f"{field.name}_unique" for field in fields if field.kind == "key"}  # a test that a key brings with it
    kept = {test: drafted for test, drafted in draft_tests(fields).items() if test not in {*broken, *keys}}
    fields = tuple(
        replace(field, options=field.options | {"unique": "False"})
        if f"{field.name}_unique" in {*broken} & keys
        else field
        for field in fields
    )
    # What was estimated has been counted by now.
    fields = tuple(
        replace(field, why=field.why.replace(f"{MOST_OR_ALL} different", "all different"))
        if f"{field.name}_is_unique" in kept
        else field
        for field in fields
    )
    return Suggestion(
        name=name,
        rows=rows,
        fields=fields,
        text=draft_text(name, fields, f"{rows:,} rows of {file.name}", kept, broken.values(), unheld),
        left_out=tuple(broken.values()),
    )


def _broken_tests(file: Path, spec: ContractSpec, progress: Progress) -> dict[str, str]:
    """Return the drafted table tests that the table itself does not keep to, and what they say."""
    checker = BatchChecker(spec)
    figures = TableFigures((test.expression for test in spec.table_tests), kinds=spec.kinds)
    for part in table_parts([(file, str(file))], progress=progress):
        frame = read_media(spec, part.frame, [(part.folder, part.frame.height)], progress=progress)
        figures.add(checker.check(frame, spelling=part.spelling).accepted)
    results = judge_table(spec, figures)
    return {
        test.name: result.message
        for test, result in zip(spec.table_tests, results, strict=True)
        if result.passed is False
    }
