"""Reads what a project declares: files as frames that know their origin, and whether they have changed."""

from holdtrue.sources.files import (
    Origin,
    Part,
    SourceFrame,
    read_files,
    source_base,
    source_name,
    source_paths,
)
from holdtrue.sources.formats import Spelling, Table, bare_name, count_rows, is_media, is_table, read_table
from holdtrue.sources.media import folders_of, media_base, media_of_source, named_media, read_media
from holdtrue.sources.naming import kept_path, path_in
from holdtrue.sources.parts import TablePart, table_parts
from holdtrue.sources.stamp import file_hash, stamp_files

__all__ = [
    "Origin",
    "Part",
    "SourceFrame",
    "Spelling",
    "Table",
    "TablePart",
    "bare_name",
    "count_rows",
    "file_hash",
    "folders_of",
    "is_media",
    "is_table",
    "kept_path",
    "media_base",
    "media_of_source",
    "named_media",
    "path_in",
    "read_files",
    "read_media",
    "read_table",
    "source_base",
    "source_name",
    "source_paths",
    "stamp_files",
    "table_parts",
]
