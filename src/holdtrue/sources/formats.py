"""One table in one file: Parquet, CSV (TSV too) or JSON lines read by Polars, with an error that names file and line.

A picture, sound or film counts as a table of one row: its path and the name of its folder.
"""

from __future__ import annotations

import glob
import io
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import Literal

import polars as pl
from msgspec import Struct

from holdtrue.foundation import DataUnreadable
from holdtrue.media import ENDINGS
from holdtrue.sources.faults import (
    COMMA,
    PARTING,
    csv_fault,
    json_fault,
    look_through_json,
    separator_of,
    stray_quote,
    swallowed,
)
from holdtrue.sources.hazards import require_closed_quotes, require_harmless
from holdtrue.sources.mixed_members import Members, without_members
from holdtrue.sources.unpacking import is_packed, unpacked

Format = Literal["parquet", "csv", "json", "media"]
Spelling = Literal["csv", "native"]

_ENDINGS: dict[str, Format] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "json",
    ".ndjson": "json",
    **dict.fromkeys(ENDINGS, "media"),
}
_PACKABLE = (".csv", ".tsv", ".jsonl", ".ndjson")


BROKEN = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""What reading a broken file of Parquet ends in: at sizes that contradict each other Polars panics."""


class Table(Struct, frozen=True, kw_only=True):
    """What one file held.

    Attributes:
        frame: its rows. All columns of a CSV file are strings: what they mean is the contract's to say.
        spelling: `csv` if all values are text to be parsed, `native` if they have types.
        blanks: places (from 0, ascending) of the file's rows that were blank lines (or all empty) and are not in it.
    """

    frame: pl.DataFrame
    spelling: Spelling
    blanks: tuple[int, ...] = ()


def format_of(name: str) -> Format:
    """Return the format that a file's name ends in.

    Raises:
        DataUnreadable: the ending is of no format known.

    Example:
        >>> format_of("data/sales/1995.csv"), format_of("data/sales/1996.tsv.gz")
        ('csv', 'csv')
    """
    known = _known(name)
    if known is None:
        endings = ", ".join(each for each, form in _ENDINGS.items() if form != "media")
        ending = PurePath(name).suffix.lower() or "nothing"
        message = f"{name}: not a table that can be read, its name ends in {ending}"
        hint = f"known endings: {endings}, those of text with .gz besides, and those of images, audio and video"
        raise DataUnreadable(message, hint=hint)
    return known


def _known(name: str) -> Format | None:
    place = PurePath(name)
    if is_packed(name):
        inner = PurePath(place.stem).suffix.lower()
        return _ENDINGS[inner] if inner in _PACKABLE else None
    return _ENDINGS.get(place.suffix.lower())


def is_table(name: str) -> bool:
    """Say whether a file's name ends in a format of tables."""
    return _known(name) not in (None, "media")


def bare_name(name: str) -> str:
    """Return a file's name without its folder and the ending of its format.

    Example:
        >>> bare_name("data/sales.1995.csv.gz"), bare_name("notes")
        ('sales.1995', 'notes')
    """
    place = PurePath(name)
    return PurePath(place.stem).stem if is_packed(name) and is_table(name) else place.stem


def is_media(name: str) -> bool:
    """Say whether a file's name ends in a format of pictures, sounds or films."""
    return PurePath(name).suffix.lower() in ENDINGS


def media_table(names: Sequence[str]) -> pl.DataFrame:
    """Return the table of some pictures, sounds or films: a row for each, its `path` and `folder` as text.

    Example:
        >>> media_table(["photos/cat/7.jpg"]).row(0)
        ('photos/cat/7.jpg', 'cat')
    """
    folders = [PurePath(name).parent.name for name in names]
    return pl.DataFrame({"path": names, "folder": folders}, schema={"path": pl.String, "folder": pl.String})


def read_table(file: Path | bytes, *, name: str) -> Table:
    """Read one file, or its content, as the table that its name claims.

    Args:
        file: where it is, or its bytes.
        name: how messages name it; its ending decides the format.

    Raises:
        DataUnreadable: it is not what its name says; the message names file and, where it has lines, the line.
    """
    readers: dict[Format, Callable[[Path | bytes, str], Table]] = {
        "parquet": _read_parquet,
        "csv": _read_csv,
        "json": _read_json,
        "media": lambda file, name: Table(frame=media_table([name]), spelling="csv"),
    }
    kind = format_of(name)
    if isinstance(file, Path):
        require_file(file, name)
    with unpacked(file, name) as plain:
        return readers[kind](plain, name)


def require_file(path: Path, name: str) -> None:
    """Stop at a folder that is called as a table is."""
    if path.is_dir():
        raise DataUnreadable(f"{name}: a folder, not a file", hint="name the files in it")


