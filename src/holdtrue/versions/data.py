"""Versions of data: files as they are, or a table that holdtrue writes itself."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from pathlib import Path

import polars as pl

from holdtrue.foundation import SILENT, DataNotFound, Progress, WrongUse
from holdtrue.sources import count_rows, is_media, is_table, kept_path
from holdtrue.store import Store
from holdtrue.versions.manifests import DataManifest, FileEntry, put_captured

# Rows of a group are encoded together, so a table that grew by some rows shares all earlier groups' bytes.
_GROUP = 65_536


def capture_files(
    name: str,
    paths: Sequence[Path],
    store: Store,
    *,
    root: Path,
    at: int,
    outside: Path | None = None,
    beside: Collection[Path] = (),
    progress: Progress = SILENT,
) -> str:
    """Put files in the store as they are, as a data version, and return its id.

    The id depends on name, paths and content alone. The caller commits the store before writing the id anywhere.

    Args:
        name: what the project calls this data.
        paths: the files.
        store: where they go.
        root: the project's folder, which the recorded paths start from.
        at: microseconds UTC.
        outside: the folder that was asked for, which the paths of files outside the project start from; without it
            only their names are kept.
        beside: those of the files that the tables among them name: they are kept, and are no rows of their own.
        progress: hears of each file.

    Raises:
        DataNotFound: there is no file, or one is gone.
        DataUnreadable: a table among them cannot be read.
        WrongUse: two files would have one path, or one has a name that cannot be kept.
    """
    if not paths:
        raise DataNotFound(f"no files for the data {name}", hint="check the path in data=")
    progress.start(f"capture {name}", len(paths))
    entries: dict[str, FileEntry] = {}
    for path in sorted(paths):
        kept = kept_path(root, path, outside)
        if kept in entries:
            raise WrongUse(f"two files of the data {name} would be kept as {kept}", hint="give one another name")
        try:
            entries[kept] = FileEntry(path=kept, blob=store.put_blob(path))
        except FileNotFoundError as error:
            raise DataNotFound(f"{path} is gone", hint="was it moved while it was captured?") from error
        progress.advance()
    rows, columns = _measure([path for path in paths if path not in beside])
    files = tuple(entries[kept] for kept in sorted(entries))
    progress.finish(f"{len(files):,} files")
    return put_captured(store, DataManifest(name=name, files=files, rows=rows, columns=columns), at=at)


def _measure(paths: Sequence[Path]) -> tuple[int | None, dict[str, str]]:
    tables = [path for path in paths if is_table(path.name)]
    media = [path for path in paths if is_media(path.name)]
    if len(tables) + len(media) < len(paths):
        return None, {}
    rows = 0
    columns: dict[str, str] = {}
    for path in sorted(tables or media):  # media beside tables are what these name
        count, found = count_rows(path)
        rows += count
        columns = found | columns
    return rows, columns


def capture_table(name: str, frame: pl.DataFrame, store: Store, *, at: int) -> str:
    """Put a table in the store as a data version and return its id; equal tables have one id.

    It is written as uncompressed Parquet (the store compresses), so that versions of a growing table share bytes.
    """
    body = io.BytesIO()
    frame.rechunk().write_parquet(body, compression="uncompressed", row_group_size=_GROUP, statistics=True)
    entry = FileEntry(path=f"{name}.parquet", blob=store.put_blob(body.getvalue()))
    columns = {column: str(kind) for column, kind in frame.schema.items()}
    manifest = DataManifest(name=name, files=(entry,), rows=frame.height, columns=columns, table=True)
    return put_captured(store, manifest, at=at)
