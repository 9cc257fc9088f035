"""From data to a contract: what each column most likely is, and the limits that its values keep, with a margin.

A suggestion is a draft for a person: every one says what it was inferred from. It accepts nearly all of the data it was
made of (a column's kind must fit all but 1 in 10,000 of its values) and refuses what is of another sort.
"""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Container, Mapping, Sequence

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from holdtrue.contracts.column_names import is_called_date, is_called_key, range_by_name
from holdtrue.contracts.expressions import INT_MAX, STRINGS, Kind, described
from holdtrue.contracts.foreign_spellings import looks_like
from holdtrue.contracts.frame_decoding import Spelling, decode_column
from holdtrue.contracts.media_evidence import media_fits
from holdtrue.contracts.mixed_cells import MIXED
from holdtrue.contracts.plain_values import column_values
from holdtrue.contracts.python_text import literal
from holdtrue.contracts.spec import RESERVED
from holdtrue.contracts.usual_values import (
    ENOUGH,
    MOST_USUAL,
    DraftedTest,
    middle_test,
    once_test,
    rounded,
    shown,
    there_test,
    words_test,
)
from holdtrue.foundation import datetime_of, free_name, share
from holdtrue.media import MEDIA
from holdtrue.profiles import FARTHEST, ColumnProfile, merge, profile_column

STRAY = 1e-4
"""The share of values that may not fit a column's kind: typing errors, which the contract is to find."""

MOST_LEVELS = 50
"""Levels up to which a column of names is a category; beyond, it is free text."""

MARGIN = 0.5
"""How far limits lie beyond the values seen, as a share of their range."""

FEWEST = 20
"""Values from which a column is given limits, levels or a pattern: fewer say little of the next ones."""

EXACT = 2**53
"""Whole numbers up to which a double tells each from the next."""

YEARS = 30
"""Years within which a column of years tells when a row is from, rather than how old a thing is."""

SHORTEST_EMBEDDING = 8
"""Numbers from which lists, all of one length, are an embedding."""

LIST_OF: Mapping[Kind, Kind] = {
    "int": "list[int]",
    "float": "list[float]",
    "bool": "list[bool]",
    "category": "list[text]",
    "text": "list[text]",
}
_TRIED: tuple[Kind, ...] = ("int", "float", "bool", "date", "datetime")
_SHAPES = (("9", r"[0-9]+"), ("A", r"[A-Z]+"), ("a", r"[a-z]+"))
_TAKEN = frozenset({*RESERVED, "ht", "dt", "spec"})
_MARKERS = ("NA", "N/A", "#N/A", "NULL", "NONE", "?", "-", "--", ".", "MISSING", "UNKNOWN")


class Evidence(Struct, frozen=True, kw_only=True):
    """What some rows of a raw column show.

    Attributes:
        rows, present: all rows, and those with a value. fits: how many values can be read as each kind.
        typed: profile of the values as each of these kinds.
        marked: texts that often stand for no value ("NA", "?"), with their counts; of a CSV file alone.
        names: profile of text as it is; shapes: of what its values look like, "AB-1234" being "A-9".
        lengths: profile of the lengths of lists; items: what their items show.
        span: least and greatest whole number, to the last figure: a profile has doubles.
    """

    rows: int
    present: int
    fits: dict[Kind, int]
    typed: dict[Kind, ColumnProfile]
    names: ColumnProfile | None
    shapes: ColumnProfile | None
    marked: dict[str, int] = {}
    lengths: ColumnProfile | None = None
    items: Evidence | None = None
    span: tuple[int, int] | None = None


class FieldDraft(Struct, frozen=True, kw_only=True):
    """One field of a suggested contract.

    Attributes:
        column: the column as the data names it. name: a name a contract can have.
        options: what `field(...)` is given, as Python source, in order.
        why: what it was inferred from, in words.
        missing: texts that stand for no value.
        hint: what a column of text looks like, where a person would take it for numbers or dates, and what to do.
        tests: table tests of it, by name.
        varies: whether it has no such test, had more than one value, and so should not become constant.
    """

    column: str
    name: str
    kind: Kind
    options: dict[str, str]
    why: str
    tests: dict[str, DraftedTest]
    missing: tuple[str, ...] = ()
    varies: bool = False
    hint: str = ""


