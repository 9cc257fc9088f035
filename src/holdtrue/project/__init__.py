"""What a user writes: models, their roles, sources, training, checks, gates and policies. Declarations only, no I/O."""

from holdtrue.project.model import Model
from holdtrue.project.params import Params, ParamSpec
from holdtrue.project.reacting import On
from holdtrue.project.roles import Roles, roles_of
from holdtrue.project.rows import Rows, rows_of, with_derived
from holdtrue.project.sources import FilesSource, ServedSource, Source, Sources, files, parts_of, served
from holdtrue.project.split import Parts, split_rows

__all__ = [
    "FilesSource",
    "Model",
    "On",
    "ParamSpec",
    "Params",
    "Parts",
    "Roles",
    "Rows",
    "ServedSource",
    "Source",
    "Sources",
    "files",
    "parts_of",
    "roles_of",
    "rows_of",
    "served",
    "split_rows",
    "with_derived",
]
