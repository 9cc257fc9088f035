"""A table in parts: what is larger than memory is read, judged and forgotten piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import polars as pl
from msgspec import Struct

from holdtrue.contracts import MIXED
from holdtrue.foundation import SILENT, DataNotFound, DataUnreadable, Progress
from holdtrue.sources.columns import require_alike
from holdtrue.sources.faults import separator_of
from holdtrue.sources.formats import (
    BROKEN,
    MEND,
    Format,
    Spelling,
    first_line,
    format_of,
    is_doubtful,
    literal,
    media_table,
    not_parquet,
    require_file,
    require_json,
    require_sound,
    text_fault,
    without_blanks,
)
from holdtrue.sources.hazards import require_closed_quotes, require_harmless
from holdtrue.sources.mixed_members import PLACE, Members, without_members
from holdtrue.sources.unpacking import is_packed, unpacked

ROWS = 262_144
"""Rows of a part: enough that a part's own cost does not weigh, few enough that hundreds of columns fit in memory."""


class TablePart(Struct, frozen=True, kw_only=True):
    """Some rows of one file.

    Attributes:
        path: the file, as messages name it.
        rows_before: how many rows of the whole table come before; blank lines do not count.
        frame: the rows. A column that only other files have is null here.
        spelling: `csv` if all values are text to be parsed, `native` if they have types.
        folder: where relative paths in it start from: the file's own folder.
    """

    path: str
    rows_before: int
    frame: pl.DataFrame
    spelling: Spelling
    folder: Path = Path()


def table_parts(
    files: Sequence[tuple[Path, str]], *, rows: int = ROWS, progress: Progress = SILENT
) -> Iterator[TablePart]:
    """Read files as one table, part by part, in their order; at most a few parts are in memory at once.

    Args:
        files: paths, and how messages name them.
        rows: the most rows of a part.
        progress: hears of each file.

    Raises:
        DataUnreadable: a file is not what its name says (names file and line), or they are of more than one format.
        DataNotFound: they hold no rows.
    """
    formats = {format_of(name) for _, name in files}
    if len(formats) > 1:
        message = f"files of more than one format: {', '.join(sorted(formats))}"
        raise DataUnreadable(message, hint="declare one source for each: files(...) + files(...)")
    if formats == {"media"}:
        yield from _media_parts(files, rows, progress)
        return
    scans = [_Scan.of(path, name) for path, name in files]
    require_alike([scan.schema for scan in scans], [scan.name for scan in scans])
    columns = {column: None for scan in scans for column in scan.columns}
    progress.start("read", len(scans))
    rows_before = 0
    for scan in scans:
        lacking = [pl.lit(None).alias(column) for column in columns if column not in scan.columns]
        for frame in scan.frames(rows):
            if frame.height:
                whole = frame.with_columns(lacking) if lacking else frame
                folder = scan.path.parent
                yield TablePart(
                    path=scan.name, rows_before=rows_before, frame=whole, spelling=scan.spelling, folder=folder
                )
                rows_before += frame.height
        progress.advance()
    if not rows_before:
        raise DataNotFound(f"{files[0][1] if files else 'the source'}: no rows", hint="check what writes it")
    progress.finish(f"{rows_before:,} rows")


def _media_parts(files: Sequence[tuple[Path, str]], rows: int, progress: Progress) -> Iterator[TablePart]:
    """Give pictures, sounds or films as the rows of a table."""
    progress.start("read", len(files))
    for rows_before in range(0, len(files), rows):
        some = files[rows_before : rows_before + rows]
        path, name = some[0]
        # The folder that the names start from: the file's own path, less its name.
        folder = Path(str(path).removesuffix(name)) if not Path(name).is_absolute() else Path(path.anchor)
        frame = media_table([name for _, name in some])
        yield TablePart(path=name, rows_before=rows_before, frame=frame, spelling="csv", folder=folder)
        progress.advance(len(some))
    progress.finish(f"{len(files):,} files")