_MOSTLY = 0.9


def _of_one_sort(column: pl.Series) -> pl.Series:
    """Return a column of mixed values as what nine in ten of them are; else all as text."""
    values = [value for value in column_values(column) if value is not None]
    for sort, dtype in ((bool, pl.Boolean), (int, pl.Int64), (float, pl.Float64), (str, pl.String)):
        of_it = [each for each in values if isinstance(each, (sort, int) if sort is float else sort)]
        of_it = [each for each in of_it if sort is bool or not isinstance(each, bool)]
        if len(of_it) >= _MOSTLY * len(values):
            return pl.Series(column.name, of_it, dtype=dtype, strict=False)
    told = [each if isinstance(each, str) else shown(each) for each in values]
    return pl.Series(column.name, told, dtype=pl.String)


def gather(column: pl.Series, spelling: Spelling) -> Evidence:
    """Look at some rows of a raw column.

    Example:
        >>> gather(pl.Series(["3", "4.5", ""]), "csv").fits["float"]
        2
    """
    if column.dtype == MIXED:
        column = _of_one_sort(column)
    if isinstance(column.dtype, (pl.List, pl.Array)):
        return _gather_lists(column)
    in_text = column.dtype == pl.String and spelling == "csv"
    kinds = _TRIED if in_text else _native_kinds(column.dtype)
    if in_text and column.str.contains(r"^\s*0[0-9]").any():
        kinds = tuple(kind for kind in kinds if kind not in ("int", "float"))  # 007 is a code
    typed: dict[Kind, ColumnProfile] = {}
    fits: dict[Kind, int] = {}
    span: tuple[int, int] | None = None
    frame = column.alias("raw").to_frame()
    for kind in kinds:
        value = frame.select(decode_column("raw", kind, column.dtype, spelling).value.alias("raw"))["raw"]
        fits[kind] = value.len() - value.null_count()
        typed[kind] = profile_column(value)
        if kind == "int" and fits[kind]:
            low, high = value.min(), value.max()
            span = (low, high) if isinstance(low, int) and isinstance(high, int) else None
    for medium, count in media_fits(column).items():
        fits[medium], typed[medium] = count, ColumnProfile(kind="other", count=column.len(), nulls=column.null_count())
    present = column.drop_nulls()
    present = present.drop_nans() if column.dtype.is_float() else present
    names = shapes = None
    marked: dict[str, int] = {}
    if column.dtype in (pl.String, pl.Categorical, pl.Enum):
        present = present.cast(pl.String)
        present = present.filter(present.str.strip_chars() != "") if in_text else present
        names = profile_column(present, text=True)
        shapes = profile_column(_shapes(present))
        marked = _marked(present) if in_text else {}
    return Evidence(
        rows=column.len(),
        present=present.len(),
        fits=fits,
        typed=typed,
        marked=marked,
        names=names,
        shapes=shapes,
        span=span,
    )


def _span(values: Sequence[tuple[int, int] | None]) -> tuple[int, int] | None:
    """Return the least and the greatest of some spans; None of none."""
    spans = [each for each in values if each is not None]
    return (min(low for low, _ in spans), max(high for _, high in spans)) if spans else None


def _marked(present: pl.Series) -> dict[str, int]:
    stripped = present.str.strip_chars()
    found = stripped.filter(stripped.str.to_uppercase().is_in(_MARKERS)).value_counts(sort=True, name="count")
    return dict(found.iter_rows())


def _gather_lists(column: pl.Series) -> Evidence:
    lists = column.arr.to_list() if isinstance(column.dtype, pl.Array) else column
    items = lists.drop_nulls().explode(empty_as_null=False)
    return Evidence(
        rows=column.len(),
        present=column.len() - column.null_count(),
        fits={},
        typed={},
        names=None,
        shapes=None,
        lengths=profile_column(lists.list.len()),
        items=gather(items, "native"),
    )


