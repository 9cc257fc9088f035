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
from holdtrue.sources.formats import Spelling, Table, count_rows, is_table, read_table
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
    "count_rows",
    "file_hash",
    "is_table",
    "kept_path",
    "path_in",
    "read_files",
    "read_table",
    "source_base",
    "source_name",
    "source_paths",
    "stamp_files",
    "table_parts",
]