class _Scan(Struct, frozen=True):
    """One file, about to be read.

    Attributes:
        lazy: of one that stands on the disk as it is read; None of one that is packed, or has `mixed` members, which
            are read apart.
    """

    path: Path
    name: str
    format: Format
    schema: Mapping[str, pl.DataType]
    lazy: pl.LazyFrame | None
    mixed: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.schema)

    @staticmethod
    def of(path: Path, name: str) -> _Scan:
        kind = format_of(name)
        require_file(path, name)
        # Of what is packed a header is enough. It is unpacked again when its rows are asked for, so that of many such
        # files one at a time takes room on the disk.
        with _plain(path, name, kind, head=kind == "csv") as plain:
            mixed: tuple[str, ...] = ()
            try:
                lazy = _harmless(plain, kind, name)
                schema: Mapping[str, pl.DataType] = lazy.collect_schema()
                if kind == "json" and any(dtype == pl.String for dtype in schema.values()):
                    mixed = require_json(plain, name)
                elif kind == "json":
                    # Yes and no beside numbers are found by reading alone, which must be before the first rows go out.
                    lazy.select(pl.all().null_count()).collect()
            except BROKEN as error:
                mixed = require_json(plain, name) if kind == "json" and not isinstance(error, OSError) else ()
                if not mixed:
                    raise _unreadable(plain, name, kind, error) from error
            if mixed:
                with without_members(plain, mixed) as left:
                    rest = pl.scan_ndjson(left, infer_schema_length=None).collect_schema()
                schema = dict(rest) | dict.fromkeys(mixed, MIXED)
                del schema[PLACE]
                return _Scan(path, name, kind, schema, None, mixed)
        return _Scan(path, name, kind, schema, None if is_packed(name) else lazy)

    @property
    def spelling(self) -> Spelling:
        return "csv" if self.format == "csv" else "native"

    def frames(self, rows: int) -> Iterator[pl.DataFrame]:
        if self.lazy is not None:
            yield from self._frames(self.path, self.lazy, rows)
            return
        with _plain(self.path, self.name, self.format) as plain:
            if not self.mixed:
                yield from self._frames(plain, _harmless(plain, self.format, self.name), rows)
                return
            members = Members(plain, self.mixed)
            with without_members(plain, self.mixed) as left:
                for frame in self._frames(left, pl.scan_ndjson(left, infer_schema_length=None), rows):
                    yield members.put_to(frame)

    def _frames(self, plain: Path, lazy: pl.LazyFrame, rows: int) -> Iterator[pl.DataFrame]:
        doubted = False
        seen = 0
        try:
            if self.format == "csv":
                require_closed_quotes(plain, self.name)
            for frame in lazy.collect_batches(chunk_size=rows, maintain_order=True):
                seen += frame.height
                if self.format == "parquet":
                    yield frame
                    continue
                if self.format == "json":
                    yield frame
                    continue
                if not doubted and frame.height and is_doubtful(frame, self.format):
                    doubted = True
                    require_sound(plain, self.format, self.name, rows=seen)
                yield without_blanks(frame)[0]
        except BROKEN as error:
            raise _unreadable(plain, self.name, self.format, error) from error
        if not seen and self.format == "csv":
            require_sound(plain, self.format, self.name, rows=0)
        if self.format == "parquet":
            self._require_all(lazy, seen)

    def _require_all(self, lazy: pl.LazyFrame, seen: int) -> None:
        """Stop where a part of the file could not be read: Polars ends then as if there were no more."""
        try:
            stated = int(lazy.select(pl.len()).collect().item())
        except BROKEN as error:
            raise _unreadable(self.path, self.name, self.format, error) from error
        if seen != stated:
            raise not_parquet(self.name, DataUnreadable(f"only {seen:,} of its {stated:,} rows can be read"))


@contextmanager
def _plain(path: Path, name: str, kind: Format, *, head: bool = False) -> Iterator[Path]:
    """Give a file as it can be read; `head`: its beginning is enough."""
    with ExitStack() as opened:
        try:
            plain = opened.enter_context(unpacked(path, name, head=head))
        except OSError as error:
            raise _unreadable(path, name, kind, error) from error
        assert isinstance(plain, Path)  # as what went in
        yield plain


def _harmless(plain: Path, kind: Format, name: str) -> pl.LazyFrame:
    """Look a file of text over before a reader is let at it, and return what will read it."""
    if kind == "parquet":
        return pl.scan_parquet(plain, glob=False)
    if kind == "csv":
        require_harmless(plain, kind, name)
        separator = separator_of(name)
        return pl.scan_csv(plain, glob=False, infer_schema=False, raise_if_empty=True, separator=separator)
    require_harmless(plain, "json", name)
    return pl.scan_ndjson(literal(plain), infer_schema_length=None)


def _unreadable(path: Path, name: str, kind: Format, error: BaseException) -> DataUnreadable:
    if isinstance(error, OSError) and error.strerror:
        return DataUnreadable(f"{name}: {error.strerror}", hint="check who may read it")
    if kind == "parquet":
        return not_parquet(name, error)
    return DataUnreadable(text_fault(path, kind, name) or f"{name}: {first_line(error)}", hint=MEND)