def add_evidence(a: Evidence, b: Evidence) -> Evidence:
    """Return what both lots of rows show together; a kind that only one could be is none."""
    kinds = [kind for kind in a.fits if kind in b.fits]
    return Evidence(
        rows=a.rows + b.rows,
        present=a.present + b.present,
        fits={kind: a.fits[kind] + b.fits[kind] for kind in kinds},
        typed={kind: merge(a.typed[kind], b.typed[kind]) for kind in kinds},
        marked={text: a.marked.get(text, 0) + b.marked.get(text, 0) for text in {**a.marked, **b.marked}},
        names=merge(a.names, b.names) if a.names and b.names else None,
        shapes=merge(a.shapes, b.shapes) if a.shapes and b.shapes else None,
        lengths=merge(a.lengths, b.lengths) if a.lengths and b.lengths else None,
        items=add_evidence(a.items, b.items) if a.items and b.items else None,
        span=_span((a.span, b.span)),
    )


def suggest(columns: Mapping[str, Evidence], *, no_keys: Container[str] = ()) -> tuple[FieldDraft, ...]:
    """Suggest a field for every column that a contract can read; durations, records and the nameless are left out.

    Args:
        no_keys: columns that are no keys, whatever they are called: the one to be predicted.
    """
    taken: set[str] = set()
    drafts = []
    for column, found in columns.items():
        if not column:  # as an index that was written without a name; no field can name it either
            continue
        if found.names is None and found.present and not any(found.fits.values()) and _list_kind(found) is None:
            continue
        # No other column's own name: a table's column of that name would be taken for this field.
        name = field_name(column, taken | (set(columns) - {column}))
        taken.add(name)
        drafts.append(_draft(column, name, found, keys=column not in no_keys))
    return _in_measure(drafts)


def _in_measure(drafts: Sequence[FieldDraft]) -> tuple[FieldDraft, ...]:
    """Leave the tests of the middle to the first columns that have one: of more, nobody would read them all."""
    kept, left = [], MOST_USUAL
    for draft in drafts:
        usual = f"{draft.name}_as_usual"
        if usual in draft.tests and not left:
            tests = {test: drafted for test, drafted in draft.tests.items() if test != usual}
            kept.append(replace(draft, tests=tests, varies=True))
            continue
        left -= usual in draft.tests
        kept.append(draft)
    return tuple(kept)


def field_name(column: str, taken: set[str]) -> str:
    """Return a name that a contract can have, as near to the column's as can be.

    Example:
        >>> field_name("Sale Price ($)", set()), field_name("class", set()), field_name("2nd floor", set())
        ('sale_price', 'class_', 'x2nd_floor')
    """
    # As Python reads names: it takes some letters for others (µ for μ).
    plain = unicodedata.normalize("NFKC", column)
    if not plain.isidentifier():
        plain = "".join(letter if f"x{letter}".isidentifier() else " " for letter in plain)
        plain = "_".join(plain.split()).lower()
    plain = plain.strip("_") or "column"
    plain = f"x{plain}" if not plain.isidentifier() else plain
    plain = f"{plain}_" if keyword.iskeyword(plain) or plain in _TAKEN else plain
    return free_name(plain, taken)


