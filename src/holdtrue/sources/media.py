"""Pictures, sounds and films that a table names or holds: read where they are, and put into it as figures.

A contract opens no file. So before it judges a table, each column of its media fields is replaced here: paths and bytes
by figures, each with the `file` it is of and, where it could not be read, the `fault`, which the contract then reports.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import polars as pl

from holdtrue.contracts import (
    ABREAST,
    FAULT,
    FILE,
    ContractSpec,
    FieldSpec,
    Unread,
    dtype_of,
    each_read,
    kept,
    read_stream,
    read_value,
)
from holdtrue.foundation import SILENT, Progress, is_secret_file
from holdtrue.media import HEAD, MEDIA, MediaKind, kind_of_bytes
from holdtrue.project import FilesSource
from holdtrue.sources.files import SourceFrame, source_base, source_paths
from holdtrue.sources.naming import path_in
from holdtrue.sources.parts import table_parts

_BATCH = 64 * ABREAST  # values that become a piece of a column at once

Folders = Sequence[tuple[Path, int]]
"""Where the paths in a table start from: a folder for each so many rows, in order."""


def read_media(
    spec: ContractSpec, frame: pl.DataFrame, folders: Folders, *, progress: Progress = SILENT
) -> pl.DataFrame:
    """Return a table with figures in place of the paths and bytes of its media; others are left as they are.

    An empty path is a missing value. A path that leads to no readable file becomes a value that the contract refuses.
    Files are read side by side, and no more than a few are in memory at once.

    Args:
        spec: the contract that is to judge the table.
        folders: where its paths start from.
        progress: hears of each value.

    Raises:
        MissingExtra: a library is not installed that reads images, audio or video.
    """
    for field in _media_fields(spec):
        name = _column_of(field, frame)
        if name is None or frame.schema[name] not in (pl.String, pl.Binary):
            continue
        progress.start(f"read {field.name}", frame.height)
        pieces = _figures(field.kind, frame[name], folders, progress)  # type: ignore[arg-type]
        read = pl.concat([pl.Series(name, [], dtype=_dtype(field)), *pieces])
        frame = frame.with_columns(read)
        faults = int(read.struct.field(FAULT).is_not_null().sum())
        progress.finish(f"{frame.height:,} rows" + (f", {faults:,} cannot be read" if faults else ""))
    return frame


def named_media(spec: ContractSpec, frame: pl.DataFrame, folders: Folders) -> tuple[Path, ...]:
    """Return the pictures, sounds and films that a table's media columns name, each once, in order.

    A file that begins as none of its field's kind is not among them, nor one whose name is that of a secret: whoever
    writes the table would else have any file of this machine kept with it.
    """
    found: dict[Path, None] = {}
    for field in _media_fields(spec):
        name = _column_of(field, frame)
        if name is not None and frame.schema[name] == pl.String:
            for folder, column in _by_folder(frame[name], folders):
                paths = (folder / each for each in column.unique(maintain_order=True) if each)
                found |= dict.fromkeys(path for path in paths if _begins_as(field.kind, folder, path))
    return tuple(sorted(found))


def media_of_source(root: Path, source: FilesSource, spec: ContractSpec) -> tuple[Path, ...]:
    """Return the files that the tables of a declared source name, and that are no files of the source themselves.

    Raises:
        DataNotFound, DataUnreadable: as `table_parts`.
    """
    if not _media_fields(spec):
        return ()
    paths = source_paths(root, source)
    found: dict[Path, None] = {}
    for part in table_parts([(path, path_in(root, path)) for path in paths]):
        found |= dict.fromkeys(named_media(spec, part.frame, [(part.folder, part.frame.height)]))
    return tuple(sorted(found.keys() - set(paths)))


def media_base(root: Path, source: FilesSource, media: Sequence[Path]) -> Path | None:
    """Return the folder that the kept paths of a source's files outside the project start from."""
    base = source_base(root, source)
    return source_paths(root, source)[0].parent if base is None and media else base


def folders_of(root: Path, source: SourceFrame) -> Folders:
    """Return where the paths in a declared source's frame start from: each file's own folder."""
    if source.of_media:
        return [(root, source.frame.height)]
    return [((root / part.path).parent, part.rows) for part in source.parts]


def _media_fields(spec: ContractSpec) -> list[FieldSpec]:
    return [field for field in spec.fields if field.kind in MEDIA]


def _column_of(field: FieldSpec, frame: pl.DataFrame) -> str | None:
    return next((name for name in (field.column, field.name) if name and name in frame.columns), None)


def _dtype(field: FieldSpec) -> pl.Struct:
    known = dtype_of(field.kind)
    assert isinstance(known, pl.Struct)  # of media
    return pl.Struct([*known.fields, pl.Field(FILE, pl.String), pl.Field(FAULT, pl.String)])


def _by_folder(column: pl.Series, folders: Folders) -> Iterator[tuple[Path, pl.Series]]:
    start = 0
    for folder, rows in folders:
        yield folder, column.slice(start, rows)
        start += rows


def _figures(kind: MediaKind, column: pl.Series, folders: Folders, progress: Progress) -> Iterator[pl.Series]:
    dtype = _dtype(FieldSpec(name=column.name, kind=kind))
    for folder, part in _by_folder(column, folders):
        read = partial(_of_bytes, kind) if part.dtype == pl.Binary else partial(_of_file, kind, folder)
        values: list[dict[str, Any] | None] = []
        for found in each_read(part, read):
            values.append(found)
            progress.advance()
            if len(values) == _BATCH:
                yield pl.Series(column.name, values, dtype=dtype)
                values = []
        yield pl.Series(column.name, values, dtype=dtype)


def _of_bytes(kind: MediaKind, raw: bytes) -> dict[str, Any]:
    return kept(read_value(kind, raw), None)


def _of_file(kind: MediaKind, folder: Path, name: str) -> dict[str, Any] | None:
    if not name:
        return None
    path = folder / name
    fault = _fault_of(folder, path)
    if fault:
        return kept(Unread(name, name, fault), name)
    try:
        with path.open("rb") as file:
            return kept(read_stream(kind, file, name, name), name)
    except OSError as error:
        return kept(Unread(name, name, _words(error)), name)


def _begins_as(kind: str, folder: Path, path: Path) -> bool:
    if _fault_of(folder, path):
        return False
    try:
        with path.open("rb") as file:
            return kind_of_bytes(file.read(HEAD)) == kind
    except OSError:
        return False


def _fault_of(folder: Path, path: Path) -> str:
    """Say why a path leads to no file that may be read; empty where it does. A pipe would be waited for without end.

    Whether it is a secret is judged by its own name and place from the table's folder on, links followed.
    """
    try:
        mode = path.stat().st_mode
        if any(is_secret_file(PurePath(os.path.relpath(each, at)).as_posix()) for each, at in _spelled(folder, path)):
            return "kept out by its name, as secrets are"
    except ValueError:
        return "no such file"
    except OSError as error:
        return _words(error)
    if stat.S_ISDIR(mode):
        return "a folder, no file"
    return "" if stat.S_ISREG(mode) else "no ordinary file"


def _spelled(folder: Path, path: Path) -> tuple[tuple[Path, Path], tuple[Path, Path]]:
    return (path, folder), (path.resolve(), folder.resolve())


def _words(error: OSError) -> str:
    return "no such file" if isinstance(error, FileNotFoundError) else (error.strerror or "cannot be read").lower()