def count_rows(file: Path) -> tuple[int, dict[str, str]]:
    """Return a table's number of rows and its columns (name to Polars type), from metadata where the file has it.

    Raises:
        DataUnreadable: it cannot be read.
    """
    if format_of(file.name) == "parquet":
        try:
            lazy = pl.scan_parquet(file, glob=False)
            columns = {column: str(kind) for column, kind in lazy.collect_schema().items()}
            return int(lazy.select(pl.len()).collect().item()), columns
        except BROKEN as error:
            raise not_parquet(file.name, error) from error
    frame = read_table(file, name=str(file)).frame
    return frame.height, {column: str(kind) for column, kind in frame.schema.items()}


def _opened(file: Path | bytes) -> Path | io.BytesIO:
    return io.BytesIO(file) if isinstance(file, bytes) else file


def literal(path: Path) -> str:
    """Return a path for a reader that takes every path for a pattern (Polars' of JSON lines)."""
    return glob.escape(str(path))


def not_parquet(name: str, error: BaseException) -> DataUnreadable:
    """Return the error of a file that is no Parquet."""
    return DataUnreadable(
        f"{name}: not a readable Parquet file: {first_line(error)}", hint="write it again or leave it out"
    )


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, cut at 200 letters."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _read_parquet(file: Path | bytes, name: str) -> Table:
    try:
        return Table(frame=pl.read_parquet(_opened(file), glob=False), spelling="native")
    except BROKEN as error:
        raise not_parquet(name, error) from error


def _read_csv(file: Path | bytes, name: str) -> Table:
    require_harmless(file, "csv", name)
    require_closed_quotes(file, name)
    try:
        # No types are guessed: "007" stays a code, and a wrong value meets the contract's test, not the reader's.
        frame = pl.read_csv(
            _opened(file), glob=False, infer_schema=False, raise_if_empty=True, separator=separator_of(name)
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataUnreadable(text_fault(file, "csv", name) or f"{name}: {first_line(error)}", hint=MEND) from error
    if is_doubtful(frame, "csv"):
        require_sound(file, "csv", name, rows=frame.height)
    rows, blanks = without_blanks(frame)
    return Table(frame=rows, spelling="csv", blanks=blanks)


def text_fault(file: Path | bytes, kind: Format, name: str) -> str | None:
    """Look for what made a reader give up a file of text: words that name its line, or None."""
    if kind == "json":
        return json_fault(file, name)
    return csv_fault(file, name) or stray_quote(file, name)


def is_doubtful(frame: pl.DataFrame, kind: Format) -> bool:
    """Say whether rows that were read may be other than the file's.

    Of CSV, Polars fills a short row with nulls and renames a repeated column without a word, and a header may have
    swallowed all rows. Of JSON lines, a column of numbers and text comes back as text; see `mixed_members`.
    """
    if kind == "json":
        return any(dtype == pl.String for dtype in frame.dtypes)
    short = not frame.height or bool(frame[frame.columns[-1]].null_count())
    lone = frame.width == 1 and any(sign in frame.columns[0] for sign in (COMMA, *PARTING))
    return kind == "csv" and (short or lone or any("_duplicated_" in column for column in frame.columns))


def require_sound(file: Path | bytes, kind: Format, name: str, *, rows: int) -> None:
    """Look a file of text through, line by line.

    Args:
        rows: how many were read of it.

    Raises:
        DataUnreadable: names the first line that is wrong.
    """
    if kind == "csv":
        fault = csv_fault(file, name) or (None if rows else swallowed(file, name))
    else:
        fault = json_fault(file, name)
    if fault:
        raise DataUnreadable(fault, hint=MEND)


def without_blanks(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[int, ...]]:
    """Return the rows of a CSV file that are not blank lines (or all empty), and the places of those that are."""
    if frame.width == 1 or not frame[frame.columns[0]].null_count():
        return frame, ()
    blank = frame.select(pl.all_horizontal(pl.all().is_null()).alias("blank"))["blank"]
    return (frame.filter(~blank), tuple(blank.arg_true().to_list())) if blank.any() else (frame, ())


def _read_json(file: Path | bytes, name: str) -> Table:
    require_harmless(file, "json", name)
    source = _opened(file) if isinstance(file, bytes) else literal(file)
    members: tuple[str, ...] = ()
    try:
        frame = pl.read_ndjson(source, infer_schema_length=None)
        if is_doubtful(frame, "json"):
            members = require_json(file, name)
    except (pl.exceptions.PolarsError, OSError) as error:
        members = require_json(file, name)
        if not members:
            raise DataUnreadable(f"{name}: {first_line(error)}", hint=MEND) from error
    if members:
        with without_members(file, members) as left:
            frame = Members(file, members).put_to(pl.read_ndjson(left, infer_schema_length=None))
    return Table(frame=frame, spelling="native")


def require_json(file: Path | bytes, name: str) -> tuple[str, ...]:
    """Look a file of JSON lines through; return the members whose values are of several sorts.

    Raises:
        DataUnreadable: names the first line that is wrong.
    """
    fault, members = look_through_json(file, name)
    if fault:
        raise DataUnreadable(fault, hint=MEND)
    return members


MEND = "mend that line, or leave the file out of the pattern"
