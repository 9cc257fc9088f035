"""A declared pattern of files as one frame that knows where each row came from."""

from __future__ import annotations

import glob
import re
from bisect import bisect_right
from pathlib import Path, PurePath

import polars as pl
from msgspec import Struct

from holdtrue.contracts import MIXED, as_mixed
from holdtrue.foundation import SILENT, DataNotFound, DataUnreadable, Progress, WrongUse
from holdtrue.project import FilesSource
from holdtrue.sources.columns import require_alike, require_exact
from holdtrue.sources.formats import Spelling, Table, bare_name, first_line, format_of, media_table, read_table
from holdtrue.sources.naming import path_in


class Origin(Struct, frozen=True, kw_only=True):
    """Where one row came from: the file as the project names it, and the row's place in it, from 1."""

    path: str
    row: int

    def __str__(self) -> str:
        return f"{self.path} row {self.row}"


class Part(Struct, frozen=True, kw_only=True):
    """One file's share of a frame: `rows` rows; `blanks` are places from 0 of blank lines that were left out."""

    path: str
    rows: int
    blanks: tuple[int, ...] = ()


class SourceFrame(Struct, frozen=True, kw_only=True):
    """A declared source as one frame.

    Attributes:
        name: the source's name, which is that of its data versions.
        frame: all rows, file after file in the order of their paths.
        parts: which file gave how many rows, in the same order.
        spelling: `csv` if all values are text to be parsed, `native` if they have types.
        of_media: the files are pictures, sounds or films, each a row with its path from the project's folder.
    """

    name: str
    frame: pl.DataFrame
    parts: tuple[Part, ...]
    spelling: Spelling
    of_media: bool = False

    def origin(self, row: int) -> Origin:
        """Return where a row of the frame (from 0) came from.

        Raises:
            IndexError: the frame has no such row.
        """
        left = row
        for part in self.parts:
            if 0 <= left < part.rows:
                return Origin(path=part.path, row=_place(left, part.blanks) + 1)
            left -= part.rows
        raise IndexError(f"row {row} of a frame of {self.frame.height}")


def _place(row: int, blanks: tuple[int, ...]) -> int:
    # The row-th place that is no blank: each blank at or before it pushes it one further.
    place = row
    while place != row + bisect_right(blanks, place):
        place = row + bisect_right(blanks, place)
    return place


def source_name(source: FilesSource) -> str:
    """Return a source's name: the one given, else the last fixed word of its pattern, in letters that a REF may have.

    Example:
        >>> source_name(FilesSource(pattern="data/sales/*.parquet", name=None))
        'sales'
    """
    if source.name:
        return source.name
    fixed = [part for part in PurePath(source.pattern).parts if not _is_wild(part) and part not in ("/", ".", "..")]
    word = bare_name(fixed[-1]) if fixed else ""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", word).strip("-._") or "data"


def _is_wild(part: str) -> bool:
    return any(letter in part for letter in "*?[")


def source_paths(root: Path, source: FilesSource) -> tuple[Path, ...]:
    """Return the files that a pattern names, sorted by path, hidden ones left out.

    Args:
        root: the project's folder, which a relative pattern starts from.
        source: a path or a pattern with `*`, `?`, `[...]` or `**`.

    Raises:
        DataNotFound: none; the message says how far the path exists.
        WrongUse: the pattern names a folder.
    """
    base, steps, fixed = _split_pattern(root, source)
    start = base.joinpath(*steps[:fixed])
    if fixed == len(steps):
        if start.is_dir():
            hint = f'name the files in it, such as files("{source.pattern}/*.parquet")'
            raise WrongUse(f"{source.pattern} is a folder, not a file", hint=hint)
        found = [start] if start.is_file() else []
    else:
        # Of the two globs of the standard library this is the quick one, and it leaves hidden names out by itself.
        matched = glob.iglob(str(PurePath(*steps[fixed:])), root_dir=start, recursive=True)  # noqa: PTH207
        found = [start / name for name in set(matched) if (start / name).is_file()]
    if not found:
        raise DataNotFound(f"no file {source.pattern} in {base}", hint=_how_far(base, steps))
    return tuple(sorted(found))


def source_base(root: Path, source: FilesSource) -> Path | None:
    """Return the folder that a pattern searches; None where it has no wild part, and so is one file's path."""
    base, steps, fixed = _split_pattern(root, source)
    return None if fixed == len(steps) else base.joinpath(*steps[:fixed])