def _draft(column: str, name: str, found: Evidence, *, keys: bool = False) -> FieldDraft:
    kind = _kind(found)
    # A marker is a level like others where all is text; among numbers and dates it says that there is none.
    marks = found.marked if kind not in STRINGS else {}
    present = found.present - sum(marks.values())
    options = {} if name == column else {"column": literal(column)}
    called_key = keys and is_called_key(column, found.rows)
    if called_key and kind in ("int", "text") and is_unique(kind, found):
        return key_draft(column, name, found)
    missing = 1 - present / found.rows if found.rows else 0.0
    why = [f"{present:,} value{'' if present == 1 else 's'}"]
    tests: dict[str, DraftedTest] = {}
    varies = False
    if not present:
        options["null"] = "True"
    elif found.items is not None and found.lengths is not None:
        _listed(kind, found.lengths, found.items, options, why)
    elif kind in ("int", "float"):
        profile = found.typed[kind]
        _numbers(column, kind, profile, found.span, options, why)
        if options.get("le") != "1" and not _moves_on(column, profile):
            tests |= middle_test(name, profile)
        varies = not tests and present >= ENOUGH and profile.moments.sd > 0 and not _moves_on(column, profile)
    elif kind in ("date", "datetime"):
        _times(found.typed[kind], present, options, why)
    elif kind == "category" and found.names is not None:
        _levels(found.names, present, options, why)
        varies = present >= ENOUGH and len(found.names.top.counts) > 1
    elif kind == "bool":
        yes = found.typed[kind].top.counts.get("true", 0) / present
        why.append(f"true in {share(yes)}")
        varies = present >= ENOUGH and 0 < yes < 1
    elif kind == "text" and found.names is not None and found.shapes is not None:
        _text(found.names, found.shapes, options, why)
        tests |= _text_tests(name, found.names, present, codes=called_key or "pattern" in options)
    elif kind in MEDIA:
        why.append(f"{described(kind)} each, by {'their bytes' if found.names is None else 'the names of their files'}")
    if missing:
        options["null"] = "True"
        why.append(f"missing in {share(missing)} of the rows")
        if missing < MARGIN and present >= ENOUGH:
            tests |= there_test(name, missing)
    if marks:
        options["missing"] = f"[{', '.join(map(literal, marks))}]"
        why[-1] += f" ({_counts(marks)})"
    elif found.marked:
        why.append(f"{_counts(found.marked)} may stand for no value: then say missing=[...] and null=True")
    stray = present - found.fits.get(kind, present)
    if stray:
        why.append(f"{stray:,} {'is' if stray == 1 else 'are'} of another kind")
    hint = _foreign(found) if kind in ("text", "category") else ""
    return FieldDraft(
        column=column,
        name=name,
        kind=kind,
        options=options,
        why=", ".join(filter(None, (*why, hint))),
        tests=tests,
        missing=tuple(marks),
        varies=varies,
        hint=hint,
    )


def _foreign(found: Evidence) -> str:
    """Say what a column of text looks like, where that is numbers or dates in a spelling that is not read."""
    return (
        "" if found.names is None else looks_like([text for text in found.names.top.counts if text not in found.marked])
    )


def _moves_on(column: str, profile: ColumnProfile) -> bool:
    """Whether the next rows will most likely have later values: days, and years where there were few."""
    known = range_by_name(column, profile.moments.min, profile.moments.max)
    years = known is not None and known[0] == "a year" and profile.moments.max - profile.moments.min < YEARS
    return years or is_called_date(column)


def _text_tests(name: str, names: ColumnProfile, present: int, *, codes: bool) -> dict[str, DraftedTest]:
    """Test that codes and what is called a key are unique where nearly all were, and that prose has the usual words."""
    if present >= ENOUGH and codes and names.distinct.count > 0.85 * present:
        return once_test(name)
    return words_test(name, names, present)


