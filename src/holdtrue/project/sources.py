"""Where a model's rows come from: declared as data, so that "did it change?" needs nothing imported."""

from __future__ import annotations

from msgspec import Struct

from holdtrue.foundation import WrongUse


class _Source(Struct, frozen=True, kw_only=True, tag_field="kind"):
    def __add__(self, other: Source | Sources) -> Sources:
        return Sources(parts=(*parts_of(self), *parts_of(other)))


class FilesSource(_Source, frozen=True, kw_only=True, tag="files"):
    """Files that match a pattern, relative to the project's folder; `name` is what the data version is called."""

    pattern: str
    name: str | None = None


class ServedSource(_Source, frozen=True, kw_only=True, tag="served"):
    """Rows that this model answered live and whose label has come, in contract form."""


Source = FilesSource | ServedSource


class Sources(Struct, frozen=True, kw_only=True):
    """Several sources read as one table."""

    parts: tuple[Source, ...]

    def __add__(self, other: Source | Sources) -> Sources:
        return Sources(parts=(*self.parts, *parts_of(other)))


def files(pattern: str, name: str | None = None) -> FilesSource:
    """Declare files by a pattern such as `data/sales/*.parquet`: tables, or media with a row for each.

    Args:
        pattern: a path or pattern, relative to the project's folder. Write it as plain text, not computed: it is read
            off model.py before that is run.
        name: what the data version is called; by default the last fixed word of the pattern (`sales`).

    Example:
        >>> files("data/sales/*.parquet").pattern
        'data/sales/*.parquet'
    """
    if not pattern.strip():
        raise WrongUse("files() was given an empty pattern", hint='write such as ht.files("data/sales/*.parquet")')
    return FilesSource(pattern=pattern, name=name)


def served() -> ServedSource:
    """Declare the rows that this model answered live and whose label has come.

    Example:
        >>> len((files("a.csv") + served()).parts)
        2
    """
    return ServedSource()


def parts_of(source: object) -> tuple[Source, ...]:
    """Return the single sources in a declaration.

    Raises:
        WrongUse: it declares no source.
    """
    if isinstance(source, Sources):
        return source.parts
    if isinstance(source, (FilesSource, ServedSource)):
        return (source,)
    hint = 'write data=ht.files("data/*.parquet"), and + ht.served() to learn from served rows too'
    raise WrongUse(f"{source!r} is no source of data", hint=hint)