def _split_pattern(root: Path, source: FilesSource) -> tuple[Path, tuple[str, ...], int]:
    """Return where a pattern starts from, its steps, and how many of them are fixed."""
    pattern = PurePath(source.pattern)
    base = Path(pattern.anchor) if pattern.is_absolute() else root
    steps = pattern.parts[1:] if pattern.is_absolute() else pattern.parts
    fixed = 0
    while fixed < len(steps) and not _is_wild(steps[fixed]):
        fixed += 1
    return base, steps, fixed


def _how_far(base: Path, steps: tuple[str, ...]) -> str:
    for place, step in enumerate(steps):
        if _is_wild(step):
            return f"the folder {base} is there, but nothing in it matches {'/'.join(steps[place:])}"
        if not (base / step).exists():
            return f"{base / step} does not exist"
        base = base / step
    return "check the path in data="


def read_files(root: Path, source: FilesSource, *, progress: Progress = SILENT) -> SourceFrame:
    """Read all files of a declared source into one frame.

    A column that some files lack is null in their rows; numbers of different widths are widened.

    Raises:
        DataNotFound: no file matches, or those that do hold no rows.
        DataUnreadable: a file is not what its name says (names file and line), two files give a column types that
            do not go together, or the files are of more than one format.
    """
    paths = source_paths(root, source)
    names = [path_in(root, path) for path in paths]
    formats = {format_of(name) for name in names}
    if len(formats) > 1:
        message = f"{source.pattern} matches files of more than one format: {', '.join(sorted(formats))}"
        raise DataUnreadable(message, hint="declare one source for each: files(...) + files(...)")
    if formats == {"media"}:
        return SourceFrame(
            name=source_name(source),
            frame=media_table(names),
            parts=tuple(Part(path=name, rows=1) for name in names),
            spelling="csv",
            of_media=True,
        )
    progress.start(f"read {source_name(source)}", len(paths))
    frames, parts = [], []
    spelling: Spelling = "native"
    for path, name in zip(paths, names, strict=True):
        table = _read(path, name)
        frames.append(table.frame)
        spelling = table.spelling
        parts.append(Part(path=name, rows=table.frame.height, blanks=table.blanks))
        progress.advance()
    frame = _joined(frames, names)
    if frame.height == 0:
        raise DataNotFound(f"{source.pattern}: no rows in {_counted(len(paths))}", hint="check what writes them")
    progress.finish(f"{frame.height:,} rows from {_counted(len(paths))}")
    return SourceFrame(name=source_name(source), frame=frame, parts=tuple(parts), spelling=spelling)


def _read(path: Path, name: str) -> Table:
    try:
        return read_table(path, name=name)
    except OSError as error:
        raise DataUnreadable(f"{name}: {error.strerror}", hint="check who may read it") from error


def _counted(files: int) -> str:
    return "1 file" if files == 1 else f"{files:,} files"


def _joined(frames: list[pl.DataFrame], names: list[str]) -> pl.DataFrame:
    if len(frames) == 1:
        return frames[0]
    require_alike([frame.schema for frame in frames], names)
    require_exact(frames, names)
    mixed = {column for frame in frames for column, dtype in frame.schema.items() if dtype == MIXED}
    if mixed:
        frames = [frame.with_columns(as_mixed(frame[name]) for name in mixed & {*frame.columns}) for frame in frames]
    try:
        return pl.concat(frames, how="diagonal_relaxed", rechunk=True)
    except pl.exceptions.PolarsError as error:
        raise DataUnreadable(_clash(frames, names) or first_line(error), hint="write one of them again") from error


def _clash(frames: list[pl.DataFrame], names: list[str]) -> str:
    first: dict[str, tuple[pl.DataType, str]] = {}
    for frame, name in zip(frames, names, strict=True):
        for column, kind in frame.schema.items():
            held, where = first.setdefault(column, (kind, name))
            try:
                pl.concat(
                    [pl.Series([], dtype=held).to_frame("c"), pl.Series([], dtype=kind).to_frame("c")],
                    how="vertical_relaxed",
                )
            except pl.exceptions.PolarsError:
                return f"{column} is {kind} in {name} and {held} in {where}"
    return ""