def _counts(marks: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {literal(text)}" for text, count in marks.items())


def _listed(kind: Kind, lengths: ColumnProfile, items: Evidence, options: dict[str, str], why: list[str]) -> None:
    """Describe lists by their lengths, and their items as a field of its own would be."""
    shortest, longest = int(lengths.moments.min), int(lengths.moments.max)
    if kind == "embedding":
        options["length"] = str(longest)
        why.append(f"all of {longest:,} numbers")
        return
    if shortest:
        options["min_length"] = "1"
    why.append(f"lists of {longest:,} items" if shortest == longest else f"lists of {shortest:,} to {longest:,} items")
    if not items.present:
        return
    item = _draft("", "", items)
    given = {name: value for name, value in item.options.items() if name != "column"}
    if given:
        options["items"] = f"ht.field({', '.join(f'{name}={value}' for name, value in given.items())})"
    why.append(f"items: {item.why}")


def _list_kind(found: Evidence) -> Kind | None:
    """Return the kind of list that a column most likely holds; None if it holds none that a contract has."""
    if found.items is None or found.lengths is None:
        return None
    item = _kind(found.items)
    whole = found.items.present == found.items.rows
    alike = found.lengths.moments.min == found.lengths.moments.max >= SHORTEST_EMBEDDING
    if item == "float" and whole and alike:
        return "embedding"
    if found.items.names is None and found.items.present and not found.items.fits:
        return None
    return LIST_OF.get(item)


def _kind(found: Evidence) -> Kind:
    listed = _list_kind(found)
    if listed is not None:
        return listed
    whole = found.present * (1 - STRAY)
    fits = [kind for kind in (*_TRIED, *MEDIA) if found.fits.get(kind, -1) >= whole]
    if found.present and fits:
        return fits[0]
    if found.present and found.names is None:
        return max(found.fits, key=lambda kind: found.fits[kind])
    valued = (found.present - sum(found.marked.values())) * (1 - STRAY)
    if found.marked and valued:
        readable = [kind for kind in _TRIED if found.fits.get(kind, -1) >= valued]
        if readable:
            return readable[0]
    if found.names is not None and found.present:
        levels = found.names.distinct.count
        if not found.names.top.missed and levels <= MOST_LEVELS and found.present >= max(FEWEST, 5 * levels):
            return "category"
    return fits[0] if len(fits) == 1 else "text"


def _native_kinds(dtype: pl.DataType) -> tuple[Kind, ...]:
    if dtype.is_integer():
        return ("int",)
    if dtype.is_numeric():
        return ("int", "float")  # whole numbers with gaps often come as doubles
    if dtype == pl.Boolean:
        return ("bool",)
    if dtype == pl.Date:
        return ("date",)
    if dtype == pl.String:
        return ("date", "datetime")  # JSON has no other form for them
    return ("datetime",) if isinstance(dtype, pl.Datetime) else ()


def _numbers(
    column: str,
    kind: Kind,
    profile: ColumnProfile,
    span: tuple[int, int] | None,
    options: dict[str, str],
    why: list[str],
) -> None:
    n, whole = profile.moments.n, kind == "int"
    least: int | float
    most: int | float
    least, most = span if whole and span is not None else (profile.moments.min, profile.moments.max)
    if whole and (least, most) == (0, 1):
        options |= {"ge": "0", "le": "1"}
        why.append(f"0 or 1, of which {share(profile.moments.mean)} are 1")
        return
    constant = least == most
    if constant:
        why.append(f"always {shown(least)}")
    else:
        half = float(profile.quantiles.quantiles([0.5])[0])
        middle = f", half of them up to {shown(half)}" if abs(half) <= EXACT or not whole else ""
        why.append(f"{shown(least)} to {shown(most)}{middle}")
    if n < FEWEST:
        why.append("too few for limits")
        return
    known = range_by_name(column, least, most)
    if known is not None:
        said, low, high = known
        options |= {"ge": str(low), "le": str(high)}
        why.append(f"{said} by its name")
        return
    if constant:
        # One value tells no range, unless it is one of a flag's two.
        if whole and least in (0, 1):
            options |= {"ge": "0", "le": "1"}
        return
    margin = MARGIN * (most - least)
    beyond = math.ceil(margin) if whole else margin  # a sum of whole numbers is exact
    largest = float(INT_MAX) if whole else FARTHEST
    if 0 <= least <= margin:
        # What was never below 0 most likely cannot be; nor be 0, if of many values none was.
        positive = least > 0 and (not whole or n >= ENOUGH)
        options |= ({"ge": "1"} if whole else {"gt": "0"}) if positive else {"ge": "0"}
    elif least - margin > -largest:
        options["ge"] = rounded(least - beyond, up=False, whole=whole)
    if most + margin < largest / 2:
        options["le"] = rounded(most + beyond, up=True, whole=whole)
    if whole and _are_days_in_digits(column, least, most):
        why.append("if these are days in digits, write them as 2026-01-31 to have them read as dates")


def _are_days_in_digits(column: str, least: float, most: float) -> bool:
    return is_called_date(column) and (10_000 <= least <= most < 1_000_000 or 19_000_000 <= least <= most < 22_000_000)


def _times(profile: ColumnProfile, present: int, options: dict[str, str], why: list[str]) -> None:
    first, last = (datetime_of(int(each)) for each in (profile.moments.min, profile.moments.max))
    if present >= FEWEST:
        options["ge"] = f"dt.date({first.year}, 1, 1)"
    why.append(f"always {first:%Y-%m-%d}" if first == last else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}")


def _levels(names: ColumnProfile, present: int, options: dict[str, str], why: list[str]) -> None:
    levels = list(names.top.counts)
    options["allowed"] = f"[{', '.join(map(literal, levels))}]"
    most = names.top.counts[levels[0]] / present
    why.append(
        f"always {literal(levels[0])}"
        if len(levels) == 1
        else f"{len(levels)} levels, {literal(levels[0])} in {share(most)}"
    )


def _text(names: ColumnProfile, shapes: ColumnProfile, options: dict[str, str], why: list[str]) -> None:
    shortest, longest = int(names.lengths.min), int(names.lengths.max)
    few = names.count - names.nulls < FEWEST
    pattern = "" if few else _pattern(shapes, shortest, longest)
    if pattern:
        plain = pattern.isprintable() and '"' not in pattern
        options["pattern"] = f'r"{pattern}"' if plain else literal(pattern)
        why.append(f"all of the shape {literal(next(iter(shapes.top.counts)))}")
    else:
        if not few:
            options["max_length"] = rounded(max(10, 2 * longest), up=True, whole=True)
        span = f"{longest:,}" if shortest == longest else f"{shortest:,} to {longest:,}"
        why.append(f"{span} characters{', too few for limits' if few else ''}")
    why.append(f"{names.different_words} different")


def _pattern(shapes: ColumnProfile, shortest: int, longest: int) -> str:
    """Return a pattern where all values are of one shape with a digit in it, such as codes and numbers."""
    if shapes.top.missed or len(shapes.top.counts) != 1:
        return ""
    shape = next(iter(shapes.top.counts))
    if "9" not in shape or len(shape) > 40 or shape.count(" ") > 2:  # more words are prose
        return ""
    runs = sum(letter in "9Aa" for letter in shape)
    times = f"{{{longest - len(shape) + 1}}}" if shortest == longest and runs == 1 else "+"
    sets = {"9": "[0-9]", "A": "[A-Z]", "a": "[a-z]"}
    return "".join(f"{sets[letter]}{times}" if letter in sets else re.escape(letter) for letter in shape)


def _shapes(names: pl.Series) -> pl.Series:
    for letter, runs in _SHAPES:
        names = names.str.replace_all(runs, letter)
    return names


def is_unique(kind: Kind, found: Evidence) -> bool:
    """Whether every row has a value of the column, and no value is there twice, as far as the profile can tell."""
    profile = found.names if kind in STRINGS else found.typed.get(kind)
    if profile is None or found.marked or found.present < found.rows:
        return False
    different = profile.distinct.count
    return different == found.rows if profile.distinct.exact else different > 0.95 * found.rows


def key_draft(column: str, name: str, found: Evidence, said: str = "a key by its name") -> FieldDraft:
    """Suggest a key: of any number and any length, for the next rows have other ones."""
    options = {} if name == column else {"column": literal(column)}
    why = f"{found.present:,} values, {said}"
    tests = {f"{name}_unique": once_test(name)[f"{name}_is_unique"]}
    return FieldDraft(column=column, name=name, kind="key", options=options, why=why, tests=tests)
